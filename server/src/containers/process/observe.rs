//! What is there now: records compared with the processes of this machine.

use std::{fs, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use url::Url;
use uuid::Uuid;

use super::{
    blocking,
    folder::{ContainerRecord, ExitRecord, InstanceFolder, RunRecord},
    host::{Inner, unreadable, unwritable},
    launch::{self, USERNAME},
    log::Redaction,
    marker,
    procfs::{self, ProcessKey},
    slot::Slot,
    usage, watching,
};
use crate::containers::{Container, ContainerId, ContainerState, Endpoint, HostError, Usage};

/// How long a look waits for the watching task to record an end that has just happened, with its exit code.
const RECORD_LIMIT: Duration = Duration::from_secs(2);

/// What has become of a run.
#[derive(Debug)]
pub(super) enum Phase {
    /// About to start, or lost in between.
    Intended,
    Alive(ProcessKey),
    /// Ended; nobody has written down how.
    Gone,
    Ended(ExitRecord),
    /// Ended as asked.
    Stopped,
}

/// Reads `/proc`.
pub(super) fn phase(run: &RunRecord) -> Result<Phase, HostError> {
    let boot_id = procfs::boot_id().map_err(|error| HostError::io("the machine's boot id could not be read", error))?;
    let process = run
        .process
        .filter(|process| boot_id == run.boot_id && procfs::is_alive(*process));
    Ok(match (process, &run.exit) {
        (Some(process), None) => Phase::Alive(process),
        _ if run.stop_asked => Phase::Stopped,
        (_, Some(exit)) => Phase::Ended(exit.clone()),
        _ if run.process.is_none() => Phase::Intended,
        _ => Phase::Gone,
    })
}

/// A run that cannot be read counts as none. Its processes carry no recorded run then, and are ended as strays.
pub(super) fn recorded_run(folder: &InstanceFolder) -> Option<RunRecord> {
    folder.run().unwrap_or_else(|error| {
        tracing::warn!(folder = %folder.path().display(), %error, "the record of a run cannot be read");
        None
    })
}

pub(super) async fn list(host: &Arc<Inner>, installation: Uuid) -> Result<Vec<Container>, HostError> {
    let root = host.config.root.clone();
    let names = blocking(move || {
        let entries = fs::read_dir(&root).map_err(|error| HostError::io("the instances could not be listed", error))?;
        Ok(entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect::<Vec<_>>())
    })
    .await?;
    let mut found = Vec::new();
    for project in names.iter().filter_map(|name| Uuid::try_parse(name).ok()) {
        let folder = host.folder(project);
        match blocking(move || folder.container().map_err(unreadable)).await {
            Ok(Some(record)) if record.owner.installation == installation => {
                found.extend(one(host, project).await?);
            }
            Ok(_) => {}
            // One broken record must not hide all the others.
            Err(error) => tracing::error!(%project, %error, "an instance is left out"),
        }
    }
    found.sort_by_key(|container| (container.created_at, container.owner));
    Ok(found)
}

pub(super) async fn one(host: &Arc<Inner>, project: Uuid) -> Result<Option<Container>, HostError> {
    let folder = host.folder(project);
    let read = blocking(move || {
        let record = folder.container().map_err(unreadable)?;
        Ok(record.map(|record| (record, recorded_run(&folder), folder.workspace().is_dir())))
    });
    let Some((record, run, workspace_ready)) = read.await? else {
        return Ok(None);
    };
    let state = match run {
        Some(run) => state(host, &host.slot(project), run).await?,
        None => ContainerState::Stopped,
    };
    let ContainerRecord {
        owner,
        name,
        created_at,
    } = record;
    let workspace = host.folder(project).workspace();
    Ok(Some(Container {
        id: ContainerId(project.to_string()),
        owner,
        name,
        state,
        workspace_ready,
        directory: workspace.to_string_lossy().into_owned(),
        local_directory: Some(workspace),
        image: host.tools.agent().ok().map(|program| program.display().to_string()),
        created_at,
    }))
}

async fn state(host: &Arc<Inner>, slot: &Arc<Slot>, run: RunRecord) -> Result<ContainerState, HostError> {
    let (run, phase) = examined(run).await?;
    match phase {
        Phase::Alive(process) => {
            watching::ensure(host, slot, &run, process);
            running(&run)
        }
        Phase::Ended(exit) => Ok(exited(exit)),
        Phase::Stopped => Ok(ContainerState::Stopped),
        Phase::Intended => settle_intent(host, slot, run).await,
        Phase::Gone => settle_end(host, slot, run).await,
    }
}

async fn examined(run: RunRecord) -> Result<(RunRecord, Phase), HostError> {
    blocking(move || phase(&run).map(|phase| (run, phase))).await
}

fn running(run: &RunRecord) -> Result<ContainerState, HostError> {
    let address = format!("http://127.0.0.1:{}/", run.port);
    let url = Url::parse(&address).map_err(|_| HostError::unavailable("the recorded port makes no address"))?;
    Ok(ContainerState::Running {
        endpoint: Endpoint {
            url,
            username: USERNAME.to_owned(),
            password: run.password.clone(),
        },
        started_at: run.started_at,
        run: run.run,
        is_leaving: run.stop_asked,
    })
}

fn exited(exit: ExitRecord) -> ContainerState {
    let ExitRecord { code, at, last_words } = exit;
    ContainerState::Exited { code, at, last_words }
}

/// An intent without a process: a start is at work right now, or the server was killed in the middle of one. Then its
/// process is found by its mark, or was never made.
async fn settle_intent(host: &Arc<Inner>, slot: &Arc<Slot>, run: RunRecord) -> Result<ContainerState, HostError> {
    let Ok(_guard) = slot.running.try_lock() else {
        return Ok(ContainerState::Stopped);
    };
    match take_up_intent(&slot.folder, run.run).await? {
        Some((run, process)) => {
            watching::ensure(host, slot, &run, process);
            running(&run)
        }
        None => Ok(ContainerState::Stopped),
    }
}

/// With the lock held: completes the record of a lost start, or withdraws it.
pub(super) async fn take_up_intent(
    folder: &InstanceFolder,
    intended: Uuid,
) -> Result<Option<(RunRecord, ProcessKey)>, HostError> {
    let folder = folder.clone();
    blocking(move || {
        let Some(mut run) = recorded_run(&folder).filter(|run| run.run == intended) else {
            return Ok(None);
        };
        if run.process.is_none() {
            run.process = marker::leader(folder.path(), run.run);
            match run.process {
                Some(_) => folder.write_run(&run).map_err(unwritable)?,
                None => folder.forget_run().map_err(unwritable)?,
            }
        }
        Ok(run.process.map(|process| (run, process)))
    })
    .await
}

/// It ended, and the task that watches it may be about to say how.
async fn settle_end(host: &Arc<Inner>, slot: &Arc<Slot>, run: RunRecord) -> Result<ContainerState, HostError> {
    let watcher = slot
        .notes()
        .watcher
        .as_ref()
        .filter(|watcher| watcher.run == run.run)
        .map(|w| w.done.clone());
    if let Some(mut done) = watcher {
        // It never sends: it closes.
        let _ = tokio::time::timeout(RECORD_LIMIT, done.changed()).await;
    }
    if let Ok(_guard) = slot.running.try_lock() {
        watching::record_end(host, slot, run.run, None).await?;
    }
    let folder = slot.folder.clone();
    let recorded = blocking(move || Ok(recorded_run(&folder))).await?;
    Ok(match recorded {
        Some(RunRecord {
            exit: Some(exit),
            stop_asked: false,
            ..
        }) => exited(exit),
        Some(RunRecord {
            run: now,
            stop_asked: false,
            ..
        }) if now == run.run => ContainerState::Exited {
            code: None,
            at: host.clock.now(),
            last_words: String::new(),
        },
        _ => ContainerState::Stopped,
    })
}

/// What must not be seen of the present or last run. After a restart of the server a living agent's secrets are read
/// back from its environment; of an agent that died meanwhile only the password is known.
pub(super) async fn redaction(slot: &Arc<Slot>) -> Result<Redaction, HostError> {
    let folder = slot.folder.clone();
    let known = slot.notes().redaction.clone();
    let (run, redaction) = blocking(move || {
        let Some(run) = recorded_run(&folder) else {
            return Ok((None, known.map(|(_, redaction)| redaction).unwrap_or_default()));
        };
        if let Some((_, redaction)) = known.filter(|(of, _)| *of == run.run) {
            return Ok((None, redaction));
        }
        let environment = match phase(&run)? {
            Phase::Alive(process) => procfs::environment(process.pid),
            _ => vec![(
                "OPENCODE_SERVER_PASSWORD".to_owned(),
                run.password.expose_secret().to_owned(),
            )],
        };
        let pairs = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok((Some(run.run), launch::redaction(pairs, &run.secret_names)))
    })
    .await?;
    if let Some(run) = run {
        slot.notes().redaction = Some((run, redaction.clone()));
    }
    Ok(redaction)
}

pub(super) async fn usage(slot: &Arc<Slot>) -> Result<Option<Usage>, HostError> {
    let folder = slot.folder.clone();
    let before = slot.notes().sample;
    let measured = blocking(move || {
        let Some(run) = recorded_run(&folder) else {
            return Ok(None);
        };
        let Phase::Alive(leader) = phase(&run)? else {
            return Ok(None);
        };
        let is_marked = |pid| marker::is_of(pid, folder.path(), run.run);
        Ok(usage::measure(leader, is_marked, before))
    });
    let measured = measured.await?;
    slot.notes().sample = measured.map(|(_, sample)| sample);
    Ok(measured.map(|(usage, _)| usage))
}
