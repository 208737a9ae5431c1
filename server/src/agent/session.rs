//! Sessions: what they are, what they do, what they are to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub struct AgentSession {
    pub id: String,
    pub parent_id: Option<String>,
    pub title: String,
    /// What was given at its making, so that it can be found when the answer was lost. A copy has that of its original.
    pub label: Option<String>,
    /// What a copy was to be labelled with, as long as it is being made; the original has it too then.
    pub fork_label: Option<String>,
    pub directory: String,
    /// When it was put away.
    pub archived_at: Option<DateTime<Utc>>,
    /// The message it was taken back to: that one and those after it count no more, and go with the next prompt.
    pub reverted_to: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SessionActivity {
    Idle,
    Busy,
    /// The provider failed and is asked again.
    Retrying {
        attempt: u32,
        message: String,
        next_at: Option<DateTime<Utc>>,
    },
}

/// Something that an agent has set itself to do. It has no id: a list is told as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    pub content: String,
    pub status: TodoStatus,
    pub priority: TodoPriority,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoStatus {
    #[default]
    Pending,
    InProgress,
    Completed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoPriority {
    High,
    #[default]
    Medium,
    Low,
}
