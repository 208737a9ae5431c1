//! What OpenCode writes, in our words.
//!
//! Its events grow by the week, so nothing here is an error. What is essential to a known thing (its ids, its kind, its
//! times) must be there, or the thing is kept as unknown with its JSON; what is not may be missing or of any shape.

mod ask;
mod change;
pub(super) mod lenient;
mod message;
mod offer;
mod part;
mod session;
mod todo;

pub(super) use ask::{permission, question};
pub(super) use message::message_with_parts;
pub(super) use offer::{agents, commands, default_model, models};
pub(super) use session::{FORK_LABEL, LABEL, activity, session};
pub(super) use todo::todos;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::fault;
use crate::agent::{AgentEvent, TextDelta};

/// The folder OpenCode names when it speaks of itself as a whole.
const WHOLE_SERVER: &str = "global";

/// Characters kept of an event that is not JSON.
const LONGEST_GARBAGE: usize = 500;

/// Reads JSON. A NUL in it, which PostgreSQL keeps in no text, becomes the character for what cannot be shown.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    const NUL: &[u8] = b"\\u0000";
    if !json.windows(NUL.len()).any(|window| window == NUL) {
        return serde_json::from_slice(json);
    }
    let mut value = serde_json::from_slice(json)?;
    replace_nul(&mut value);
    serde_json::from_value(value)
}

fn replace_nul(value: &mut Value) {
    let shown = |text: &str| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => *text = shown(text),
        Value::Array(values) => values.iter_mut().for_each(replace_nul),
        Value::Object(fields) => {
            let old = std::mem::take(fields);
            fields.extend(old.into_iter().map(|(name, mut value)| {
                replace_nul(&mut value);
                (shown(&name), value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What one event of `/global/event` tells about `directory`; `None` when nothing.
pub(super) fn event(data: &str, directory: &str) -> Option<AgentEvent> {
    let Ok(mut envelope) = read::<Value>(data.as_bytes()) else {
        let raw = data.chars().take(LONGEST_GARBAGE).collect::<String>();
        return Some(AgentEvent::Unknown {
            kind: "unreadable".into(),
            session_id: None,
            raw: raw.into(),
        });
    };
    let about = envelope.get("directory").and_then(Value::as_str);
    if about.is_some_and(|about| about != directory && about != WHOLE_SERVER) {
        return None;
    }
    let payload = envelope.get_mut("payload").map(Value::take).unwrap_or(envelope);
    let kind = payload
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("unreadable")
        .to_owned();
    if kind == "sync" {
        return None; // The durable copy of an event that also comes by itself.
    }
    let properties = properties(payload);
    Some(known(&kind, &properties).unwrap_or_else(|| AgentEvent::Unknown {
        session_id: text(&properties, "sessionID"),
        raw: fault::scrub(properties),
        kind,
    }))
}

fn properties(mut payload: Value) -> Value {
    match payload.get_mut("properties") {
        Some(properties) => properties.take(),
        None => payload,
    }
}

/// `None` for a kind nobody knows, and for a known one of an unknown shape.
fn known(kind: &str, properties: &Value) -> Option<AgentEvent> {
    Some(match kind {
        "server.connected" => AgentEvent::Connected,
        "server.heartbeat" => AgentEvent::Heartbeat,
        "server.instance.disposed" | "global.disposed" => AgentEvent::Disposed,
        "session.created" | "session.updated" => AgentEvent::SessionChanged(session(properties.get("info")?)?),
        "session.deleted" => AgentEvent::SessionDeleted {
            session_id: text(properties, "sessionID")?,
        },
        "session.status" => AgentEvent::Activity {
            session_id: text(properties, "sessionID")?,
            activity: activity(properties.get("status")?)?,
        },
        "session.idle" => AgentEvent::Activity {
            session_id: text(properties, "sessionID")?,
            activity: crate::agent::SessionActivity::Idle,
        },
        "session.error" => AgentEvent::Failed {
            session_id: text(properties, "sessionID"),
            fault: fault::fault(properties.get("error").unwrap_or(&Value::Null)),
        },
        "message.updated" => AgentEvent::MessageChanged(message::message(properties.get("info")?)?),
        "message.removed" => AgentEvent::MessageRemoved {
            session_id: text(properties, "sessionID")?,
            message_id: text(properties, "messageID")?,
        },
        "message.part.updated" => AgentEvent::PartChanged(Box::new(part::part(properties.get("part")?)?)),
        "message.part.removed" => AgentEvent::PartRemoved {
            session_id: text(properties, "sessionID")?,
            message_id: text(properties, "messageID")?,
            part_id: text(properties, "partID")?,
        },
        "todo.updated" => AgentEvent::TodosChanged {
            session_id: text(properties, "sessionID")?,
            todos: todos(properties.get("todos")?)?,
        },
        "message.part.delta" => AgentEvent::TextDelta(delta(properties)?),
        "permission.asked" => AgentEvent::Asked(Box::new(permission(properties)?)),
        "question.asked" => AgentEvent::Asked(Box::new(question(properties)?)),
        "permission.replied" | "question.replied" | "question.rejected" => AgentEvent::Settled {
            session_id: text(properties, "sessionID")?,
            request_id: text(properties, "requestID")?,
            settlement: ask::settlement(kind, properties),
        },
        _ => return None,
    })
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(ToOwned::to_owned)
}

/// Only text grows by deltas that we can join.
fn delta(properties: &Value) -> Option<TextDelta> {
    #[derive(Deserialize)]
    struct Delta {
        #[serde(rename = "sessionID")]
        session_id: String,
        #[serde(rename = "messageID")]
        message_id: String,
        #[serde(rename = "partID")]
        part_id: String,
        field: String,
        delta: String,
    }
    let delta = Delta::deserialize(properties)
        .ok()
        .filter(|delta| delta.field == "text")?;
    Some(TextDelta {
        session_id: delta.session_id,
        message_id: delta.message_id,
        part_id: delta.part_id,
        text: delta.delta,
    })
}

#[cfg(test)]
mod tests;
