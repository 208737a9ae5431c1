//! git's smart HTTP for the local forge, at `/git/<slug>.git`.
//!
//! Exactly the requests of a current git client are answered; files of a repository are never served as such. Nothing
//! of the address reaches the file system: the slug is asked of [`GitAccess`], which gives the folder, and the rest
//! must be one of three fixed words. Who may do what is for [`GitAccess`] too.

mod headers;
mod refusal;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use secrecy::SecretString;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use self::{
    headers::{content_length, is_gzip, protocol, reflog_name, text, token},
    refusal::Refusal,
};
use crate::forge::git::{
    Git,
    backend::{BackendLimits, BackendRequest, Service},
};

/// A list of refs beyond this is not compared: the push is then always reported.
const MAX_REFS: usize = 16 << 20;

/// Who may use which repository. Implemented by whoever knows devices and projects.
#[async_trait]
pub trait GitAccess: Send + Sync {
    /// `token` is what the client gave as bearer token or as password, `None` where it gave nothing.
    async fn authorize(&self, token: Option<&SecretString>, slug: &str, write: bool) -> GitAccessDecision;

    /// A push changed at least one ref. It is told before the client sees the end of its push, and also when the
    /// client does not wait for it.
    async fn pushed(&self, slug: &str, user: &str);
}

#[derive(Clone, Debug)]
pub enum GitAccessDecision {
    /// `path` is the bare repository, `user` the name for its reflog.
    Allow {
        path: PathBuf,
        user: String,
    },
    /// No token, or a wrong one.
    NeedLogin,
    /// The token is valid and does not reach that far.
    Forbidden,
    NotFound,
}

#[derive(Clone, Copy, Debug)]
pub struct GitHttpLimits {
    /// The largest push.
    pub max_body_bytes: u64,
    /// Without a byte in either direction a transfer is ended.
    pub idle_timeout: Duration,
    /// No transfer takes longer.
    pub total_timeout: Duration,
    /// Transfers at the same time. Others wait for `queue_timeout`, then are told to come again.
    pub concurrency: usize,
    pub queue_timeout: Duration,
}

impl Default for GitHttpLimits {
    fn default() -> Self {
        Self {
            max_body_bytes: 1 << 30,
            idle_timeout: Duration::from_secs(120),
            total_timeout: Duration::from_secs(60 * 60),
            concurrency: 8,
            queue_timeout: Duration::from_secs(10),
        }
    }
}

struct GitHttp {
    git: Git,
    access: Arc<dyn GitAccess>,
    limits: GitHttpLimits,
    permits: Arc<Semaphore>,
}

/// The routes. They stream: no layer around them may buffer, compress, limit bodies or set a short deadline.
pub fn router(git: Git, access: Arc<dyn GitAccess>, limits: GitHttpLimits) -> Router {
    let permits = Arc::new(Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS)));
    let state = Arc::new(GitHttp {
        git,
        access,
        limits,
        permits,
    });
    Router::new()
        .route("/git/{repository}/{*service}", any(serve))
        .with_state(state)
}

async fn serve(
    State(state): State<Arc<GitHttp>>,
    Path((repository, service)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    match state.answer(&repository, &service, query.as_deref(), request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

/// What a request asks for.
struct Asked<'a> {
    slug: &'a str,
    service: Service,
    is_advertisement: bool,
}

impl<'a> Asked<'a> {
    fn of(repository: &'a str, path: &str, query: Option<&str>, method: &Method) -> Result<Self, Refusal> {
        let slug = repository
            .strip_suffix(".git")
            .filter(|slug| is_plain(slug))
            .ok_or(Refusal::NotFound)?;
        if let Some(service) = Service::from_name(path) {
            let is_post = *method == Method::POST;
            return is_post
                .then_some(Self {
                    slug,
                    service,
                    is_advertisement: false,
                })
                .ok_or(Refusal::Method("POST"));
        }
        if path != "info/refs" {
            return Err(Refusal::NotFound);
        }
        if *method != Method::GET {
            return Err(Refusal::Method("GET"));
        }
        let service = query
            .and_then(|query| query.strip_prefix("service="))
            .and_then(Service::from_name);
        Ok(Self {
            slug,
            service: service.ok_or(Refusal::Dumb)?,
            is_advertisement: true,
        })
    }
}

fn is_plain(slug: &str) -> bool {
    !slug.is_empty()
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl GitHttp {
    async fn answer(
        &self,
        repository: &str,
        path: &str,
        query: Option<&str>,
        request: Request,
    ) -> Result<Response, Refusal> {
        let asked = Asked::of(repository, path, query, request.method())?;
        let write = asked.service == Service::ReceivePack;
        let token = token(request.headers());
        let (folder, user) = match self.access.authorize(token.as_ref(), asked.slug, write).await {
            GitAccessDecision::Allow { path, user } => (path, reflog_name(&user)),
            GitAccessDecision::NeedLogin => return Err(Refusal::Login),
            GitAccessDecision::Forbidden => return Err(Refusal::Forbidden),
            GitAccessDecision::NotFound => return Err(Refusal::NotFound),
        };
        let permit = self.permit().await?;
        let (parts, body) = request.into_parts();
        let backend = BackendRequest {
            repository: &folder,
            service: asked.service,
            is_advertisement: asked.is_advertisement,
            user: &user,
            content_type: text(&parts.headers, header::CONTENT_TYPE.as_str()),
            content_length: content_length(&parts.headers, asked.is_advertisement),
            is_gzip: is_gzip(&parts.headers)?,
            protocol: protocol(&parts.headers),
        };
        let push = (write && !asked.is_advertisement).then(|| Push {
            git: self.git.clone(),
            access: self.access.clone(),
            folder: folder.clone(),
            slug: asked.slug.to_owned(),
            user: user.clone(),
        });
        let before = match &push {
            Some(push) => push.refs().await,
            None => None,
        };
        let finally = async move {
            if let Some(push) = push {
                push.report(before).await;
            }
            drop(permit);
        };
        let limits = BackendLimits {
            max_body: self.limits.max_body_bytes,
            idle: self.limits.idle_timeout,
            total: self.limits.total_timeout,
        };
        let served = self
            .git
            .serve_http(&backend, limits, body.into_data_stream(), finally)
            .await;
        let answer = served.map_err(Refusal::from)?;
        Ok(response(answer.status, answer.headers, Body::from_stream(answer.body)))
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = timeout(self.limits.queue_timeout, self.permits.clone().acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or(Refusal::Busy)
    }
}

/// A push under way, to tell afterwards whether it changed anything. git's exit does not: it is a success, too, when
/// every ref was refused, and clients begin a large push by an empty one.
struct Push {
    git: Git,
    access: Arc<dyn GitAccess>,
    folder: PathBuf,
    slug: String,
    user: String,
}

impl Push {
    async fn refs(&self) -> Option<blake3::Hash> {
        let command = self
            .git
            .command("for-each-ref")
            .arg("--format=%(objectname) %(refname)")
            .repository(&self.folder);
        let output = command.output_limit(MAX_REFS).run().await.ok()?;
        Some(blake3::hash(&output.stdout))
    }

    async fn report(self, before: Option<blake3::Hash>) {
        let after = self.refs().await;
        if before.is_none() || after.is_none() || before != after {
            self.access.pushed(&self.slug, &self.user).await;
        }
    }
}

/// git's own headers say what its answer is and that nobody may keep it. No other is passed on.
fn response(status: u16, headers: Vec<(String, String)>, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        let name = match name.as_str() {
            "content-type" => header::CONTENT_TYPE,
            "cache-control" => header::CACHE_CONTROL,
            "expires" => header::EXPIRES,
            "pragma" => header::PRAGMA,
            _ => continue,
        };
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
