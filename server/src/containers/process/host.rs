//! What all verbs of the host share.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    ProcessConfig, blocking,
    folder::{InstanceFolder, private_folder},
    log::Log,
    slot::{Slot, Slots},
    tools::Tools,
};
use crate::{
    clock::Clock,
    containers::{ContainerId, HostError},
};

pub(super) struct Inner {
    /// Its root is canonical: agents are told real paths and report them back.
    pub(super) config: ProcessConfig,
    pub(super) tools: Tools,
    pub(super) clock: Clock,
    pub(super) changes: watch::Sender<u64>,
    pub(super) slots: Slots,
    pub(super) shutdown: CancellationToken,
    pub(super) sweeping: tokio::sync::Mutex<()>,
    /// Tells folders this host is making from those that an earlier one left half-made.
    pub(super) tag: Uuid,
}

impl Inner {
    pub(super) async fn new(mut config: ProcessConfig, clock: Clock) -> Result<Self, HostError> {
        if !config.agent_config.is_object() && !config.agent_config.is_null() {
            return Err(HostError::Rejected(
                "the agents' configuration must be a JSON object".to_owned(),
            ));
        }
        let root = config.root;
        config.root = blocking(move || {
            private_folder(&root)
                .and_then(|()| root.canonicalize())
                .map_err(|error| HostError::io(&format!("the folder {} cannot be used", root.display()), error))
        })
        .await?;
        Ok(Self {
            tools: Tools {
                agent_command: config.agent_command.clone(),
                extra_path: config.extra_path.clone(),
            },
            config,
            clock,
            changes: watch::Sender::new(0),
            slots: Slots::default(),
            shutdown: CancellationToken::new(),
            sweeping: tokio::sync::Mutex::default(),
            tag: Uuid::new_v4(),
        })
    }

    pub(super) fn folder(&self, project: Uuid) -> InstanceFolder {
        InstanceFolder::new(self.config.root.join(project.to_string()))
    }

    pub(super) fn slot(&self, project: Uuid) -> Arc<Slot> {
        self.slots.get(project, self.folder(project))
    }

    /// The slot of a container there is.
    pub(super) async fn existing(&self, id: &ContainerId) -> Result<Arc<Slot>, HostError> {
        let project = project(id).ok_or(HostError::NotFound)?;
        let folder = self.folder(project);
        let record = blocking(move || folder.container().map_err(unreadable)).await?;
        record.map(|_| self.slot(project)).ok_or(HostError::NotFound)
    }

    pub(super) fn log(&self, folder: &InstanceFolder) -> Log {
        Log::new(folder.log(), self.config.log_limit)
    }

    /// Somebody should look again.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// Ids are uuids: nothing else can become a path.
pub(super) fn project(id: &ContainerId) -> Option<Uuid> {
    Uuid::parse_str(&id.0).ok()
}

pub(super) fn unreadable(error: std::io::Error) -> HostError {
    HostError::io("the record of an instance could not be read", error)
}

pub(super) fn unwritable(error: std::io::Error) -> HostError {
    HostError::io("the record of an instance could not be written", error)
}
