//! `git http-backend`, the server side of git's smart HTTP, run for one request.
//!
//! Both directions are streamed. The process ends with the request: when the answer is dropped because the client went
//! away, when nothing moved for too long, or when it takes longer than any transfer should.

mod answer;
mod transfer;

use std::{
    io,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use tokio::sync::oneshot;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use self::{
    answer::Answer,
    transfer::{Watch, pump},
};
use super::{Git, GitCommand, GitError, group::Group};

/// git refuses a pack over the limit with a sentence of its own; this much more lets the sentence win.
const SLACK: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    UploadPack,
    ReceivePack,
}

impl Service {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::UploadPack),
            "git-receive-pack" => Some(Self::ReceivePack),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

/// What of a request `git http-backend` needs to know. The values have been checked.
#[derive(Clone, Debug)]
pub struct BackendRequest<'a> {
    pub repository: &'a Path,
    pub service: Service,
    /// True for `GET …/info/refs`, false for the `POST` that follows.
    pub is_advertisement: bool,
    /// Who pushes, for the reflog.
    pub user: &'a str,
    pub content_type: &'a str,
    pub content_length: Option<u64>,
    pub is_gzip: bool,
    /// The `Git-Protocol` header.
    pub protocol: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct BackendLimits {
    /// Bytes of one request, as sent and as unpacked.
    pub max_body: u64,
    /// Without a byte in either direction the transfer is given up.
    pub idle: Duration,
    /// No transfer takes longer.
    pub total: Duration,
}

pub struct BackendResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: BoxStream<'static, io::Result<Bytes>>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("the request is larger than {0} bytes")]
    TooLarge(u64),
    #[error("git http-backend gave no proper answer: {0}")]
    NoAnswer(&'static str),
}

impl Git {
    /// Serves one request. `finally` runs when the process is gone, however it ended and before the client sees the
    /// end of the answer.
    pub async fn serve_http<E: Send + 'static>(
        &self,
        request: &BackendRequest<'_>,
        limits: BackendLimits,
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        finally: impl Future<Output = ()> + Send + 'static,
    ) -> Result<BackendResponse, BackendError> {
        if request.content_length.is_some_and(|length| length > limits.max_body) {
            return Err(BackendError::TooLarge(limits.max_body));
        }
        let mut group = Group::spawn(self.http_backend(request, limits).to_process())
            .map_err(|error| GitError::from_spawn(error, None))?;
        let pipes = group
            .child()
            .map(|child| (child.stdin.take(), child.stdout.take(), child.stderr.take()));
        let Some((Some(stdin), Some(stdout), Some(stderr))) = pipes else {
            return Err(GitError::Io(io::Error::other("git was started without its pipes")).into());
        };
        let moved = Arc::new(AtomicU64::new(0));
        let stop = CancellationToken::new();
        let (ended, outcome) = oneshot::channel();
        let watch = Watch {
            moved: moved.clone(),
            stop: stop.clone(),
            limits,
        };
        tokio::spawn(async move {
            let status = watch.run(group, stderr).await;
            finally.await;
            let _ = ended.send(status);
        });
        let pump = pump(body, stdin, limits.max_body + SLACK, moved.clone(), stop.clone());
        let mut answer = Answer {
            stdout,
            rest: BytesMut::new(),
            moved,
            outcome,
            pump: AbortOnDropHandle::new(tokio::spawn(pump)),
            idle: limits.idle,
            _stop: stop.drop_guard(),
        };
        let (status, headers) = answer.read_headers().await?;
        Ok(BackendResponse {
            status,
            headers,
            body: answer.into_stream().boxed(),
        })
    }

    /// No CONTENT_LENGTH: git then reads to the end of its input. Given one, it spins for ever, holding a core, when its
    /// input ends early, as it does when this server is killed in the middle of a push.
    fn http_backend(&self, request: &BackendRequest<'_>, limits: BackendLimits) -> GitCommand {
        let (method, path) = if request.is_advertisement {
            ("GET", "/info/refs".to_owned())
        } else {
            ("POST", format!("/{}", request.service.name()))
        };
        self.command("http-backend")
            .env("GIT_PROJECT_ROOT", request.repository)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("REQUEST_METHOD", method)
            .env("QUERY_STRING", format!("service={}", request.service.name()))
            .env("REMOTE_USER", request.user)
            .env("REMOTE_ADDR", "pcc")
            .env("CONTENT_TYPE", request.content_type)
            .env("HTTP_CONTENT_ENCODING", if request.is_gzip { "gzip" } else { "" })
            .env("GIT_PROTOCOL", request.protocol)
            .setting("http.getanyfile", "false")
            .setting("http.uploadpack", "true")
            .setting("http.receivepack", "true")
            .setting("receive.maxInputSize", limits.max_body.to_string())
    }
}
