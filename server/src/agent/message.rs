//! What was asked and answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AgentPart, PartContent};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
}

/// A message without its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentMessage {
    pub id: String,
    pub session_id: String,
    pub role: Role,
    /// For an answer: the message it answers.
    pub parent_id: Option<String>,
    pub agent: Option<String>,
    /// `provider/model`.
    pub model: Option<String>,
    pub tokens: Option<Tokens>,
    /// US dollars.
    pub cost: Option<f64>,
    pub error: Option<AgentFault>,
    /// For a prompt: what its turn changed in files, once that is known.
    pub changes: Vec<FileChange>,
    pub created_at: DateTime<Utc>,
    /// `None` while an answer is still being written; a prompt has it from the start.
    pub completed_at: Option<DateTime<Utc>>,
}

/// A message with all its parts, as the agent has stored it: the text of a part that is still being written is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentMessageWithParts {
    pub message: AgentMessage,
    pub parts: Vec<AgentPart>,
}

impl AgentMessageWithParts {
    /// Whether it is what stands in a session where a summary was asked for.
    pub fn is_summary_request(&self) -> bool {
        let is_mark =
            |part: &AgentPart| matches!(&part.content, PartContent::Unknown { kind, .. } if kind == "compaction");
        self.message.role == Role::User && self.parts.iter().any(is_mark)
    }
}

/// What a turn changed in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// In the workspace.
    pub path: String,
    pub kind: FileChangeKind,
    /// Lines.
    pub additions: u64,
    pub deletions: u64,
    /// As a unified diff; `None` where there is none, or it is too large.
    pub patch: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileChangeKind {
    Added,
    #[default]
    Modified,
    Deleted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

/// Why a turn failed, cut to what is safe to show: no headers, bodies or URLs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFault {
    /// The agent's own name for it, such as `APIError` or `MessageAbortedError`.
    pub name: String,
    pub message: String,
    pub is_retryable: bool,
    /// The provider's HTTP status, where it was one.
    pub status_code: Option<u16>,
}
