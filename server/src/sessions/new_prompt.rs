//! A prompt as it is given, and what makes it one.

use entity::ids::{AttachmentId, SessionId};
use serde::Serialize;

use super::error::Error;
use crate::workspace::WorkspacePath;

pub const MAX_PARTS: usize = 20;
/// Bytes of text in a prompt.
pub const MAX_TEXT: usize = 256 * 1024;
const MAX_AGENT: usize = 100;
const MAX_MODEL: usize = 200;
const MAX_COMMAND: usize = 200;

/// What `sendPrompt` and `runCommand` send.
#[derive(Clone, Debug, Serialize)]
pub struct NewPrompt {
    pub session: SessionId,
    pub parts: Vec<NewPart>,
    pub agent: Option<String>,
    pub model: Option<String>,
    /// Ends a turn that runs, instead of waiting for its end.
    pub interrupts: bool,
}

#[derive(Clone, Debug, Serialize)]
pub enum NewPart {
    Text(String),
    /// Alone among its like, and without texts: the command is the text.
    Command {
        name: String,
        arguments: String,
    },
    Attachment(AttachmentId),
    /// A file or a folder of the workspace.
    Reference(WorkspacePath),
}

impl NewPart {
    pub(super) fn command(&self) -> Option<&str> {
        match self {
            Self::Command { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What of it counts as text.
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Command { arguments, .. } => arguments,
            Self::Attachment(_) | Self::Reference(_) => "",
        }
    }
}

pub(super) fn check(prompt: &NewPrompt) -> Result<(), Error> {
    let bytes: usize = prompt.parts.iter().map(|part| part.text().len()).sum();
    let is_empty = |part: &NewPart| matches!(part, NewPart::Text(text) if text.trim().is_empty());
    if !(1..=MAX_PARTS).contains(&prompt.parts.len()) || prompt.parts.iter().any(is_empty) || bytes > MAX_TEXT {
        return Err(Error::Parts);
    }
    if prompt.parts.iter().any(|part| part.text().contains('\0')) {
        return Err(Error::Nul);
    }
    if let Some(command) = prompt.parts.iter().find_map(NewPart::command) {
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if !(1..=MAX_COMMAND).contains(&command.chars().count()) || command.contains(is_odd) {
            return Err(Error::Command);
        }
    }
    if let Some(agent) = &prompt.agent
        && (!(1..=MAX_AGENT).contains(&agent.chars().count()) || agent.contains(char::is_control))
    {
        return Err(Error::Agent);
    }
    if let Some(model) = &prompt.model {
        let halves = model
            .split_once('/')
            .filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
        if halves.is_none() || model.len() > MAX_MODEL || model.contains(char::is_control) {
            return Err(Error::Model);
        }
    }
    Ok(())
}
