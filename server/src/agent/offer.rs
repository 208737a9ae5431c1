//! What an agent offers to be asked with.

use serde::{Deserialize, Serialize};

/// One of the characters an agent program can take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedAgent {
    pub name: String,
    pub description: Option<String>,
    pub mode: AgentMode,
    /// `provider/model`, where it brings its own.
    pub model: Option<String>,
    /// Answers a prompt that names none.
    pub is_default: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentMode {
    /// For people.
    Primary,
    /// For other agents, which give it tasks.
    Subagent,
    All,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OfferedModel {
    /// `provider/model`.
    pub id: String,
    pub name: String,
    pub provider: String,
    /// Tokens it can look at.
    pub context: Option<u64>,
    /// Tokens of one answer.
    pub output: Option<u64>,
    /// US dollars for a million tokens, read and written.
    pub cost: Option<(f64, f64)>,
    pub reasons: bool,
    pub reads_images: bool,
    pub reads_pdf: bool,
    /// The one of the configuration.
    pub is_default: bool,
}

/// A prompt somebody has written down, with places for arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCommand {
    pub name: String,
    pub description: Option<String>,
    pub source: CommandSource,
    /// The agent and the model it goes to, where it says so.
    pub agent: Option<String>,
    pub model: Option<String>,
    /// It is worked on by a sub-agent.
    pub is_subtask: bool,
    /// Where its arguments go, such as `$1` or `$ARGUMENTS`; empty when it takes none.
    pub arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandSource {
    /// A file of the project, or built in.
    Command,
    /// A server of tools.
    Mcp,
    Skill,
}
