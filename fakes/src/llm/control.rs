//! What a test sees of the model and how it makes it fail: a bounded ring of requests, counters, and a queue of faults.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::conversation::{Conversation, Kind};

const MAX_REQUESTS: usize = 100;
const MAX_FAULTS: usize = 100;
/// Larger bodies are counted, not kept.
const MAX_KEPT_BODY: usize = 256 * 1024;

/// What goes wrong with one request. Several at once are possible: first the delay, then the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Answer with this HTTP status, 400 to 599.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Break the connection after so many pieces of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<usize>,
    /// Open the answer and never say anything.
    pub hang: bool,
    /// Wait before the answer begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

impl Fault {
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    pub fn cut_after(pieces: usize) -> Self {
        Self {
            cut_after: Some(pieces),
            ..Self::default()
        }
    }

    pub fn hang() -> Self {
        Self {
            hang: true,
            ..Self::default()
        }
    }

    pub fn delay(delay: Duration) -> Self {
        Self {
            delay_ms: Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
            ..Self::default()
        }
    }
}

/// One request for an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// Counts from 1.
    pub number: u64,
    pub kind: Kind,
    pub model: String,
    pub stream: bool,
    /// The newest user message.
    pub prompt: String,
    /// How many tools have answered since.
    pub step: usize,
    pub tools: Vec<String>,
    /// Without those that could hold a secret.
    pub headers: BTreeMap<String, String>,
    /// Absent where it was larger than 256 KiB.
    pub body: Option<Value>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub chats: u64,
    pub titles: u64,
    pub summaries: u64,
    /// Asked with a wrong key, or with a body that is no conversation.
    pub refused: u64,
    /// Faults of the queue that were used.
    pub faults: u64,
}

#[derive(Debug, Default)]
pub struct Control(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<Received>,
    counters: Counters,
    faults: VecDeque<Fault>,
}

impl Control {
    pub fn requests(&self) -> Vec<Received> {
        self.state().requests.iter().cloned().collect()
    }

    pub fn counters(&self) -> Counters {
        self.state().counters
    }

    /// Returns how many faults wait now.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) -> usize {
        let mut state = self.state();
        state.faults.extend(faults);
        state.faults.truncate(MAX_FAULTS);
        state.faults.len()
    }

    pub fn count_refused(&self) {
        self.state().counters.refused += 1;
    }

    /// Writes a request down and takes the fault that is meant for it.
    pub fn admit(&self, talk: &Conversation, headers: &HeaderMap, body: Value, size: usize) -> Option<Fault> {
        let mut state = self.state();
        let kind = talk.kind();
        let counters = &mut state.counters;
        match kind {
            Kind::Chat => counters.chats += 1,
            Kind::Title => counters.titles += 1,
            Kind::Summary => counters.summaries += 1,
        }
        let number = counters.chats + counters.titles + counters.summaries;
        if state.requests.len() == MAX_REQUESTS {
            state.requests.pop_front();
        }
        state.requests.push_back(Received {
            number,
            kind,
            model: talk.model.clone(),
            stream: talk.stream,
            prompt: talk.prompt(),
            step: talk.results().len(),
            tools: talk.tool_names(),
            headers: harmless(headers),
            body: (size <= MAX_KEPT_BODY).then_some(body),
        });
        let fault = state.faults.pop_front_if(|_| kind == Kind::Chat);
        state.counters.faults += u64::from(fault.is_some());
        fault
    }

    /// No code panics while it holds the lock, so a poisoned one still guards a whole state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn harmless(headers: &HeaderMap) -> BTreeMap<String, String> {
    let is_secret = |name: &str| {
        ["authorization", "cookie", "key", "token", "secret"]
            .iter()
            .any(|s| name.contains(s))
    };
    headers
        .iter()
        .filter(|(name, _)| !is_secret(name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}
