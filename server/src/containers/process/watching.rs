//! Noticing that an agent ended, and keeping its log short while it lives.
//!
//! A child is waited for, which leaves no zombie and gives its exit code. An agent an earlier server started is no child
//! of ours: it is looked at twice a second, and how it ended cannot be known.

use std::{sync::Arc, time::Duration};

use process_wrap::tokio::ChildWrapper;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::{
    blocking,
    ending::{self, Members},
    folder::{ExitRecord, RunRecord},
    host::{Inner, unwritable},
    log::Log,
    observe::{self, Phase, recorded_run},
    procfs::{self, ProcessKey},
    slot::{Slot, Watcher},
};
use crate::{containers::HostError, crash_point};

const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(super) enum Leader {
    Child(Box<dyn ChildWrapper>),
    Adopted(ProcessKey),
}

/// Watches a run that an earlier server began, unless it is watched already.
pub(super) fn ensure(host: &Arc<Inner>, slot: &Arc<Slot>, run: &RunRecord, process: ProcessKey) {
    let done = {
        let mut notes = slot.notes();
        if notes.watcher.as_ref().is_some_and(|watcher| watcher.run == run.run) {
            return;
        }
        let (sender, done) = watch::channel(());
        notes.watcher = Some(Watcher { run: run.run, done });
        sender
    };
    crash_point!("process.adopt");
    tokio::spawn(follow(
        Arc::clone(host),
        Arc::clone(slot),
        run.run,
        Leader::Adopted(process),
        done,
    ));
}

/// Watches a child from its start on. The lock of the slot is held.
pub(super) fn begin(host: &Arc<Inner>, slot: &Arc<Slot>, run: Uuid, child: Box<dyn ChildWrapper>) {
    let (sender, done) = watch::channel(());
    slot.notes().watcher = Some(Watcher { run, done });
    tokio::spawn(follow(
        Arc::clone(host),
        Arc::clone(slot),
        run,
        Leader::Child(child),
        sender,
    ));
}

/// Dropping `done` tells those who wait that the end is recorded, or that nobody will record it.
async fn follow(host: Arc<Inner>, slot: Arc<Slot>, run: Uuid, leader: Leader, done: watch::Sender<()>) {
    let watched = async {
        let code = leader.ended(host.log(&slot.folder)).await;
        (code, slot.running.lock().await)
    };
    let (code, _guard) = tokio::select! {
        () = host.shutdown.cancelled() => return,
        ended = watched => ended,
    };
    if let Err(error) = record_end(&host, &slot, run, code).await {
        tracing::error!(folder = %slot.folder.path().display(), %error, "the end of an agent was not recorded");
    }
    drop(done);
    // What it started and left behind. Only that: another run may have begun before this end was seen.
    let left = Members {
        run: Some(run),
        ..Members::of(&slot.folder, None)
    };
    if let Err(error) = ending::end(left, host.config.stop_grace).await {
        tracing::warn!(folder = %slot.folder.path().display(), %error, "an agent left processes behind");
    }
}

impl Leader {
    /// Its exit code, where known. One that was killed by a signal has none.
    async fn ended(self, log: Log) -> Option<i32> {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        match self {
            Self::Child(mut child) => loop {
                tokio::select! {
                    status = child.wait() => return status.ok().and_then(|status| status.code()),
                    _ = looks.tick() => trim(&log).await,
                }
            },
            Self::Adopted(process) => loop {
                looks.tick().await;
                if !procfs::is_alive(process) {
                    return None;
                }
                trim(&log).await;
            },
        }
    }
}

async fn trim(log: &Log) {
    let log = log.clone();
    let trimmed = blocking(move || {
        log.trim()
            .map_err(|error| HostError::io("an agent's log was not cut", error))
    });
    if let Err(error) = trimmed.await {
        tracing::warn!(%error);
    }
}

/// With the lock held: writes down how a run ended, unless that was asked for or is written already.
pub(super) async fn record_end(
    host: &Arc<Inner>,
    slot: &Arc<Slot>,
    run: Uuid,
    code: Option<i32>,
) -> Result<(), HostError> {
    let redaction = observe::redaction(slot).await?;
    let (folder, log, at) = (slot.folder.clone(), host.log(&slot.folder), host.clock.now());
    let recorded = blocking(move || {
        let Some(mut record) = recorded_run(&folder).filter(|record| record.run == run) else {
            return Ok(false);
        };
        if !matches!(observe::phase(&record)?, Phase::Gone) {
            return Ok(false);
        }
        record.exit = Some(ExitRecord {
            code,
            at,
            last_words: log.last_words(&redaction),
        });
        folder.write_run(&record).map_err(unwritable)?;
        Ok(true)
    });
    if recorded.await? {
        host.changed();
    }
    Ok(())
}
