//! Messages, with and without their parts.

use serde::Deserialize;
use serde_json::Value;

use super::{
    super::fault,
    change::changes,
    lenient::{Millis, TokenCounts, or_default},
    part::part,
};
use crate::agent::{AgentMessage, AgentMessageWithParts, Role};

#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(rename = "sessionID")]
    session_id: String,
    role: WireRole,
    #[serde(rename = "parentID", default, deserialize_with = "or_default")]
    parent_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    agent: Option<String>,
    /// Of a prompt; an answer has the two names in itself.
    #[serde(default, deserialize_with = "or_default")]
    model: Option<Model>,
    #[serde(rename = "providerID", default, deserialize_with = "or_default")]
    provider_id: Option<String>,
    #[serde(rename = "modelID", default, deserialize_with = "or_default")]
    model_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    tokens: Option<TokenCounts>,
    #[serde(default, deserialize_with = "or_default")]
    cost: Option<f64>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    summary: Value,
    time: Times,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireRole {
    User,
    Assistant,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "providerID")]
    provider_id: String,
    #[serde(rename = "modelID")]
    model_id: String,
}

#[derive(Deserialize)]
struct Times {
    created: Millis,
    #[serde(default, deserialize_with = "or_default")]
    completed: Option<Millis>,
}

pub(super) fn message(info: &Value) -> Option<AgentMessage> {
    let message = Message::deserialize(info).ok()?;
    let (role, completed) = match message.role {
        WireRole::User => (Role::User, Some(message.time.created)),
        WireRole::Assistant => (Role::Assistant, message.time.completed),
    };
    let own_model = message.provider_id.zip(message.model_id);
    let model = own_model.or_else(|| message.model.map(|model| (model.provider_id, model.model_id)));
    Some(AgentMessage {
        id: message.id,
        session_id: message.session_id,
        role,
        parent_id: message.parent_id,
        agent: message.agent,
        model: model.map(|(provider, model)| format!("{provider}/{model}")),
        tokens: message.tokens.map(Into::into),
        cost: message.cost,
        error: message.error.as_ref().map(fault::fault),
        changes: changes(&message.summary),
        created_at: message.time.created.0,
        completed_at: completed.map(|at| at.0),
    })
}

/// `{info, parts}`. A part without ids is left out.
pub(in super::super) fn message_with_parts(value: &Value) -> Option<AgentMessageWithParts> {
    let parts = value.get("parts").and_then(Value::as_array).into_iter().flatten();
    Some(AgentMessageWithParts {
        message: message(value.get("info")?)?,
        parts: parts.filter_map(part).collect(),
    })
}
