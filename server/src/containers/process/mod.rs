//! Containers that are processes of this machine: one folder and one `opencode serve` for each instance.
//!
//! What always holds:
//! - An agent outlives the server and is taken up again by the next one. All that takes is in the instance's folder; a
//!   recorded process is believed in only if pid, start time and boot agree, so no stranger is ever signalled.
//! - No process without a record: the intent is written first, and every process carries a mark by which it is found.
//! - An agent sees no variable of the server, listens on loopback only, and wants a password of its own.
//!
//! It is no sandbox: an agent may do what the server's user may do. Linux only; it reads `/proc`.

mod complaint;
mod ending;
mod folder;
mod git;
mod host;
mod launch;
mod log;
mod make;
mod marker;
mod observe;
mod procfs;
mod provision;
mod run;
mod slot;
mod sweep;
mod tools;
mod usage;
mod watching;
mod workspace;

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use self::host::Inner;
pub use self::tools::{Tool, ToolReport};
use super::{Container, ContainerHost, ContainerId, ContainerSpec, HostError, LogLine, Usage, WorkspaceSource};
use crate::clock::Clock;

const LOG_LINES_LIMIT: usize = 10_000;

#[derive(Clone, Debug)]
pub struct ProcessConfig {
    /// Holds a folder for each instance. Nobody else may write there.
    pub root: PathBuf,
    /// The OpenCode program: a path, or a name to look for. `opencode` where absent.
    pub agent_command: Option<PathBuf>,
    /// Merged into the OpenCode configuration of every instance (JSON object, or null).
    pub agent_config: Value,
    /// Folders searched for programs before the server's own PATH, by the host and by agents.
    pub extra_path: Vec<PathBuf>,
    /// Whether OpenCode reads `opencode.json` and `.opencode/` of the cloned repository. They can run code as soon as the
    /// instance starts (plugins, local MCP servers) and send the provider's key elsewhere (`baseURL`), so this is for
    /// those who trust every repository they clone. `AGENTS.md` is read either way.
    pub trust_repository_config: bool,
    /// How much of an agent's output is kept, twice, in bytes.
    pub log_limit: u64,
    /// How long an agent may take to end before it is killed.
    pub stop_grace: Duration,
    pub clone_timeout: Duration,
}

impl ProcessConfig {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            agent_command: None,
            agent_config: Value::Null,
            extra_path: Vec::new(),
            trust_repository_config: false,
            log_limit: 1024 * 1024,
            stop_grace: Duration::from_secs(5),
            clone_timeout: Duration::from_secs(30 * 60),
        }
    }
}

pub struct ProcessHost {
    inner: Arc<Inner>,
}

impl ProcessHost {
    /// Makes the root folder where there is none.
    pub async fn new(config: ProcessConfig, clock: Clock) -> Result<Self, HostError> {
        Ok(Self {
            inner: Arc::new(Inner::new(config, clock).await?),
        })
    }

    /// The programs it needs and does not find.
    pub fn missing(&self) -> Vec<HostError> {
        self.inner.tools.missing()
    }

    /// Looks for the programs it needs and asks them for their versions.
    pub async fn check(&self) -> ToolReport {
        self.inner.tools.report().await
    }
}

/// Ends the tasks that watch, not the agents.
impl Drop for ProcessHost {
    fn drop(&mut self) {
        self.inner.shutdown.cancel();
    }
}

#[async_trait]
impl ContainerHost for ProcessHost {
    /// A folder is made by the call itself, or not at all.
    fn late_effects(&self) -> Duration {
        Duration::ZERO
    }

    async fn list(&self, installation: Uuid) -> Result<Vec<Container>, HostError> {
        let found = observe::list(&self.inner, installation).await?;
        sweep::begin(&self.inner, installation);
        Ok(found)
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Option<Container>, HostError> {
        match host::project(id) {
            Some(project) => observe::one(&self.inner, project).await,
            None => Ok(None),
        }
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Container, HostError> {
        make::create(&self.inner, spec).await?;
        self.present(spec.owner.project).await
    }

    async fn provision(
        &self,
        id: &ContainerId,
        source: &WorkspaceSource,
        progress: &watch::Sender<String>,
    ) -> Result<(), HostError> {
        provision::provision(&self.inner, &self.inner.existing(id).await?, source, progress).await
    }

    async fn start(&self, id: &ContainerId, spec: &ContainerSpec) -> Result<Container, HostError> {
        let slot = self.inner.existing(id).await?;
        // In a task of its own: a caller who stops waiting must not stop it half-way.
        let start = run::start(Arc::clone(&self.inner), slot, spec.clone());
        tokio::spawn(start)
            .await
            .map_err(|_| HostError::unavailable("the start of the agent broke off"))??;
        self.present(spec.owner.project).await
    }

    async fn stop(&self, id: &ContainerId) -> Result<(), HostError> {
        run::stop(&self.inner, &self.inner.existing(id).await?).await
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), HostError> {
        match host::project(id) {
            Some(project) => make::remove(&self.inner, project).await,
            None => Ok(()),
        }
    }

    async fn logs(&self, id: &ContainerId, lines: usize) -> Result<Vec<LogLine>, HostError> {
        let slot = self.inner.existing(id).await?;
        let log = self.inner.log(&slot.folder);
        let redaction = observe::redaction(&slot).await?;
        let lines = blocking(move || {
            log.tail(lines.min(LOG_LINES_LIMIT), &redaction)
                .map_err(|error| HostError::io("the agent's log could not be read", error))
        });
        Ok(lines
            .await?
            .into_iter()
            .map(|text| LogLine { at: None, text })
            .collect())
    }

    async fn usage(&self, id: &ContainerId) -> Result<Option<Usage>, HostError> {
        observe::usage(&self.inner.existing(id).await?).await
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }
}

impl ProcessHost {
    async fn present(&self, project: Uuid) -> Result<Container, HostError> {
        observe::one(&self.inner, project).await?.ok_or(HostError::NotFound)
    }
}

/// For work on files and `/proc`, which may wait for a slow disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HostError> + Send + 'static,
) -> Result<T, HostError> {
    let result = tokio::task::spawn_blocking(work).await;
    result.unwrap_or_else(|_| Err(HostError::unavailable("work on the instance's files broke off")))
}
