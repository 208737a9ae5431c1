//! What OpenCode waits for. The lists it answers with and the events it sends have the same shape.

use serde::Deserialize;
use serde_json::Value;

use super::lenient::or_default;
use crate::agent::{AgentAsk, AskCall, AskContent, AskPrompt, Settlement};

#[derive(Deserialize)]
struct Permission {
    id: String,
    #[serde(rename = "sessionID")]
    session_id: String,
    permission: String,
    #[serde(default, deserialize_with = "or_default")]
    patterns: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    always: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "or_default")]
    tool: Option<Tool>,
}

/// What a tool tells of what it is about to do; each tool tells something else.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    #[serde(deserialize_with = "or_default")]
    command: Option<String>,
    #[serde(deserialize_with = "or_default")]
    filepath: Option<String>,
    #[serde(deserialize_with = "or_default")]
    url: Option<String>,
    #[serde(deserialize_with = "or_default")]
    diff: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    #[serde(rename = "messageID")]
    message_id: String,
    #[serde(rename = "callID")]
    call_id: String,
}

impl From<Tool> for AskCall {
    fn from(tool: Tool) -> Self {
        Self {
            message_id: tool.message_id,
            call_id: tool.call_id,
        }
    }
}

pub(in super::super) fn permission(request: &Value) -> Option<AgentAsk> {
    let request = Permission::deserialize(request).ok()?;
    Some(AgentAsk {
        id: request.id,
        session_id: request.session_id,
        call: request.tool.map(AskCall::from),
        content: AskContent::Permission {
            tool: request.permission,
            patterns: request.patterns,
            always: request.always,
            command: request.metadata.command,
            path: request.metadata.filepath,
            url: request.metadata.url,
            diff: request.metadata.diff,
        },
    })
}

#[derive(Deserialize)]
struct Question {
    id: String,
    #[serde(rename = "sessionID")]
    session_id: String,
    questions: Vec<Prompt>,
    #[serde(default, deserialize_with = "or_default")]
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Prompt {
    question: String,
    #[serde(default, deserialize_with = "or_default")]
    header: String,
    #[serde(default, deserialize_with = "or_default")]
    options: Vec<Choice>,
    #[serde(default, deserialize_with = "or_default")]
    multiple: bool,
    #[serde(default, deserialize_with = "or_default")]
    custom: Option<bool>,
}

#[derive(Deserialize)]
struct Choice {
    label: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
}

pub(in super::super) fn question(request: &Value) -> Option<AgentAsk> {
    let request = Question::deserialize(request).ok()?;
    let prompts = request.questions.into_iter().map(|prompt| AskPrompt {
        question: prompt.question,
        header: prompt.header,
        options: prompt
            .options
            .into_iter()
            .map(|choice| (choice.label, choice.description))
            .collect(),
        is_multiple: prompt.multiple,
        // OpenCode takes one unless it says otherwise.
        is_custom: prompt.custom.unwrap_or(true),
    });
    Some(AgentAsk {
        id: request.id,
        session_id: request.session_id,
        call: request.tool.map(AskCall::from),
        content: AskContent::Question(prompts.collect()),
    })
}

pub(super) fn settlement(kind: &str, properties: &Value) -> Settlement {
    let is_refused = kind == "question.rejected" || properties.get("reply").is_some_and(|reply| reply == "reject");
    if is_refused {
        Settlement::Refused
    } else {
        Settlement::Accepted
    }
}
