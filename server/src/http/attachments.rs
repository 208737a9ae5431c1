//! Files that go with prompts: `POST /attachments?name=photo.png` with the file as its body, `GET /attachments/<id>` to have
//! it again. Both take a bearer token. Answers and errors look like GraphQL's.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::json;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    Authenticate,
    negotiate::MediaType,
    plain::{caller, plain, refused},
};
use crate::{
    caller::Caller,
    graphql::{Code, Failure},
};

/// A file over a phone's connection.
const PATIENCE: Duration = Duration::from_secs(120);
/// Files that are received at the same time: each is held in memory.
const AT_ONCE: usize = 16;

/// Keeps files. The edge has authenticated the caller, and nothing more.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// No file is larger.
    fn most_bytes(&self) -> usize;
    async fn take(&self, caller: &Caller, name: &str, content: Bytes) -> Result<Uploaded, Failure>;
    async fn open(&self, caller: &Caller, id: &str) -> Result<Content, Failure>;
}

/// What is kept, as the graph names it.
pub struct Uploaded {
    pub id: String,
    pub name: String,
    pub media_type: String,
    pub size: u64,
}

pub struct Content {
    pub media_type: String,
    pub bytes: Vec<u8>,
}

struct Edge {
    uploads: Arc<dyn Uploads>,
    authenticate: Arc<dyn Authenticate>,
    seats: Semaphore,
}

pub fn attachment_routes(uploads: Arc<dyn Uploads>, authenticate: Arc<dyn Authenticate>) -> Router {
    let edge = Edge {
        uploads,
        authenticate,
        seats: Semaphore::new(AT_ONCE),
    };
    Router::new()
        .route("/attachments", post(take))
        .route("/attachments/{id}", get(open))
        .with_state(Arc::new(edge))
}

async fn take(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    match edge.take(request).await {
        Ok(kept) => {
            let kept = json!({ "id": kept.id, "name": kept.name, "mediaType": kept.media_type, "size": kept.size });
            let body = json!({ "data": { "attachment": kept } }).to_string();
            plain(StatusCode::OK, MediaType::Json.content_type(), body.into())
        }
        Err(failure) => refused(failure),
    }
}

async fn open(State(edge): State<Arc<Edge>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let found = async {
        let caller = caller(&*edge.authenticate, &headers).await?;
        edge.uploads.open(&caller, &id).await
    };
    match found.await {
        Ok(content) => match HeaderValue::from_str(&content.media_type) {
            Ok(media_type) => {
                let response = plain(StatusCode::OK, media_type, content.bytes.into());
                // Whatever is in it, no page of ours is made of it.
                super::files::protected(response, "sandbox; default-src 'none'")
            }
            Err(error) => refused(Failure::internal(&error)),
        },
        Err(failure) => refused(failure),
    }
}

impl Edge {
    /// Nothing of the body is read before it is known who sends it.
    async fn take(&self, request: Request) -> Result<Uploaded, Failure> {
        let caller = caller(&*self.authenticate, request.headers()).await?;
        let most = self.uploads.most_bytes();
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > most) {
            return Err(too_large(most));
        }
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let name = url::form_urlencoded::parse(query)
            .find(|(key, _)| key == "name")
            .map(|(_, name)| name.into_owned())
            .ok_or_else(|| Failure::invalid("name", "The file's name is needed: ?name=photo.png"))?;
        let busy = |_| Failure::busy(format!("{AT_ONCE} files are being received, which is the most."));
        let _seat = self.seats.try_acquire().map_err(busy)?;
        let content = match timeout(PATIENCE, to_bytes(request.into_body(), most)).await {
            Ok(Ok(content)) => content,
            // Or it broke off, and nobody reads this.
            Ok(Err(_too_long)) => return Err(too_large(most)),
            Err(_elapsed) => {
                let sentence = format!("A file must arrive within {} s.", PATIENCE.as_secs());
                return Err(Failure::new(Code::LimitExceeded, sentence));
            }
        };
        self.uploads.take(&caller, &name, content).await
    }
}

fn too_large(most: usize) -> Failure {
    let sentence = format!("A file that is attached may have {} MB.", most / 1_000_000);
    Failure::new(Code::LimitExceeded, sentence)
}
