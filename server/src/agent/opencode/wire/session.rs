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
/// Where a session has the name of the copy that is being made of it. OpenCode copies it like the rest.
pub(in super::super) const FORK_LABEL: &str = "pccFork";

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
    #[serde(default, deserialize_with = "or_default")]
    revert: Option<Revert>,
    time: Times,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(rename = "pcc", default, deserialize_with = "or_default")]
    label: Option<String>,
    #[serde(rename = "pccFork", default, deserialize_with = "or_default")]
    fork_label: Option<String>,
}

#[derive(Deserialize)]
struct Revert {
    #[serde(rename = "messageID")]
    message_id: String,
}

#[derive(Deserialize)]
struct Times {
    created: Millis,
    #[serde(default, deserialize_with = "or_default")]
    updated: Option<Millis>,
    /// 0 for one that was taken out again: OpenCode does not forget the field.
    #[serde(default, deserialize_with = "or_default")]
    archived: Option<Millis>,
}

pub(in super::super) fn session(session: &Value) -> Option<AgentSession> {
    let session = Session::deserialize(session).ok()?;
    Some(AgentSession {
        id: session.id,
        parent_id: session.parent_id,
        title: session.title,
        label: session.metadata.label,
        fork_label: session.metadata.fork_label,
        directory: session.directory,
        archived_at: session.time.archived.map(|at| at.0).filter(|at| at.timestamp() != 0),
        reverted_to: session.revert.map(|revert| revert.message_id),
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
