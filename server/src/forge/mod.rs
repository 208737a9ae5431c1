//! Where a project's git repository lives.
//!
//! A [`GitForge`] keeps repositories and tells what is in them. Like every port it knows nothing of projects or callers:
//! a repository carries its [`Owner`], and every verb can be repeated.

mod address;
pub mod git;
pub mod local;
pub mod login;
pub mod policy;
pub mod reference;
pub mod url;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

/// Whose repository this is; written into the repository itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    pub installation: Uuid,
    pub project: Uuid,
}

/// The forge's own name for a repository. It stays that repository's: another project that takes the slug later gets
/// another id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RepositoryId(pub String);

#[derive(Clone, Debug)]
pub struct RepositorySpec {
    pub owner: Owner,
    /// The name in addresses: lower case letters, digits and hyphens.
    pub slug: String,
    pub source: RepositorySource,
}

#[derive(Clone, Debug)]
pub enum RepositorySource {
    /// A first commit with a README, on branch `main`.
    Empty { title: String },
    /// A copy of all branches and tags. `reference`, where given, must exist in it.
    Git {
        url: self::url::GitUrl,
        reference: Option<self::reference::GitRef>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: RepositoryId,
    pub owner: Owner,
    pub slug: String,
    /// What a workspace on this machine clones from: a path or a URL.
    pub clone_from: String,
    /// False while its content is still being fetched, or a fetch broke off.
    pub is_complete: bool,
    /// `None` in a repository without commits.
    pub default_branch: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: String,
    pub head: Commit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// 40 hex digits (64 in a SHA-256 repository).
    pub id: String,
    pub subject: String,
    pub author: String,
    pub committed_at: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// Something that must be installed first; the message says how.
    #[error("{0}")]
    Missing(String),
    /// Trying again will not help (no such repository, no such branch, a URL that may not be used).
    #[error("{0}")]
    Rejected(String),
    /// The other side wants a login.
    #[error("{0}")]
    LoginRequired(String),
    /// The same, and this server can be given an account there.
    #[error("{0}")]
    AccountNeeded(String),
    /// The disk is full, or the repository is larger than allowed.
    #[error("{0}")]
    Exhausted(String),
    #[error("no such repository")]
    NotFound,
    /// A repository of that name exists and belongs to somebody else.
    #[error("a repository named {0} already exists and is not this project's")]
    NameTaken(String),
    /// Trying again may help.
    #[error("{message}")]
    Unavailable {
        message: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// What can be said of a git URL without fetching it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteCheck {
    /// `None` in an empty repository.
    pub default_branch: Option<String>,
    pub branches: Vec<String>,
    pub tags: Vec<String>,
}

#[async_trait]
pub trait GitForge: Send + Sync {
    /// How long after a creation was asked for the repository may still appear although no answer came. Zero where nothing
    /// can: then a lost answer is simply asked for again.
    fn late_effects(&self) -> Duration;

    /// Every repository of this installation, wanted or not.
    async fn list(&self, installation: Uuid) -> Result<Vec<Repository>, ForgeError>;

    async fn inspect(&self, id: &RepositoryId) -> Result<Option<Repository>, ForgeError>;

    /// Makes the repository and fills it. Taking up a broken attempt of the same owner is part of it. `progress` gets
    /// one sentence at a time.
    async fn create(&self, spec: &RepositorySpec, progress: &watch::Sender<String>) -> Result<Repository, ForgeError>;

    /// Gives it up: it stays where it is, and is no longer this installation's. The answer says where that is.
    async fn release(&self, id: &RepositoryId) -> Result<String, ForgeError>;

    /// What is still being made under this id is removed too.
    async fn remove(&self, id: &RepositoryId) -> Result<(), ForgeError>;

    /// Most recently committed first.
    async fn branches(&self, id: &RepositoryId) -> Result<Vec<Branch>, ForgeError>;

    /// Newest first, from `reference` (the default branch where absent).
    async fn commits(
        &self,
        id: &RepositoryId,
        reference: Option<&self::reference::GitRef>,
        limit: usize,
    ) -> Result<Vec<Commit>, ForgeError>;

    /// Takes over a branch from a git directory on this machine, one without settings of strangers. Only forwards: a
    /// branch that has other commits is left as it is, which is [`ForgeError::Rejected`].
    async fn take(
        &self,
        id: &RepositoryId,
        from: &std::path::Path,
        branch: &self::reference::GitRef,
    ) -> Result<(), ForgeError>;

    /// Asks another server what it has under this URL.
    async fn check(&self, url: &self::url::GitUrl) -> Result<RemoteCheck, ForgeError>;
}
