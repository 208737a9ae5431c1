//! Where an agent lives: a container on some host, whatever "container" means there.
//!
//! A [`ContainerHost`] makes, starts, stops and removes containers and tells what is there. It knows nothing of projects,
//! callers or the database: a container carries its [`Owner`] as a label, and whoever asks decides what should be. Every
//! verb can be repeated: starting what runs, stopping what is stopped and removing what is gone all succeed.

#[cfg(feature = "failpoints")]
pub mod late;
pub mod process;

use std::{collections::BTreeMap, io, path::PathBuf, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

/// Whose container this is. It is written on the container itself, so that it can be found again when the answer to its
/// creation was lost, and so that one installation never touches what belongs to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    pub installation: Uuid,
    pub project: Uuid,
}

/// The host's own name for a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContainerId(pub String);

/// What a container should be made of.
#[derive(Clone, Debug)]
pub struct ContainerSpec {
    pub owner: Owner,
    /// A readable name, unique among the projects of this installation.
    pub name: String,
    /// What the workspace starts from. An existing workspace is never overwritten.
    pub workspace: WorkspaceSource,
    /// Merged over the host's own defaults for the agent's configuration (JSON object).
    pub agent_config: serde_json::Value,
    /// Further environment of the agent; values are secret.
    pub environment: BTreeMap<String, SecretString>,
}

/// What a new workspace is cloned from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSource {
    /// A URL, or the path of a bare repository on this machine.
    pub clone_url: String,
    /// Branch, tag or commit; the repository's default branch where absent.
    pub reference: Option<String>,
}

/// One container as its host sees it now.
#[derive(Clone, Debug)]
pub struct Container {
    pub id: ContainerId,
    pub owner: Owner,
    pub name: String,
    pub state: ContainerState,
    /// True once the workspace holds the repository.
    pub workspace_ready: bool,
    /// The folder the agent works in, as the agent names it.
    pub directory: String,
    /// The same folder on this machine; `None` where the container lives elsewhere.
    pub local_directory: Option<PathBuf>,
    /// The image or program it runs, for people.
    pub image: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub enum ContainerState {
    /// Made, not running; or ended as asked.
    Stopped,
    /// Running; whether the agent in it answers is the caller's to find out.
    Running {
        endpoint: Endpoint,
        started_at: DateTime<Utc>,
        /// Differs for each start, so that a restart can be told from what ran before.
        run: Uuid,
        /// Whether it was told to end, and has not yet: whoever told it may have stopped waiting, or was killed.
        is_leaving: bool,
    },
    /// Ended without having been asked to.
    Exited {
        code: Option<i32>,
        at: DateTime<Utc>,
        /// The last lines it wrote, cleaned for people.
        last_words: String,
    },
}

/// How to reach the agent in a container.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub url: url::Url,
    pub username: String,
    pub password: SecretString,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// When the line was written, where the host keeps it.
    pub at: Option<DateTime<Utc>>,
    pub text: String,
}

/// What a container uses at this moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Cores in use since the previous look: 1.0 is one core.
    pub cpu_cores: f64,
    pub memory_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Something that must be installed first; the message says how.
    #[error("{0}")]
    Missing(String),
    /// Trying again will not help: what was asked for is wrong.
    #[error("{0}")]
    Rejected(String),
    /// The disk is full, or a limit of the machine is reached.
    #[error("{0}")]
    Exhausted(String),
    #[error("no such container")]
    NotFound,
    /// Trying again may help.
    #[error("{message}")]
    Unavailable {
        message: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl HostError {
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable {
            message: message.into(),
            source: None,
        }
    }

    /// What was being done, and what the system said to it.
    pub fn io(doing: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Exhausted(format!("the disk is full: {doing}"))
            }
            _ => Self::Unavailable {
                message: format!("{doing}: {error}"),
                source: Some(Box::new(error)),
            },
        }
    }
}

#[async_trait]
pub trait ContainerHost: Send + Sync {
    /// How long after a creation was asked for the container may still appear although no answer came. Zero where nothing
    /// can: then a lost answer is simply asked for again.
    fn late_effects(&self) -> Duration;

    /// Every container of this installation, wanted or not.
    async fn list(&self, installation: Uuid) -> Result<Vec<Container>, HostError>;

    async fn inspect(&self, id: &ContainerId) -> Result<Option<Container>, HostError>;

    /// Makes a container, not yet running and with an empty workspace. Answers with the present one where its owner has
    /// one already.
    async fn create(&self, spec: &ContainerSpec) -> Result<Container, HostError>;

    /// Fills the workspace from its source. Does nothing when it is filled already; what a broken attempt left behind
    /// is replaced, what somebody worked on never is. `progress` gets one sentence at a time.
    async fn provision(
        &self,
        id: &ContainerId,
        source: &WorkspaceSource,
        progress: &watch::Sender<String>,
    ) -> Result<(), HostError>;

    /// Starts it with the configuration and environment of `spec`, which may have changed since its creation. The
    /// workspace must have been filled. Returns once it runs, not once the agent in it answers.
    async fn start(&self, id: &ContainerId, spec: &ContainerSpec) -> Result<Container, HostError>;

    /// Ends it, politely first.
    async fn stop(&self, id: &ContainerId) -> Result<(), HostError>;

    /// Removes it with its workspace and everything the agent kept.
    async fn remove(&self, id: &ContainerId) -> Result<(), HostError>;

    /// The newest lines, oldest first.
    async fn logs(&self, id: &ContainerId, lines: usize) -> Result<Vec<LogLine>, HostError>;

    /// `None` where the host does not measure, or the container does not run.
    async fn usage(&self, id: &ContainerId) -> Result<Option<Usage>, HostError>;

    /// Changes whenever a container may have changed by itself (it died, say). Carries nothing: look again.
    fn changes(&self) -> watch::Receiver<u64>;
}
