//! What messages are made of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Tokens;

#[derive(Clone, Debug, PartialEq)]
pub struct AgentPart {
    pub id: String,
    pub message_id: String,
    pub session_id: String,
    pub content: PartContent,
}

/// Text is complete once it will not grow any more. One that was cut short, by a retry or a crash, never becomes so: its
/// text is final when its message is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PartContent {
    Text {
        text: String,
        is_synthetic: bool,
        is_complete: bool,
    },
    Reasoning {
        text: String,
        is_complete: bool,
    },
    Tool(ToolCall),
    File {
        mime: String,
        filename: Option<String>,
        url: String,
    },
    Patch {
        hash: String,
        files: Vec<String>,
    },
    StepStart,
    StepFinish {
        reason: String,
        tokens: Tokens,
        cost: f64,
    },
    Subtask {
        agent: String,
        description: String,
        prompt: String,
    },
    /// What a person asked by the name of a command; what the agent made of it follows as text. Only in our own prompts.
    Command {
        name: String,
        arguments: String,
    },
    /// A file that a person attached: kept by this server, by its id. Only in our own prompts.
    Attachment {
        attachment: Uuid,
        mime: String,
        name: String,
        size: u64,
    },
    /// A file or a folder of the workspace that a person pointed at. Only in our own prompts.
    Reference {
        path: String,
    },
    /// Any other kind: its name and its JSON as it came, without what a provider answered.
    Unknown {
        #[serde(rename = "name")]
        kind: String,
        raw: Value,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub call_id: String,
    pub tool: String,
    pub state: ToolState,
    pub title: Option<String>,
    pub input: Value,
    /// What it has printed so far, or its result.
    pub output: Option<String>,
    pub error: Option<String>,
    /// What else it tells, by tool: an exit code, a diff. `Null` when nothing.
    pub metadata: Value,
    /// The session of the sub-agent it started.
    pub child_session_id: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl ToolCall {
    /// What it is about, where its input says so: a command, a file.
    pub fn about(&self) -> Option<&str> {
        const NAMES: [&str; 5] = ["command", "filePath", "pattern", "description", "url"];
        NAMES.iter().find_map(|name| self.input.get(name)?.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToolState {
    Pending,
    Running,
    Completed,
    Failed,
}
