//! As JSON: one object with the session and its messages, parts as they are kept.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Said, Subject};
use crate::{agent::PartContent, graphql::Id};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    id: String,
    title: &'a str,
    project: &'a str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    id: String,
    role: &'static str,
    agent: Option<&'a str>,
    model: Option<&'a str>,
    usage: Option<entity::message::Usage>,
    error: Option<&'a entity::message::Fault>,
    created_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    parts: Vec<&'a PartContent>,
}

/// Up to the list of messages.
pub fn head(subject: &Subject) -> Result<String, io::Error> {
    let session = &subject.session;
    let head = Head {
        id: Id(session.id).encode(),
        title: &session.title,
        project: &subject.project.slug,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    Ok(format!(
        "{{\"session\":{},\"messages\":[",
        serde_json::to_string(&head)?
    ))
}

/// The next messages of the list; its end when there are none.
pub fn messages(said: &[Said], is_first: bool) -> Result<String, io::Error> {
    if said.is_empty() {
        return Ok("]}\n".to_owned());
    }
    let mut text = String::new();
    for (index, said) in said.iter().enumerate() {
        if !(is_first && index == 0) {
            text.push(',');
        }
        text.push('\n');
        text.push_str(&serde_json::to_string(&message(said))?);
    }
    Ok(text)
}

fn message(said: &Said) -> Message<'_> {
    let row = &said.message;
    Message {
        id: Id(row.id).encode(),
        role: match row.role {
            entity::message::Role::User => "user",
            entity::message::Role::Assistant => "assistant",
        },
        agent: row.agent.as_deref(),
        model: row.model.as_deref(),
        usage: row.usage,
        error: row.fault.as_ref(),
        created_at: row.created_at,
        completed_at: row.completed_at,
        parts: said.parts.iter().map(|part| &part.content).collect(),
    }
}
