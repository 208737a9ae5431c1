//! What an agent is asked.

use std::sync::Arc;

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
    /// A file that comes with the prompt.
    File {
        media_type: String,
        name: String,
        content: Arc<[u8]>,
    },
    /// A file or a folder where the agent works, by its path from there.
    Reference {
        path: String,
    },
}

/// A command by its name, with an id made by us to find it by.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandCall {
    pub message_id: String,
    pub name: String,
    pub arguments: String,
    /// Files and references.
    pub files: Vec<PromptPart>,
    /// Used where the command names none.
    pub agent: Option<String>,
    /// `provider/model`; used where the command names none.
    pub model: Option<String>,
}
