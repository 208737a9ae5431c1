//! What an agent tells as it happens.

use serde_json::Value;

use super::{AgentAsk, AgentFault, AgentMessage, AgentPart, AgentSession, SessionActivity, Settlement, Todo};

#[derive(Clone, Debug, PartialEq)]
pub enum AgentEvent {
    /// The stream is open: whatever changes from now on will be told. Some of what came just before may be missing.
    Connected,
    /// The stream lives, nothing happened.
    Heartbeat,
    SessionChanged(AgentSession),
    SessionDeleted {
        session_id: String,
    },
    MessageChanged(AgentMessage),
    MessageRemoved {
        session_id: String,
        message_id: String,
    },
    PartChanged(Box<AgentPart>),
    PartRemoved {
        session_id: String,
        message_id: String,
        part_id: String,
    },
    TextDelta(TextDelta),
    /// May be told more than once, also before the last words of a turn that failed.
    Activity {
        session_id: String,
        activity: SessionActivity,
    },
    /// A turn failed, or was aborted. Its message says so too, if the turn came as far as having one.
    Failed {
        session_id: Option<String>,
        fault: AgentFault,
    },
    /// It waits for an answer.
    Asked(Box<AgentAsk>),
    /// A request has its answer, ours or another's.
    Settled {
        session_id: String,
        request_id: String,
        settlement: Settlement,
    },
    /// All that it has set itself to do in a session.
    TodosChanged {
        session_id: String,
        todos: Vec<Todo>,
    },
    /// Everything newer than this server: kept as it came, without what a provider answered.
    Unknown {
        kind: String,
        session_id: Option<String>,
        raw: Value,
    },
    /// The agent dropped its state for this folder; what was asked and not answered is gone.
    Disposed,
}

/// More text at the end of a text or reasoning part. It may come before the part itself is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDelta {
    pub session_id: String,
    pub message_id: String,
    pub part_id: String,
    pub text: String,
}
