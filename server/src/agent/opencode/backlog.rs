//! Events between the task that drains OpenCode and the one that reads them.
//!
//! OpenCode must never wait for a reader (it would keep everything in its own memory), so the backlog takes events at
//! any speed, and its size is bounded: from [`Limits::join_from`] waiting events on it joins what can be joined, and at
//! the limits it ends the stream instead of growing or losing an event in silence.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{Limits, rest::unavailable};
use crate::agent::{AgentError, AgentEvent};

/// How far back a delta looks for the part it continues: more parts than this are hardly written at once.
const LOOK_BACK: usize = 16;

pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Notify,
    limits: Limits,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    end: End,
}

struct Waiting {
    event: AgentEvent,
    bytes: usize,
}

#[derive(Default)]
enum End {
    #[default]
    Open,
    /// To be told after the last event.
    Because(AgentError),
    Told,
}

/// The stream has ended; nothing more is taken.
#[derive(Debug, PartialEq)]
pub(super) struct Closed;

impl Backlog {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            limits: *limits,
        }
    }

    /// Takes an event that was `bytes` long. Never waits.
    pub(super) fn push(&self, event: AgentEvent, bytes: usize) -> Result<(), Closed> {
        let mut state = self.lock();
        if !matches!(state.end, End::Open) {
            return Err(Closed);
        }
        if state.waiting.len() >= self.limits.join_from {
            state.join(event, bytes);
        } else {
            state.append(event, bytes);
        }
        let (count, bytes) = (state.waiting.len(), state.bytes);
        if count > self.limits.backlog_events || bytes > self.limits.backlog_bytes {
            let message = format!("the agent's events are read too slowly: {count} events of {bytes} bytes waited");
            state.end = End::Because(unavailable(&message));
        }
        let result = if matches!(state.end, End::Open) {
            Ok(())
        } else {
            Err(Closed)
        };
        drop(state);
        self.changed.notify_one();
        result
    }

    /// Ends the stream: what waits is still read, then `error`. The first reason counts.
    pub(super) fn close(&self, error: AgentError) {
        let mut state = self.lock();
        if matches!(state.end, End::Open) {
            state.end = End::Because(error);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The next event; at the end one error, then nothing. For one reader.
    pub(super) async fn next(&self) -> Option<Result<AgentEvent, AgentError>> {
        loop {
            if let Some(item) = self.lock().take() {
                return item;
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, event: AgentEvent, bytes: usize) {
        self.waiting.push_back(Waiting { event, bytes });
        self.bytes += bytes;
    }

    /// `None` while there is nothing to tell yet.
    fn take(&mut self) -> Option<Option<Result<AgentEvent, AgentError>>> {
        if let Some(Waiting { event, bytes }) = self.waiting.pop_front() {
            self.bytes -= bytes;
            return Some(Some(Ok(event)));
        }
        match std::mem::replace(&mut self.end, End::Told) {
            End::Because(error) => Some(Some(Err(error))),
            End::Told => Some(None),
            End::Open => {
                self.end = End::Open;
                None
            }
        }
    }

    /// Appends, unless an event that waits can hold this one too.
    fn join(&mut self, event: AgentEvent, bytes: usize) {
        match (&event, self.waiting.back_mut()) {
            (AgentEvent::TextDelta(delta), _) => {
                // Deltas of different parts may change places: each part's own order stays.
                for waiting in self.waiting.iter_mut().rev().take(LOOK_BACK) {
                    let AgentEvent::TextDelta(earlier) = &mut waiting.event else {
                        break;
                    };
                    if earlier.part_id == delta.part_id && earlier.message_id == delta.message_id {
                        earlier.text.push_str(&delta.text);
                        waiting.bytes += delta.text.len();
                        self.bytes += delta.text.len();
                        return;
                    }
                }
            }
            // A tool's output is sent again as a whole each time it grows.
            (
                AgentEvent::PartChanged(part),
                Some(Waiting {
                    event: AgentEvent::PartChanged(earlier),
                    bytes: size,
                }),
            ) if earlier.id == part.id && earlier.message_id == part.message_id => {
                earlier.clone_from(part);
                self.bytes = self.bytes - *size + bytes;
                *size = bytes;
                return;
            }
            (AgentEvent::Heartbeat, Some(_)) => return,
            _ => {}
        }
        self.append(event, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{AgentPart, PartContent, TextDelta};

    const LIMITS: fn() -> Limits = || Limits {
        backlog_events: 6,
        backlog_bytes: 1000,
        join_from: 2,
        ..Limits::default()
    };

    fn delta(part: &str, text: &str) -> AgentEvent {
        AgentEvent::TextDelta(TextDelta {
            session_id: "ses".into(),
            message_id: "msg".into(),
            part_id: part.into(),
            text: text.into(),
        })
    }

    fn part(id: &str, text: &str) -> AgentEvent {
        let content = PartContent::Text {
            text: text.into(),
            is_synthetic: false,
            is_complete: false,
        };
        AgentEvent::PartChanged(Box::new(AgentPart {
            id: id.into(),
            message_id: "msg".into(),
            session_id: "ses".into(),
            content,
        }))
    }

    async fn rest(backlog: &Backlog) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(item) = backlog.next().await {
            seen.push(match item {
                Ok(AgentEvent::TextDelta(delta)) => format!("{}+{}", delta.part_id, delta.text),
                Ok(AgentEvent::PartChanged(part)) => match part.content {
                    PartContent::Text { text, .. } => format!("{}={text}", part.id),
                    other => format!("{other:?}"),
                },
                Ok(other) => format!("{other:?}"),
                Err(error) => error.to_string(),
            });
        }
        seen
    }

    #[tokio::test]
    async fn a_reader_that_keeps_up_gets_every_event_as_it_came() {
        let backlog = Backlog::new(&LIMITS());
        for text in ["a", "b", "c"] {
            backlog.push(delta("p", text), 10).unwrap();
            assert_eq!(backlog.next().await.unwrap().unwrap(), delta("p", text));
        }
    }

    #[tokio::test]
    async fn what_waits_is_joined_in_order() {
        let backlog = Backlog::new(&LIMITS());
        for event in [
            delta("p", "a"),
            delta("p", "b"),
            delta("p", "c"),
            delta("q", "x"),
            delta("p", "d"),
            part("p", "1"),
        ] {
            backlog.push(event, 10).unwrap();
        }
        // A delta never passes the state of a part.
        for event in [part("p", "2"), delta("p", "e"), AgentEvent::Heartbeat] {
            backlog.push(event, 10).unwrap();
        }
        backlog.close(unavailable("over"));
        assert_eq!(rest(&backlog).await, ["p+a", "p+bcd", "q+x", "p=2", "p+e", "over"]);
        assert_eq!(backlog.lock().bytes, 0);
    }

    #[tokio::test]
    async fn too_many_events_end_the_stream_after_what_waited() {
        let backlog = Backlog::new(&LIMITS());
        for number in 0..6 {
            backlog.push(part(&format!("p{number}"), ""), 1).unwrap();
        }
        assert_eq!(backlog.push(part("p6", ""), 1), Err(Closed));
        assert_eq!(backlog.push(part("p7", ""), 1), Err(Closed));
        backlog.close(unavailable("a later reason"));
        let seen = rest(&backlog).await;
        assert_eq!(seen.len(), 8);
        assert_eq!(
            seen[7],
            "the agent's events are read too slowly: 7 events of 7 bytes waited"
        );
        assert!(backlog.next().await.is_none());
    }

    #[tokio::test]
    async fn joined_text_is_bounded_too() {
        let backlog = Backlog::new(&LIMITS());
        let mut pushed = 0;
        while backlog.push(delta("p", &"x".repeat(100)), 100).is_ok() {
            pushed += 1;
            assert!(pushed < 20, "the backlog grows without end");
        }
        assert_eq!(pushed, 10);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let backlog = Backlog::new(&LIMITS());
        let (item, ()) = tokio::join!(backlog.next(), async {
            tokio::task::yield_now().await;
            backlog.push(AgentEvent::Connected, 1).unwrap();
        });
        assert_eq!(item.unwrap().unwrap(), AgentEvent::Connected);
    }
}
