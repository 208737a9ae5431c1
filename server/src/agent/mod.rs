//! The coding agent inside a container, as the rest of the server sees it.
//!
//! An [`AgentRuntime`] speaks to one agent at an [`Endpoint`]: it lists and makes sessions, takes prompts, and streams
//! what happens. What the agent says is data from outside: a kind nobody knows becomes [`AgentEvent::Unknown`] or a part
//! of kind `unknown` with its JSON kept, never an error.

mod ask;
mod event;
mod message;
mod offer;
pub mod opencode;
mod part;
mod prompt;
mod session;

pub use ask::{AgentAsk, AskCall, AskContent, AskPrompt, AskReply, Settlement};
pub use event::{AgentEvent, TextDelta};
pub use message::{AgentFault, AgentMessage, AgentMessageWithParts, FileChange, FileChangeKind, Role, Tokens};
pub use offer::{AgentMode, CommandSource, OfferedAgent, OfferedCommand, OfferedModel};
pub use part::{AgentPart, PartContent, ToolCall, ToolState};
pub use prompt::{CommandCall, Prompt, PromptContent, PromptPart};
pub use session::{AgentSession, SessionActivity, Todo, TodoPriority, TodoStatus};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use secrecy::SecretString;

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
