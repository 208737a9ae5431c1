//! Starting and stopping the agent of an instance.
//!
//! A start is recorded before there is a process, and completed after. Whatever happens in between, the mark the process
//! carries leads back to the record.

use std::{fs, path::Path, sync::Arc};

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    blocking,
    ending::{self, Members},
    folder::{InstanceFolder, RunRecord},
    host::{Inner, unreadable, unwritable},
    launch::{self, Ingredients},
    make::belongs,
    marker::Marker,
    observe::{self, Phase, recorded_run},
    procfs,
    provision::is_filled,
    slot::Slot,
    watching,
};
use crate::{
    containers::{ContainerSpec, HostError},
    crash_point,
};

pub(super) async fn start(host: Arc<Inner>, slot: Arc<Slot>, spec: ContainerSpec) -> Result<(), HostError> {
    let _guard = slot.running.lock().await;
    let folder = slot.folder.clone();
    let record = blocking(move || folder.container().map_err(unreadable)?.ok_or(HostError::NotFound)).await?;
    belongs(&record, spec.owner)?;
    if !is_filled(&slot.folder).await? {
        return Err(HostError::Rejected(
            "the workspace must be filled before the agent starts".to_owned(),
        ));
    }
    if is_alive(&slot.folder).await? {
        return Ok(());
    }
    let program = host.tools.agent()?;
    ending::end(Members::of(&slot.folder, None), host.config.stop_grace).await?;
    launch(&host, &slot, &spec, &program).await
}

/// With the lock held.
async fn is_alive(folder: &InstanceFolder) -> Result<bool, HostError> {
    let reading = folder.clone();
    let Some(run) = blocking(move || Ok(recorded_run(&reading))).await? else {
        return Ok(false);
    };
    if run.process.is_none() && observe::take_up_intent(folder, run.run).await?.is_some() {
        return Ok(true);
    }
    blocking(move || Ok(matches!(observe::phase(&run)?, Phase::Alive(_)))).await
}

async fn launch(host: &Arc<Inner>, slot: &Arc<Slot>, spec: &ContainerSpec, program: &Path) -> Result<(), HostError> {
    let run = Uuid::new_v4();
    let password = launch::new_password();
    let environment = launch::environment(&Ingredients {
        folder: &slot.folder,
        tools: &host.tools,
        spec,
        operator_config: &host.config.agent_config,
        trust_repository_config: host.config.trust_repository_config,
        password: &password,
        marker: &Marker {
            owner: spec.owner,
            run,
            folder: slot.folder.path().to_owned(),
        },
    })?;
    let record = intent(host, spec, run, password)?;
    let pairs = environment
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
    slot.notes().redaction = Some((run, launch::redaction(pairs, &record.secret_names)));
    let (port, log) = (record.port, prepare(host, slot, record.clone()).await?);
    crash_point!("process.start.intended");
    let spawned = launch::spawn(program, &slot.folder, port, &environment, log).await;
    let child = match spawned {
        Ok(child) => child,
        Err(error) => {
            forget(&slot.folder).await?;
            return Err(cannot_run(program, error));
        }
    };
    crash_point!("process.start.spawned");
    // Not waited for yet, so it has its pid even if it is dead.
    let process = child
        .id()
        .and_then(|pid| procfs::stat(pid.try_into().ok()?))
        .map(|process| process.key);
    watching::begin(host, slot, run, child);
    let folder = slot.folder.clone();
    let recorded = blocking(move || folder.write_run(&RunRecord { process, ..record }).map_err(unwritable)).await;
    if recorded.is_err() {
        // Better none than one without a record.
        ending::end(Members::of(&slot.folder, process), host.config.stop_grace).await?;
        forget(&slot.folder).await?;
    }
    host.changed();
    recorded
}

fn intent(host: &Inner, spec: &ContainerSpec, run: Uuid, password: SecretString) -> Result<RunRecord, HostError> {
    let unknown = |error| HostError::io("the machine could not be asked for a port", error);
    Ok(RunRecord {
        run,
        process: None,
        boot_id: procfs::boot_id().map_err(unknown)?,
        port: launch::free_port().map_err(unknown)?,
        password,
        started_at: host.clock.now(),
        secret_names: spec.environment.keys().cloned().collect(),
        stop_asked: false,
        exit: None,
    })
}

/// Writes the intent, before there is a process.
async fn prepare(host: &Inner, slot: &Slot, record: RunRecord) -> Result<fs::File, HostError> {
    let (folder, log) = (slot.folder.clone(), host.log(&slot.folder));
    blocking(move || {
        folder
            .empty_tmp()
            .map_err(|error| HostError::io("the folder for temporary files was not emptied", error))?;
        folder.write_run(&record).map_err(unwritable)?;
        log.begin(record.run, record.started_at).map_err(|error| {
            let _ = folder.forget_run();
            HostError::io("the agent's log could not be opened", error)
        })
    })
    .await
}

fn cannot_run(program: &Path, error: std::io::Error) -> HostError {
    match error.kind() {
        std::io::ErrorKind::ArgumentListTooLong => {
            HostError::Rejected("the agent's environment and configuration are too large".to_owned())
        }
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::OutOfMemory => {
            HostError::Exhausted("the machine has no room for another process".to_owned())
        }
        _ => HostError::Missing(format!(
            "{} cannot be run ({error}): is it OpenCode, for this machine?",
            program.display()
        )),
    }
}

async fn forget(folder: &InstanceFolder) -> Result<(), HostError> {
    let folder = folder.clone();
    blocking(move || folder.forget_run().map_err(unwritable)).await
}

pub(super) async fn stop(host: &Arc<Inner>, slot: &Arc<Slot>) -> Result<(), HostError> {
    let _guard = slot.running.lock().await;
    end(host, slot).await
}

/// With the lock held.
pub(super) async fn end(host: &Arc<Inner>, slot: &Arc<Slot>) -> Result<(), HostError> {
    let folder = slot.folder.clone();
    let leader = blocking(move || {
        let Some(run) = recorded_run(&folder) else {
            return Ok(None);
        };
        let leader = match observe::phase(&run)? {
            Phase::Alive(process) => Some(process),
            _ => None,
        };
        // On a full disk it must be possible to stop: then the end may look like an accident for a moment.
        if let Err(error) = folder.write_run(&RunRecord {
            stop_asked: true,
            ..run
        }) {
            tracing::warn!(folder = %folder.path().display(), %error, "that an agent is stopped was not recorded");
        }
        Ok(leader)
    })
    .await?;
    // A clone is not the agent's: stopping one that does not run yet leaves it alone.
    let spared = slot.notes().clone.as_ref().map(|clone| clone.run).into_iter().collect();
    let members = Members {
        spared,
        ..Members::of(&slot.folder, leader)
    };
    crash_point!("process.stop.asked");
    ending::end(members, host.config.stop_grace).await?;
    crash_point!("process.stop.ended");
    forget(&slot.folder).await?;
    host.changed();
    Ok(())
}
