//! git's answer on its way to the client.

use std::{
    io,
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::{io::AsyncReadExt, process::ChildStdout, sync::oneshot, time::timeout};
use tokio_util::{sync::DropGuard, task::AbortOnDropHandle};

use super::BackendError;
use crate::forge::git::GitError;

const MAX_HEADER: usize = 16 * 1024;
const CHUNK: usize = 64 * 1024;

/// The answer as it comes. Dropping it ends the process.
pub(super) struct Answer {
    pub(super) stdout: ChildStdout,
    /// What was read behind the headers.
    pub(super) rest: BytesMut,
    pub(super) moved: Arc<AtomicU64>,
    pub(super) outcome: oneshot::Receiver<Option<ExitStatus>>,
    pub(super) pump: AbortOnDropHandle<()>,
    pub(super) idle: Duration,
    pub(super) _stop: DropGuard,
}

impl Answer {
    pub(super) async fn read_headers(&mut self) -> Result<(u16, Vec<(String, String)>), BackendError> {
        loop {
            if let Some((end, next)) = header_end(&self.rest) {
                let head = self.rest.split_to(next);
                return parse_headers(&head[..end]).ok_or(BackendError::NoAnswer("its headers cannot be read"));
            }
            if self.rest.len() > MAX_HEADER {
                return Err(BackendError::NoAnswer("its headers are too long"));
            }
            // Bounded by the watch: it ends the process, and with it this pipe.
            let count = self.stdout.read_buf(&mut self.rest).await.map_err(GitError::Io)?;
            if count == 0 {
                return Err(BackendError::NoAnswer("it ended before its headers did"));
            }
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold(Some(self), |state| async move {
            let Some(mut answer) = state else { return Ok(None) };
            match answer.next().await? {
                Some(bytes) => Ok(Some((bytes, Some(answer)))),
                None => {
                    answer.finish().await?;
                    Ok(None)
                }
            }
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.rest.is_empty() {
            self.rest.reserve(CHUNK);
            self.stdout.read_buf(&mut self.rest).await?;
        }
        let bytes = self.rest.split().freeze();
        self.moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// An answer of a process that was ended must not look complete. One that failed by itself has told the client why
    /// in git's own protocol.
    async fn finish(self) -> io::Result<()> {
        let status = self.outcome.await.map_err(io::Error::other)?;
        let _ = timeout(self.idle, self.pump).await;
        match status {
            Some(_) => Ok(()),
            None => Err(io::Error::new(io::ErrorKind::TimedOut, "the transfer was ended early")),
        }
    }
}

/// Where the headers end and where the body begins.
fn header_end(bytes: &[u8]) -> Option<(usize, usize)> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| (at, at + 4))
}

/// The status (200 where none is given) and the other headers of a CGI answer.
fn parse_headers(bytes: &[u8]) -> Option<(u16, Vec<(String, String)>)> {
    let (mut status, mut headers) = (200, Vec::new());
    for line in std::str::from_utf8(bytes)
        .ok()?
        .split("\r\n")
        .filter(|line| !line.is_empty())
    {
        let (name, value) = line.split_once(':')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if name == "status" {
            status = value
                .split(' ')
                .next()?
                .parse()
                .ok()
                .filter(|code| (200..600).contains(code))?;
        } else {
            headers.push((name, value.to_owned()));
        }
    }
    Some((status, headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzz_cgi_headers() {
        crate::fuzzing::fuzz("cgi", |input| {
            let Some((end, next)) = header_end(input) else { return };
            assert!(end + 4 == next && next <= input.len());
            let Some((status, headers)) = parse_headers(&input[..end]) else {
                return;
            };
            assert!((200..600).contains(&status));
            for (name, value) in headers {
                assert!(!name.contains(':') && name != "status", "{name:?}");
                assert!(!value.contains("\r\n"), "a header of its own in {value:?}");
            }
        });
    }

    #[test]
    fn reads_cgi_headers() {
        let answer = b"Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nbody";
        let (end, next) = header_end(answer).unwrap();
        assert_eq!(&answer[next..], b"body");
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        assert_eq!(parse_headers(&answer[..end]), Some((404, headers)));
        assert_eq!(
            parse_headers(b"Expires: x"),
            Some((200, vec![("expires".into(), "x".into())]))
        );
        assert_eq!(parse_headers(b"no colon"), None);
        assert_eq!(parse_headers(b"Status: teapot"), None);
        assert_eq!(header_end(b"a\r\nb"), None);
    }
}
