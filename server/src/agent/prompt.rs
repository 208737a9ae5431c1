//! What an agent is asked.

/// A prompt with ids made by us, so that sending it again is the same prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    pub message_id: String,
    pub parts: Vec<PromptPart>,
    pub agent: Option<String>,
    /// `provider/model`.
    pub model: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PromptPart {
    pub id: String,
    pub content: PromptContent,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PromptContent {
    Text(String),
}

/// A command by its name, with an id made by us to find it by.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandCall {
    pub message_id: String,
    pub name: String,
    pub arguments: String,
    /// Used where the command names none.
    pub agent: Option<String>,
    /// `provider/model`; used where the command names none.
    pub model: Option<String>,
}
