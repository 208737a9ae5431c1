//! What a light agent remembers: sessions with their messages, in one file that is replaced as a whole.

use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct History {
    file: PathBuf,
    pub(super) sessions: BTreeMap<String, Session>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) info: Value,
    pub(super) messages: Vec<Message>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) info: Value,
    pub(super) parts: Vec<Value>,
}

impl History {
    pub(super) fn open(file: PathBuf) -> io::Result<Self> {
        let sessions = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { file, sessions })
    }

    pub(super) fn keep(&self) -> io::Result<()> {
        let aside = self.file.with_extension("partial");
        fs::write(&aside, serde_json::to_vec(&self.sessions)?)?;
        fs::rename(aside, &self.file)
    }

    pub(super) fn begin_session(&mut self, directory: &str, asked: &Value) -> Value {
        let id = format!("ses_{}", Uuid::new_v4().simple());
        let title = asked["title"].as_str().unwrap_or("New session");
        let info = json!({
            "id": id,
            "title": title,
            "directory": directory,
            "metadata": asked["metadata"],
            "time": { "created": now(), "updated": now() },
        });
        let messages = Vec::new();
        self.sessions.insert(
            id,
            Session {
                info: info.clone(),
                messages,
            },
        );
        info
    }
}

impl Session {
    pub(super) fn touch(&mut self) {
        self.info["time"]["updated"] = json!(now());
    }

    pub(super) fn message(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.info["id"] == id)
    }

    /// The oldest prompt that nothing was answered to.
    pub(super) fn unanswered(&self) -> Option<&Message> {
        self.messages.iter().find(|prompt| {
            let is_answer = |message: &Message| message.info["parentID"] == prompt.info["id"];
            prompt.info["role"] == "user" && !self.messages.iter().any(is_answer)
        })
    }

    pub(super) fn newest_prompt(&self) -> Option<&Message> {
        self.messages
            .iter()
            .rev()
            .find(|message| message.info["role"] == "user")
    }
}

impl Message {
    pub(super) fn text(&self) -> String {
        self.parts.iter().filter_map(|part| part["text"].as_str()).collect()
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    u64::try_from(since_1970().as_millis()).unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "it is a program of its own, as OpenCode is")]
pub(super) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// In OpenCode's scheme: digits that grow with time, then chance.
pub(super) fn new_id(prefix: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) & 0xfff;
    let stamp = (now() * 0x1000 + count) & 0xffff_ffff_ffff;
    let chance = Uuid::new_v4().simple().to_string();
    format!("{prefix}_{stamp:012x}{}", &chance[..14])
}
