//! What an agent waits for, and what it is answered.

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
