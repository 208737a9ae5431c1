//! Parts of messages.

use serde::Deserialize;
use serde_json::Value;

use super::{
    super::{fault, ids},
    lenient::{Millis, TokenCounts, or_default},
};
use crate::agent::{AgentPart, PartContent, ToolCall, ToolState};

#[derive(Deserialize)]
struct Ids {
    id: String,
    #[serde(rename = "messageID")]
    message_id: String,
    #[serde(rename = "sessionID")]
    session_id: String,
}

/// Start and end of something that takes time.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Span {
    #[serde(deserialize_with = "or_default")]
    start: Option<Millis>,
    #[serde(deserialize_with = "or_default")]
    end: Option<Millis>,
}

pub(super) fn part(value: &Value) -> Option<AgentPart> {
    let ids = Ids::deserialize(value).ok()?;
    let kind = value.get("type").and_then(Value::as_str).unwrap_or("unknown");
    let content = known(kind, value).unwrap_or_else(|| PartContent::Unknown {
        kind: kind.to_owned(),
        raw: fault::scrub(value.clone()),
    });
    Some(AgentPart {
        id: ids.id,
        message_id: ids.message_id,
        session_id: ids.session_id,
        content,
    })
}

fn known(kind: &str, value: &Value) -> Option<PartContent> {
    match kind {
        "text" => text(value),
        "reasoning" => reasoning(value),
        "tool" => tool(value).map(PartContent::Tool),
        "file" => file(value),
        "patch" => patch(value),
        "step-start" => Some(PartContent::StepStart),
        "step-finish" => step_finish(value),
        "subtask" => subtask(value),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Text {
    text: String,
    #[serde(default, deserialize_with = "or_default")]
    synthetic: bool,
    /// Missing on what was not streamed, such as a prompt.
    #[serde(default, deserialize_with = "or_default")]
    time: Option<Span>,
}

impl Text {
    fn is_complete(&self) -> bool {
        self.time.as_ref().is_none_or(|time| time.end.is_some())
    }
}

fn text(value: &Value) -> Option<PartContent> {
    let part = Text::deserialize(value).ok()?;
    Some(PartContent::Text {
        is_synthetic: part.synthetic,
        is_complete: part.is_complete(),
        text: part.text,
    })
}

fn reasoning(value: &Value) -> Option<PartContent> {
    let part = Text::deserialize(value).ok()?;
    Some(PartContent::Reasoning {
        is_complete: part.is_complete(),
        text: part.text,
    })
}

#[derive(Deserialize)]
struct Tool {
    #[serde(rename = "callID", default, deserialize_with = "or_default")]
    call_id: String,
    tool: String,
    state: State,
}

#[derive(Deserialize)]
struct State {
    status: Status,
    #[serde(default)]
    input: Value,
    #[serde(default, deserialize_with = "or_default")]
    title: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    output: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    error: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: serde_json::Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    time: Span,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pending,
    Running,
    Completed,
    Error,
}

fn tool(value: &Value) -> Option<ToolCall> {
    let Tool { call_id, tool, state } = Tool::deserialize(value).ok()?;
    let mut metadata = state.metadata;
    // While it runs, and after a failure, what it has printed is found here; in the end it is a second copy.
    let printed = match metadata.remove("output") {
        Some(Value::String(output)) => Some(output),
        _ => None,
    };
    let child = metadata
        .get("sessionId")
        .and_then(Value::as_str)
        .filter(|id| ids::is_session(id));
    Some(ToolCall {
        child_session_id: child.map(ToOwned::to_owned),
        call_id,
        tool,
        state: match state.status {
            Status::Pending => ToolState::Pending,
            Status::Running => ToolState::Running,
            Status::Completed => ToolState::Completed,
            Status::Error => ToolState::Failed,
        },
        title: state.title,
        input: state.input,
        output: state.output.or(printed),
        error: state.error,
        metadata: if metadata.is_empty() {
            Value::Null
        } else {
            Value::Object(metadata)
        },
        started_at: state.time.start.map(|at| at.0),
        ended_at: state.time.end.map(|at| at.0),
    })
}

fn file(value: &Value) -> Option<PartContent> {
    #[derive(Deserialize)]
    struct File {
        mime: String,
        #[serde(default, deserialize_with = "or_default")]
        filename: Option<String>,
        url: String,
    }
    let File {
        mime,
        filename,
        mut url,
    } = File::deserialize(value).ok()?;
    // The file itself, of megabytes: it stays where it is.
    if url.starts_with("data:") {
        url.truncate(url.find(',').unwrap_or(url.len()));
    }
    Some(PartContent::File { mime, filename, url })
}

fn patch(value: &Value) -> Option<PartContent> {
    #[derive(Deserialize)]
    struct Patch {
        hash: String,
        files: Vec<String>,
    }
    let Patch { hash, files } = Patch::deserialize(value).ok()?;
    Some(PartContent::Patch { hash, files })
}

fn step_finish(value: &Value) -> Option<PartContent> {
    #[derive(Deserialize)]
    struct StepFinish {
        reason: String,
        #[serde(default, deserialize_with = "or_default")]
        tokens: TokenCounts,
        #[serde(default, deserialize_with = "or_default")]
        cost: f64,
    }
    let StepFinish { reason, tokens, cost } = StepFinish::deserialize(value).ok()?;
    Some(PartContent::StepFinish {
        reason,
        tokens: tokens.into(),
        cost,
    })
}

fn subtask(value: &Value) -> Option<PartContent> {
    #[derive(Deserialize)]
    struct Subtask {
        agent: String,
        description: String,
        prompt: String,
    }
    let Subtask {
        agent,
        description,
        prompt,
    } = Subtask::deserialize(value).ok()?;
    Some(PartContent::Subtask {
        agent,
        description,
        prompt,
    })
}
