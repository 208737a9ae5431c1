//! A host whose answers get lost: now and then a creation is answered by an error and takes effect later, as one asked
//! of a machine far away can. Only the proofs have it, in front of the host of this machine.
//!
//! What takes effect late must survive the death of the server, so it is not done here: the container is made aside, in
//! the folder `late`, and whoever runs the proof puts it in its place in their own time. A second creation under way for
//! the same project, which would be two containers on a host that names them itself, is written down there too.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Container, ContainerHost, ContainerId, ContainerSpec, HostError, LogLine, Usage, WorkspaceSource};
use crate::failpoints;

pub struct LateHost<H> {
    inner: Arc<H>,
    instances: PathBuf,
    late: PathBuf,
}

impl<H: ContainerHost> LateHost<H> {
    pub fn new(inner: Arc<H>, folder: &std::path::Path) -> Self {
        Self {
            inner,
            instances: folder.join("instances"),
            late: folder.join("late"),
        }
    }

    /// Takes the container that was just made out of sight.
    fn postpone(&self, project: Uuid) -> std::io::Result<()> {
        fs::create_dir_all(&self.late)?;
        fs::rename(
            self.instances.join(project.to_string()),
            self.late.join(format!("{project}.{}", Uuid::new_v4())),
        )
    }

    fn is_under_way(&self, project: Uuid) -> bool {
        let waiting = fs::read_dir(&self.late).into_iter().flatten().flatten();
        let prefix = format!("{project}.");
        waiting
            .filter_map(|entry| entry.file_name().into_string().ok())
            .any(|name| name.starts_with(&prefix))
    }
}

#[async_trait]
impl<H: ContainerHost> ContainerHost for LateHost<H> {
    fn late_effects(&self) -> Duration {
        failpoints::duration("late.effects", Duration::ZERO)
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Container, HostError> {
        let project = spec.owner.project;
        if self.is_under_way(project) {
            let note = self.late.join(format!("twice-{project}"));
            fs::write(note, "").map_err(|error| HostError::io("a note", error))?;
        }
        let made = self.inner.create(spec).await?;
        if failpoints::is_broken("late.answer") && !made.workspace_ready {
            self.postpone(project)
                .map_err(|error| HostError::io("a creation", error))?;
            return Err(HostError::unavailable("the answer to the creation was lost"));
        }
        Ok(made)
    }

    async fn list(&self, installation: Uuid) -> Result<Vec<Container>, HostError> {
        self.inner.list(installation).await
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Option<Container>, HostError> {
        self.inner.inspect(id).await
    }

    async fn provision(
        &self,
        id: &ContainerId,
        source: &WorkspaceSource,
        progress: &watch::Sender<String>,
    ) -> Result<(), HostError> {
        self.inner.provision(id, source, progress).await
    }

    async fn start(&self, id: &ContainerId, spec: &ContainerSpec) -> Result<Container, HostError> {
        self.inner.start(id, spec).await
    }

    async fn stop(&self, id: &ContainerId) -> Result<(), HostError> {
        self.inner.stop(id).await
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), HostError> {
        self.inner.remove(id).await
    }

    async fn logs(&self, id: &ContainerId, lines: usize) -> Result<Vec<LogLine>, HostError> {
        self.inner.logs(id, lines).await
    }

    async fn usage(&self, id: &ContainerId) -> Result<Option<Usage>, HostError> {
        self.inner.usage(id).await
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes()
    }
}
