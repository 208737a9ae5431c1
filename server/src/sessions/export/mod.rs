//! A session as a file: `GET /sessions/<id>/export?format=markdown|json`.
//!
//! It is written as it is read, page by page, so its length costs no memory. What is still being written is not in it. A
//! stream that breaks off is an error of the transfer, and no file that looks whole.

mod json;
mod markdown;

use std::{io, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use entity::{ids::SessionId, message, project, session};
use futures_util::stream::{self, Stream};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;

use super::{Error, part::Part, store};
use crate::{
    caller::Scope,
    db::Database,
    graphql::{Failure, Id},
    http::{Authenticate, caller, plain, refused},
};

/// Messages read at once.
const PAGE: u64 = 50;
/// Characters of a title that a file is named by.
const LONGEST_NAME: usize = 60;

#[derive(Clone)]
pub struct Export {
    pub db: Database,
    pub authenticate: Arc<dyn Authenticate>,
}

#[derive(Clone, Copy)]
enum Format {
    Markdown,
    Json,
}

/// A session with the project it belongs to.
struct Subject {
    session: session::Model,
    project: project::Model,
}

/// A message with its parts.
struct Said {
    message: message::Model,
    parts: Vec<Part>,
}

pub fn routes(export: Export) -> Router {
    Router::new()
        .route("/sessions/{id}/export", get(answer))
        .with_state(export)
}

#[derive(Deserialize)]
struct Asked {
    format: Option<String>,
}

async fn answer(
    State(export): State<Export>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match export.begin(&id, asked.format.as_deref(), &headers).await {
        Ok(response) => response,
        Err(failure) => refused(failure),
    }
}

impl Export {
    async fn begin(&self, id: &str, format: Option<&str>, headers: &HeaderMap) -> Result<Response, Failure> {
        caller(&*self.authenticate, headers).await?.require(Scope::Read)?;
        let format = match format {
            None | Some("markdown") => Format::Markdown,
            Some("json") => Format::Json,
            Some(_) => return Err(Failure::invalid("format", "The format is markdown or json.")),
        };
        let id =
            Id::<SessionId>::decode(id).ok_or_else(|| Failure::invalid("id", "This is not the id of a Session."))?;
        let session = store::get(self.db.reader(), id.0).await.map_err(Error::from)?;
        let session = session.ok_or(Error::NoSession)?;
        let project = store::project(self.db.reader(), session.project_id)
            .await
            .map_err(Error::from)?;
        let project = project.ok_or(Error::NoProject)?;
        let (kind, ending) = match format {
            Format::Markdown => ("text/markdown; charset=utf-8", "md"),
            Format::Json => ("application/json", "json"),
        };
        let name = format!("attachment; filename=\"{}.{ending}\"", file_name(&session.title));
        let body = Body::from_stream(written(self.db.clone(), Subject { session, project }, format));
        let mut response = plain(StatusCode::OK, HeaderValue::from_static(kind), body);
        let headers = response.headers_mut();
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Ok(response)
    }
}

/// How far a file is written.
enum Place {
    Head,
    /// After the message at this position.
    After(i64),
    End,
}

fn written(db: Database, subject: Subject, format: Format) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream::try_unfold((db, subject, Place::Head), move |(db, subject, place)| async move {
        let (text, next) = match place {
            Place::End => return Ok(None),
            Place::Head => (
                match format {
                    Format::Markdown => markdown::head(&subject),
                    Format::Json => json::head(&subject)?,
                },
                Place::After(0),
            ),
            Place::After(position) => {
                let said = page(&db, &subject.session, position).await.map_err(io::Error::other)?;
                let is_first = position == 0;
                let next = said
                    .last()
                    .map_or(Place::End, |said| Place::After(said.message.position));
                let text = match format {
                    Format::Markdown => said.iter().map(markdown::message).collect(),
                    Format::Json => json::messages(&said, is_first)?,
                };
                (text, next)
            }
        };
        Ok(Some((Bytes::from(text), (db, subject, next))))
    })
}

async fn page(db: &Database, session: &session::Model, after: i64) -> Result<Vec<Said>, DbErr> {
    let rows = store::messages(session.id)
        .filter(message::Column::Position.gt(after))
        .order_by_asc(message::Column::Position)
        .limit(PAGE)
        .all(db.reader())
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut parts = store::parts(db.reader(), &ids).await?;
    Ok(rows
        .into_iter()
        .map(|message| Said {
            parts: parts.remove(&message.id).unwrap_or_default(),
            message,
        })
        .collect())
}

/// A name that every system takes, and no header can be broken with.
fn file_name(title: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let words: String = title.chars().map(plain).collect();
    let words = words
        .split('-')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let name: String = words.chars().take(LONGEST_NAME).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "session".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_title_as_far_as_that_is_safe() {
        for (title, name) in [
            ("Fix the build!", "fix-the-build"),
            ("../../etc/passwd\"; x=", "etc-passwd-x"),
            ("日本語", "session"),
            ("", "session"),
        ] {
            assert_eq!(file_name(title), name);
        }
        assert!(file_name(&"long ".repeat(50)).len() <= LONGEST_NAME);
    }
}
