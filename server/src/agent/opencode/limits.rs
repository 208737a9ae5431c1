//! How long and how much this adapter takes from an OpenCode server.

use std::time::Duration;

use crate::agent::{PromptContent, PromptPart};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One try of `health`, from connecting to the last byte.
    pub health: Duration,
    /// Any other call, from connecting to the last byte; for the event stream, to the end of the headers.
    pub call: Duration,
    /// Copying a session.
    pub fork: Duration,
    /// A prompt with files: OpenCode makes large images smaller before it answers.
    pub files: Duration,
    /// The event stream without a byte.
    pub silence: Duration,
    /// One answer.
    pub answer_bytes: usize,
    /// One event, as it comes over the wire.
    pub event_bytes: usize,
    /// Events that wait for a slow reader, and their size over the wire.
    pub backlog_events: usize,
    pub backlog_bytes: usize,
    /// With so many events waiting, the backlog begins to join what can be joined.
    pub join_from: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A connection made in the first 0.4 s of OpenCode's life is never answered: give up on it soon.
            health: Duration::from_secs(1),
            // The first call for a folder loads its plugins.
            call: Duration::from_secs(20),
            // OpenCode copies about 150 messages in a second.
            fork: Duration::from_secs(600),
            files: Duration::from_secs(90),
            // OpenCode sends a heartbeat every 10 s.
            silence: Duration::from_secs(30),
            answer_bytes: 32 << 20,
            // A file that is being written travels whole in the tool's input, and again in the diff of the message.
            event_bytes: 16 << 20,
            // Some minutes of a model's fastest stream.
            backlog_events: 4096,
            backlog_bytes: 32 << 20,
            join_from: 256,
        }
    }
}

impl Limits {
    /// For handing over a prompt of these parts.
    pub(super) fn for_parts(&self, parts: &[PromptPart]) -> Duration {
        let is_text = |part: &PromptPart| matches!(part.content, PromptContent::Text(_));
        if parts.iter().all(is_text) {
            self.call
        } else {
            self.files
        }
    }
}
