//! The coding agent inside a container, as the rest of the server sees it.
//!
//! An [`AgentRuntime`] speaks to one agent at an [`Endpoint`]: it lists and makes sessions, takes prompts, and streams
//! what happens. What the agent says is data from outside: a kind nobody knows becomes [`AgentEvent::Unknown`] or a part
//! of kind `unknown` with its JSON kept, never an error.

mod offer;
pub mod opencode;
mod prompt;

pub use offer::{AgentMode, CommandSource, OfferedAgent, OfferedCommand, OfferedModel};
pub use prompt::{CommandCall, Prompt, PromptContent, PromptPart};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// How to reach one agent.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub url: url::Url,
    pub username: String,
    pub password: SecretString,
    /// The folder it works in, as the agent names it: absolute, with symbolic links resolved and no slash at the end.
    /// Every call is bound to it, and sessions and events of other folders are left out.
    pub directory: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub version: String,
}

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

/// More text at the end of a text or reasoning part. It may come before the part itself is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDelta {
    pub session_id: String,
    pub message_id: String,
    pub part_id: String,
    pub text: String,
}

/// Something the agent waits for. It keeps this in memory only: after a restart nobody waits any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentAsk {
    pub id: String,
    /// That of the sub-agent, where one asks.
    pub session_id: String,
    /// The call of a tool that waits for it.
    pub call: Option<AskCall>,
    pub content: AskContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskCall {
    pub message_id: String,
    pub call_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskContent {
    Permission {
        /// What it wants to do: `bash`, `edit`, `webfetch` …
        tool: String,
        /// To what: the single commands of a line, files, addresses.
        patterns: Vec<String>,
        /// What it would not ask again, in any session, until it is restarted.
        always: Vec<String>,
        command: Option<String>,
        path: Option<String>,
        url: Option<String>,
        diff: Option<String>,
    },
    Question(Vec<AskPrompt>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPrompt {
    pub question: String,
    pub header: String,
    /// Labels with what they mean.
    pub options: Vec<(String, String)>,
    pub is_multiple: bool,
    /// Whether an answer of one's own is taken.
    pub is_custom: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    Accepted,
    Refused,
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskReply {
    Once,
    /// The agent does not ask again for what the request named as `always`, and settles what else waits for it.
    Always,
    /// With words the turn goes on and the model reads them; without, the turn ends. Other permissions that the same
    /// session waits for are refused with it.
    Reject(Option<String>),
    Answers(Vec<Vec<String>>),
    /// A question is not answered: the turn ends.
    Dismiss,
}

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

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// It answers, but in a version this server does not speak. The message names both.
    #[error("{0}")]
    Unsupported(String),
    #[error("the agent does not know what it was asked about")]
    NotFound,
    /// Not while a turn runs in the session.
    #[error("a turn runs in the session")]
    Busy,
    /// The answer is too large to be taken in; a smaller question may be answered.
    #[error("the agent's answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The agent refused; trying again will not help.
    #[error("{0}")]
    Rejected(String),
    /// No answer, a broken answer or an error of its own: trying again may help.
    #[error("{message}")]
    Unavailable {
        message: String,
        /// It may have been heard, and have taken effect.
        may_be_done: bool,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

#[async_trait]
pub trait AgentRuntime: Send + Sync {
    /// One try with its own short limit. An agent that has just started may need several.
    async fn health(&self, at: &Endpoint) -> Result<Health, AgentError>;

    /// Everything that happens from now on. The first item is [`AgentEvent::Connected`]; the stream ends with an error
    /// when the connection breaks or falls silent, or when its reader is far too slow, and does not come back by itself.
    /// For a reader that is behind, deltas of one part are joined and a state that was overtaken is left out.
    ///
    /// There is no replay: what happened while no stream was open is found by asking again after `Connected`.
    async fn events(&self, at: &Endpoint) -> Result<BoxStream<'static, Result<AgentEvent, AgentError>>, AgentError>;

    /// Sessions of this folder only, the newest first.
    async fn sessions(&self, at: &Endpoint) -> Result<Vec<AgentSession>, AgentError>;
    async fn session(&self, at: &Endpoint, id: &str) -> Result<AgentSession, AgentError>;
    /// Not to be repeated blindly: each call makes a session. `label` finds it again when the answer was lost.
    async fn create_session(&self, at: &Endpoint, title: Option<&str>, label: &str)
    -> Result<AgentSession, AgentError>;
    async fn rename_session(&self, at: &Endpoint, id: &str, title: &str) -> Result<AgentSession, AgentError>;
    /// Deleting what is gone succeeds.
    async fn delete_session(&self, at: &Endpoint, id: &str) -> Result<(), AgentError>;

    /// Sessions that do something right now; all others are idle.
    async fn activities(&self, at: &Endpoint) -> Result<Vec<(String, SessionActivity)>, AgentError>;

    /// The newest messages, oldest first; fewer than asked for where they are too large together. One whose shape is
    /// unknown is left out.
    async fn messages(
        &self,
        at: &Endpoint,
        session: &str,
        limit: usize,
    ) -> Result<Vec<AgentMessageWithParts>, AgentError>;

    /// One message with its parts; `None` when the agent does not have it.
    async fn message(
        &self,
        at: &Endpoint,
        session: &str,
        message: &str,
    ) -> Result<Option<AgentMessageWithParts>, AgentError>;

    /// All that the agent has set itself to do in a session.
    async fn todos(&self, at: &Endpoint, session: &str) -> Result<Vec<Todo>, AgentError>;

    /// A new id for a message, in the agent's own scheme: later ids sort after earlier ones.
    fn new_message_id(&self, now: DateTime<Utc>) -> String;
    /// The same for a part of a message.
    fn new_part_id(&self, now: DateTime<Utc>) -> String;

    /// Hands over a prompt, which waits its turn when another runs. Sending the same ids again changes nothing.
    ///
    /// Success means that the agent took the request, not that it will answer: an unknown model, say, is told by
    /// [`AgentEvent::Failed`] alone, and the message itself may appear a moment later.
    async fn send_prompt(&self, at: &Endpoint, session: &str, prompt: &Prompt) -> Result<(), AgentError>;

    /// Hands over a command. Unlike a prompt it runs again when it is handed over again, whatever its ids: after an error
    /// that leaves open whether it was heard, look for its message, which may appear late.
    async fn run_command(&self, at: &Endpoint, session: &str, call: &CommandCall) -> Result<(), AgentError>;

    /// Those a prompt can name, the default one first.
    async fn agents(&self, at: &Endpoint) -> Result<Vec<OfferedAgent>, AgentError>;
    /// Those of the providers it has credentials for.
    async fn models(&self, at: &Endpoint) -> Result<Vec<OfferedModel>, AgentError>;
    async fn commands(&self, at: &Endpoint) -> Result<Vec<OfferedCommand>, AgentError>;

    /// Everything that waits for an answer right now. What was asked in a turn that was aborted may still be in it.
    async fn asks(&self, at: &Endpoint) -> Result<Vec<AgentAsk>, AgentError>;

    /// Answers a request. [`AgentError::NotFound`] when it waits no more, also because this answer was given before.
    async fn reply(&self, at: &Endpoint, ask: &str, reply: &AskReply) -> Result<(), AgentError>;

    /// Ends the running turn. Succeeds when none runs.
    async fn abort(&self, at: &Endpoint, session: &str) -> Result<(), AgentError>;

    /// Makes a session that begins with a copy of what was said in another one before a message, or of everything.
    /// Asked again under the same label it finds the copy, and makes it anew if it is not whole. May take minutes.
    async fn fork_session(
        &self,
        at: &Endpoint,
        session: &str,
        before: Option<&str>,
        label: &str,
    ) -> Result<AgentSession, AgentError>;
    /// Takes a session and its files back to before a prompt, or before the prompt of an answer. May be repeated.
    async fn revert(&self, at: &Endpoint, session: &str, message: &str) -> Result<AgentSession, AgentError>;
    /// Undoes that, as long as nothing was said since. Succeeds when there is nothing to undo.
    async fn unrevert(&self, at: &Endpoint, session: &str) -> Result<AgentSession, AgentError>;
    /// Begins a turn that sums up what was said, for the model to go on from. Not to be repeated blindly: success means
    /// that it has begun, and [`AgentMessageWithParts::is_summary_request`] finds it.
    async fn summarize(&self, at: &Endpoint, session: &str, model: &str) -> Result<(), AgentError>;
    /// Puts a session away, or takes it out again. Nothing else of it changes.
    async fn archive(
        &self,
        at: &Endpoint,
        session: &str,
        since: Option<DateTime<Utc>>,
    ) -> Result<AgentSession, AgentError>;
}
