//! Filling the workspace of an instance: one attempt at a time, in bounds, and given up when the instance is removed.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    blocking,
    ending::{self, Members},
    folder::InstanceFolder,
    git::Git,
    host::{Inner, unreadable},
    marker::Marker,
    observe::recorded_run,
    slot::{self, Slot},
    workspace,
};
use crate::containers::{HostError, Owner, WorkspaceSource};

/// Ends the note of a clone however its future ends.
struct CloneNote<'a>(&'a Slot);

impl Drop for CloneNote<'_> {
    fn drop(&mut self) {
        self.0.notes().clone = None;
    }
}

pub(super) async fn provision(
    host: &Arc<Inner>,
    slot: &Arc<Slot>,
    source: &WorkspaceSource,
    progress: &watch::Sender<String>,
) -> Result<(), HostError> {
    let _filling = slot.filling.lock().await;
    if is_filled(&slot.folder).await? {
        return Ok(());
    }
    let (protocol, program) = (workspace::protocol(source)?, host.tools.git()?);
    let (run, cancel) = (Uuid::new_v4(), CancellationToken::new());
    slot.notes().clone = Some(slot::Clone {
        run,
        cancel: cancel.clone(),
    });
    let _note = CloneNote(slot);
    let (owner, agent) = owner_and_run(&slot.folder).await?;
    // A git that an earlier server started may still be writing.
    let leftovers = Members {
        spared: agent.into_iter().collect(),
        ..Members::of(&slot.folder, None)
    };
    ending::end(leftovers, host.config.stop_grace).await?;
    let git = Git {
        program,
        search_path: host.tools.search_path(),
        directory: slot.folder.path().to_owned(),
        marker: Marker {
            owner,
            run,
            folder: slot.folder.path().to_owned(),
        },
        protocol,
    };
    let tell = |sentence: String| drop(progress.send_replace(sentence));
    let limit = host.config.clone_timeout;
    let result = tokio::select! {
        result = workspace::fill(git, &slot.folder, source, &tell) => result,
        () = cancel.cancelled() => Err(HostError::unavailable("the instance was removed meanwhile")),
        () = tokio::time::sleep(limit) => {
            Err(HostError::unavailable(format!("cloning took longer than {} s and was given up", limit.as_secs())))
        }
    };
    if result.is_err() {
        // The first cause matters more than a failure of this.
        let _ = workspace::discard(&slot.folder).await;
    }
    result
}

pub(super) async fn is_filled(folder: &InstanceFolder) -> Result<bool, HostError> {
    let workspace = folder.workspace();
    blocking(move || Ok(workspace.is_dir())).await
}

async fn owner_and_run(folder: &InstanceFolder) -> Result<(Owner, Option<Uuid>), HostError> {
    let folder = folder.clone();
    blocking(move || {
        let record = folder.container().map_err(unreadable)?.ok_or(HostError::NotFound)?;
        Ok((record.owner, recorded_run(&folder).map(|run| run.run)))
    })
    .await
}
