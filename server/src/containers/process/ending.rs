//! Ending the processes of an instance: asked first, killed when the grace is over.

use std::{collections::HashSet, path::PathBuf, time::Duration};

use rustix::process::Signal;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    blocking,
    folder::InstanceFolder,
    marker,
    procfs::{self, ProcessKey},
};
use crate::containers::HostError;

const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How long a killed process may take to go. Longer means it hangs in the kernel (a dead network file system, say).
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// Which processes are meant: those that carry the mark of an instance, and the session of its leader.
#[derive(Clone, Debug)]
pub(super) struct Members {
    pub(super) folder: PathBuf,
    /// Must be of this boot.
    pub(super) leader: Option<ProcessKey>,
    /// If not all: the run whose processes are meant.
    pub(super) run: Option<Uuid>,
    /// Runs whose processes are left alone.
    pub(super) spared: Vec<Uuid>,
}

impl Members {
    /// Everything of the instance in this folder.
    pub(super) fn of(folder: &InstanceFolder, leader: Option<ProcessKey>) -> Self {
        Self {
            folder: folder.path().to_owned(),
            leader,
            run: None,
            spared: Vec::new(),
        }
    }

    fn find(&self, known: &HashSet<ProcessKey>) -> HashSet<ProcessKey> {
        let mut found: HashSet<_> = known.iter().copied().filter(|key| procfs::is_alive(*key)).collect();
        let marked = marker::below(&self.folder).into_iter();
        found.extend(
            marked
                .filter(|process| self.run.is_none_or(|run| run == process.marker.run))
                .filter(|process| !self.spared.contains(&process.marker.run))
                .map(|process| process.key),
        );
        found.extend(self.session());
        found
    }

    /// A session is told by its leader's pid, which means something only as long as the leader lives. It is looked at
    /// before and after, so that a reused pid cannot bring strangers in.
    fn session(&self) -> Vec<ProcessKey> {
        let Some(leader) = self.leader.filter(|leader| procfs::is_alive(*leader)) else {
            return Vec::new();
        };
        let living = procfs::living();
        if !procfs::is_alive(leader) {
            return Vec::new();
        }
        let members = living
            .into_iter()
            .filter(|process| process.session == leader.pid || process.key == leader);
        members.map(|process| process.key).collect()
    }
}

/// Returns once none is left.
pub(super) async fn end(members: Members, grace: Duration) -> Result<(), HostError> {
    let polite_until = Instant::now() + grace;
    let mut known = HashSet::new();
    let mut asked = HashSet::new();
    loop {
        let (group, seen) = (members.clone(), known);
        known = blocking(move || Ok(group.find(&seen))).await?;
        if known.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        if now > polite_until + KILL_LIMIT {
            let pids: Vec<_> = known.iter().map(|key| key.pid).collect();
            return Err(HostError::unavailable(format!(
                "processes {pids:?} do not end though they were killed"
            )));
        }
        for key in &known {
            if now >= polite_until {
                send(*key, Signal::KILL);
            } else if asked.insert(*key) {
                send(*key, Signal::TERM);
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn send(key: ProcessKey, signal: Signal) {
    if let Err(error) = procfs::signal(key, signal) {
        tracing::warn!(pid = key.pid, ?signal, %error, "a process of an agent could not be signalled");
    }
}
