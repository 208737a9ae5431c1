//! The request on its way to git, and the end of the process.

use std::{
    pin::pin,
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{ChildStderr, ChildStdin},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::BackendLimits;
use crate::forge::git::{group::Group, scrub};

const STDERR_KEPT: u64 = 8 * 1024;
/// How long the last words of a process that is gone are waited for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Feeds the request to git. What git no longer wants is read and dropped, so that the client comes to read the answer.
/// A body that breaks off or is too long stops everything.
pub(super) async fn pump<E: Send>(
    body: impl Stream<Item = Result<Bytes, E>> + Send,
    stdin: ChildStdin,
    limit: u64,
    moved: Arc<AtomicU64>,
    stop: CancellationToken,
) {
    let (mut body, mut stdin, mut total) = (pin!(body), Some(stdin), 0_u64);
    while let Some(chunk) = body.next().await {
        let Ok(chunk) = chunk else {
            stop.cancel();
            return;
        };
        total += chunk.len() as u64;
        if total > limit {
            stop.cancel();
            return;
        }
        if let Some(pipe) = &mut stdin
            && pipe.write_all(&chunk).await.is_err()
        {
            stdin = None;
        }
        moved.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }
}

/// Decides when the process has to end. It owns it, so that a client that stopped reading cannot keep it.
pub(super) struct Watch {
    pub(super) moved: Arc<AtomicU64>,
    pub(super) stop: CancellationToken,
    pub(super) limits: BackendLimits,
}

impl Watch {
    /// Stays until the process is gone. `None` when it was ended from here.
    pub(super) async fn run(self, group: Group, stderr: ChildStderr) -> Option<ExitStatus> {
        let complaint = AbortOnDropHandle::new(tokio::spawn(read_complaint(stderr)));
        let status = self.until_end(group).await;
        let complaint = timeout(LAST_WORDS, complaint)
            .await
            .ok()
            .and_then(Result::ok)
            .unwrap_or_default();
        report(status, &complaint);
        status
    }

    async fn until_end(self, mut group: Group) -> Option<ExitStatus> {
        let deadline = Instant::now() + self.limits.total;
        let mut look = interval(self.limits.idle);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.tick().await;
        let mut seen = self.moved.load(Ordering::Relaxed);
        loop {
            tokio::select! {
                status = group.wait() => return status.ok(),
                () = self.stop.cancelled() => break,
                () = sleep_until(deadline) => break,
                _ = look.tick() => {
                    let now = self.moved.load(Ordering::Relaxed);
                    if now == seen {
                        break;
                    }
                    seen = now;
                }
            }
        }
        group.end().await;
        self.stop.cancel();
        None
    }
}

async fn read_complaint(mut stderr: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let _ = (&mut stderr).take(STDERR_KEPT).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    scrub(&String::from_utf8_lossy(&kept))
}

fn report(status: Option<ExitStatus>, complaint: &str) {
    match status {
        Some(status) if status.success() => {}
        Some(status) => tracing::warn!(%status, complaint, "git http-backend failed"),
        None => tracing::debug!(complaint, "a git transfer was ended early"),
    }
}
