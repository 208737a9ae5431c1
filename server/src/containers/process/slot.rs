//! What the host keeps in memory of an instance: locks, the task that watches it, and what makes looking cheaper.
//!
//! Nothing here has to survive: a new host over the same folders finds it all again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{folder::InstanceFolder, log::Redaction, usage::Sample};

pub(super) struct Slot {
    pub(super) folder: InstanceFolder,
    /// Held while it is made, started, stopped or removed, and while its end is recorded.
    pub(super) running: tokio::sync::Mutex<()>,
    /// Held while its workspace is filled, which takes minutes; taken before `running` where both are.
    pub(super) filling: tokio::sync::Mutex<()>,
    notes: Mutex<Notes>,
}

#[derive(Default)]
pub(super) struct Notes {
    pub(super) watcher: Option<Watcher>,
    /// Of the run with this id.
    pub(super) redaction: Option<(Uuid, Redaction)>,
    pub(super) sample: Option<Sample>,
    pub(super) clone: Option<Clone>,
}

/// The task that waits for the end of a run.
pub(super) struct Watcher {
    pub(super) run: Uuid,
    /// Closed once the end is recorded.
    pub(super) done: watch::Receiver<()>,
}

/// A clone at work; its processes are marked with `run`.
pub(super) struct Clone {
    pub(super) run: Uuid,
    pub(super) cancel: CancellationToken,
}

impl Slot {
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct Slots(Mutex<HashMap<Uuid, Arc<Slot>>>);

impl Slots {
    pub(super) fn get(&self, project: Uuid, folder: InstanceFolder) -> Arc<Slot> {
        let make = || {
            Arc::new(Slot {
                folder,
                running: tokio::sync::Mutex::default(),
                filling: tokio::sync::Mutex::default(),
                notes: Mutex::default(),
            })
        };
        Arc::clone(self.lock().entry(project).or_insert_with(make))
    }

    /// Drops it unless somebody else holds it: two slots of one instance would be two locks. They are handed out under
    /// the same lock as they are counted.
    pub(super) fn forget(&self, project: Uuid, slot: Arc<Slot>) {
        let mut slots = self.lock();
        drop(slot);
        if slots.get(&project).is_some_and(|slot| Arc::strong_count(slot) == 1) {
            slots.remove(&project);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
