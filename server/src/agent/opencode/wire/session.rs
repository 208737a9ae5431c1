//! Sessions and what they do.

use serde::Deserialize;
use serde_json::Value;

use super::{
    super::fault,
    lenient::{Millis, or_default},
};
use crate::agent::{AgentSession, SessionActivity};

/// Where OpenCode keeps our own name for a session.
pub(in super::super) const LABEL: &str = "pcc";

#[derive(Deserialize)]
struct Session {
    id: String,
    #[serde(rename = "parentID", default, deserialize_with = "or_default")]
    parent_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    title: String,
    directory: String,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Metadata,
    time: Times,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(rename = "pcc", default, deserialize_with = "or_default")]
    label: Option<String>,
}

#[derive(Deserialize)]
struct Times {
    created: Millis,
    #[serde(default, deserialize_with = "or_default")]
    updated: Option<Millis>,
}

pub(in super::super) fn session(session: &Value) -> Option<AgentSession> {
    let session = Session::deserialize(session).ok()?;
    Some(AgentSession {
        id: session.id,
        parent_id: session.parent_id,
        title: session.title,
        label: session.metadata.label,
        directory: session.directory,
        created_at: session.time.created.0,
        updated_at: session.time.updated.unwrap_or(session.time.created).0,
    })
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Status {
    Idle,
    Busy,
    Retry {
        #[serde(default, deserialize_with = "or_default")]
        attempt: u32,
        #[serde(default, deserialize_with = "or_default")]
        message: String,
        #[serde(default, deserialize_with = "or_default")]
        next: Option<Millis>,
    },
}

pub(in super::super) fn activity(status: &Value) -> Option<SessionActivity> {
    Some(match Status::deserialize(status).ok()? {
        Status::Idle => SessionActivity::Idle,
        Status::Busy => SessionActivity::Busy,
        Status::Retry { attempt, message, next } => SessionActivity::Retrying {
            attempt,
            message: fault::clean(&message),
            next_at: next.map(|next| next.0),
        },
    })
}
