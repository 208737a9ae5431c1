//! Clearing up what a killed server left behind: folders half made or half removed, and processes no record speaks of.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use uuid::Uuid;

use super::{
    blocking,
    ending::{self, Members},
    folder::remove_tree,
    host::Inner,
    marker::{self, Marked},
    observe::recorded_run,
};
use crate::containers::HostError;

const STAGING: &str = ".new-";
const TRASH: &str = ".trash-";

/// Where this host makes an instance's folder.
pub(super) fn staging(host: &Inner) -> PathBuf {
    host.config
        .root
        .join(format!("{STAGING}{}-{}", host.tag, Uuid::new_v4()))
}

pub(super) fn trash(host: &Inner) -> PathBuf {
    host.config.root.join(format!("{TRASH}{}-{}", host.tag, Uuid::new_v4()))
}

pub(super) async fn empty(trash: PathBuf) {
    let removed = blocking(move || remove_tree(&trash).map_err(|error| HostError::io("not removed", error))).await;
    if let Err(error) = removed {
        tracing::warn!(%error, "the folder of a removed instance is still there; it will be tried again");
    }
}

/// In the background, one sweep at a time.
pub(super) fn begin(host: &Arc<Inner>, installation: Uuid) {
    let host = Arc::clone(host);
    tokio::spawn(async move {
        let Ok(_one) = host.sweeping.try_lock() else {
            return;
        };
        tokio::select! {
            () = host.shutdown.cancelled() => {}
            () = async {
                leftovers(&host).await;
                strays(&host, installation).await;
            } => {}
        }
    });
}

/// Folders of this host are in use: it removes them itself.
async fn leftovers(host: &Inner) {
    let (root, own) = (host.config.root.clone(), host.tag.to_string());
    let found = blocking(move || {
        let entries = fs::read_dir(&root).map_err(|error| HostError::io("not listed", error))?;
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let left = names.filter(|name| {
            let tag = name.strip_prefix(TRASH).or_else(|| name.strip_prefix(STAGING));
            tag.is_some_and(|tag| !tag.starts_with(&own))
        });
        Ok(left.map(|name| root.join(name)).collect::<Vec<_>>())
    });
    for folder in found.await.unwrap_or_default() {
        empty(folder).await;
    }
}

/// Ends processes that carry the mark of this installation and of no run that is recorded. Looks at the processes
/// first and at the records after, where an intent stands before its process: so no new one is taken for a stray.
async fn strays(host: &Inner, installation: Uuid) {
    let root = host.config.root.clone();
    let found = blocking(move || Ok(marker::below(&root))).await.unwrap_or_default();
    let mut instances: BTreeMap<Uuid, Vec<Marked>> = BTreeMap::new();
    for process in found
        .into_iter()
        .filter(|process| process.marker.owner.installation == installation)
    {
        instances.entry(process.marker.owner.project).or_default().push(process);
    }
    for (project, processes) in instances {
        let slot = host.slot(project);
        // Whoever holds it ends strays itself.
        let Ok(_guard) = slot.running.try_lock() else {
            continue;
        };
        let reading = slot.folder.clone();
        let record = blocking(move || Ok(recorded_run(&reading))).await.unwrap_or_default();
        let recorded = record.filter(|run| run.exit.is_none()).map(|run| run.run);
        let cloning = slot.notes().clone.as_ref().map(|clone| clone.run);
        let spared: Vec<Uuid> = recorded.into_iter().chain(cloning).collect();
        let strays = processes.iter().filter(|process| !spared.contains(&process.marker.run));
        let pids: Vec<i32> = strays.map(|process| process.key.pid).collect();
        if pids.is_empty() {
            continue;
        }
        tracing::warn!(%project, ?pids, "processes of an agent that no record speaks of are ended");
        let members = Members {
            spared,
            ..Members::of(&slot.folder, None)
        };
        if let Err(error) = ending::end(members, host.config.stop_grace).await {
            tracing::warn!(%project, %error, "strays are still there; they will be tried again");
        }
    }
}
