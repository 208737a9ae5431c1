//! Bare repositories in a folder of this machine.
//!
//! The agent clones and pushes by path, people by smart HTTP (`crate::http::git`). Two writers who do not see each
//! other share each repository, hence its rules: no push rewrites a branch (`receive.denyNonFastForwards`), so nobody
//! discards by `--force` what the other has just pushed, and the default branch cannot be deleted. Other branches can
//! be: whoever wants to rewrite one deletes it first, which cannot happen by accident. Reflogs are kept and nothing is
//! ever pruned behind anybody's back.

mod create;
mod folders;
mod label;
mod read;
mod remote;
mod take;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::watch, task::spawn_blocking};
use uuid::Uuid;

use self::folders::{Claim, Folders, Found, id_of, is_slug};
use super::{
    Branch, Commit, ForgeError, GitForge, Owner, RemoteCheck, Repository, RepositoryId, RepositorySource,
    RepositorySpec,
    git::{Git, absolute},
    login::{Logins, NoLogins},
    policy::Policy,
    reference::GitRef,
    url::GitUrl,
};
use crate::crash_point;

#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// The folder of the repositories, this forge's alone. It is made when the first one is.
    pub root: PathBuf,
    pub policy: Policy,
    pub limits: LocalLimits,
}

#[derive(Clone, Copy, Debug)]
pub struct LocalLimits {
    /// A copy that grows beyond this is given up and deleted.
    pub max_repository_bytes: u64,
    pub clone_timeout: Duration,
    pub check_timeout: Duration,
    /// Branches and tags told of one repository, and the most commits of one call.
    pub max_listed: usize,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self {
            max_repository_bytes: 5 << 30,
            clone_timeout: Duration::from_secs(60 * 60),
            check_timeout: Duration::from_secs(30),
            max_listed: 1_000,
        }
    }
}

pub struct LocalForge {
    git: Git,
    folders: Folders,
    policy: Policy,
    limits: LocalLimits,
    logins: Arc<dyn Logins>,
}

impl LocalForge {
    /// Touches nothing yet, so that a server without git or without its disk still starts and can say so.
    pub fn new(config: LocalConfig, git: Git) -> Self {
        Self {
            git,
            folders: Folders::new(absolute(config.root)),
            policy: config.policy,
            limits: config.limits,
            logins: Arc::new(NoLogins),
        }
    }

    /// The same, and somebody where these say so.
    pub fn with_logins(self, logins: Arc<dyn Logins>) -> Self {
        Self { logins, ..self }
    }

    /// The git this forge runs.
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// The id of the repository that `create` makes, or made, for this owner under this slug.
    pub fn id_of(owner: Owner, slug: &str) -> RepositoryId {
        id_of(&label::Label {
            owner,
            slug: slug.to_owned(),
        })
    }

    /// Deletes what a server that was killed had begun to delete. For the start.
    pub async fn recover(&self) -> Result<(), ForgeError> {
        self.blocking(|folders| folders.empty_trash()).await
    }

    /// The folder of a complete repository: what smart HTTP serves.
    pub async fn path(&self, id: &RepositoryId) -> Result<PathBuf, ForgeError> {
        let found = self.find(id).await?.filter(|found| found.is_complete);
        found.map(|found| found.folder).ok_or(ForgeError::NotFound)
    }

    async fn find(&self, id: &RepositoryId) -> Result<Option<Found>, ForgeError> {
        let id = id.clone();
        self.blocking(move |folders| folders.find(&id)).await
    }

    /// `None` when it was removed while it was looked at: what git says then says nothing of git.
    async fn describe(&self, found: Found) -> Result<Option<Repository>, ForgeError> {
        let default_branch = match found.is_complete {
            true => self.default_branch(&found.folder).await,
            false => Ok(None),
        };
        let default_branch = match default_branch {
            Err(_) if self.find(&id_of(&found.label)).await?.as_ref() != Some(&found) => return Ok(None),
            result => result?,
        };
        Ok(Some(Repository {
            id: id_of(&found.label),
            owner: found.label.owner,
            clone_from: self.folders.complete(&found.label.slug).display().to_string(),
            slug: found.label.slug,
            is_complete: found.is_complete,
            default_branch,
        }))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folders) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ForgeError> {
        let folders = self.folders.clone();
        let done = spawn_blocking(move || work(&folders)).await.map_err(io::Error::other);
        done.flatten().map_err(disk_error)
    }
}

fn disk_error(error: io::Error) -> ForgeError {
    if super::git::is_full(&error) {
        super::git::exhausted()
    } else {
        let message = "the folder of the repositories cannot be used".to_owned();
        ForgeError::Unavailable {
            message,
            source: Some(Box::new(error)),
        }
    }
}

#[async_trait]
impl GitForge for LocalForge {
    /// A folder is made by the call itself, or not at all.
    fn late_effects(&self) -> Duration {
        Duration::ZERO
    }

    async fn list(&self, installation: Uuid) -> Result<Vec<Repository>, ForgeError> {
        let mut repositories = Vec::new();
        for found in self.blocking(move |folders| folders.list(installation)).await? {
            repositories.extend(self.describe(found).await?);
        }
        Ok(repositories)
    }

    async fn inspect(&self, id: &RepositoryId) -> Result<Option<Repository>, ForgeError> {
        match self.find(id).await? {
            Some(found) => self.describe(found).await,
            None => Ok(None),
        }
    }

    async fn create(&self, spec: &RepositorySpec, progress: &watch::Sender<String>) -> Result<Repository, ForgeError> {
        if !is_slug(&spec.slug) {
            let message = "the name of a repository is made of lower case letters, digits and hyphens";
            return Err(ForgeError::Rejected(message.to_owned()));
        }
        let (owner, slug) = (spec.owner, spec.slug.clone());
        match self.blocking(move |folders| folders.claim(owner, &slug)).await? {
            Claim::Done => {}
            Claim::Taken => return Err(ForgeError::NameTaken(spec.slug.clone())),
            Claim::Busy => {
                let message = format!("the repository {} is being made already", spec.slug);
                return Err(ForgeError::Unavailable { message, source: None });
            }
            Claim::Ours(work) => self.build(work, spec, progress).await?,
        }
        self.inspect(&Self::id_of(spec.owner, &spec.slug))
            .await?
            .ok_or(ForgeError::NotFound)
    }

    async fn release(&self, id: &RepositoryId) -> Result<String, ForgeError> {
        let folder = self.path(id).await?;
        let place = folder.display().to_string();
        self.blocking(move |_| label::Label::remove(&folder)).await?;
        Ok(place)
    }

    async fn remove(&self, id: &RepositoryId) -> Result<(), ForgeError> {
        let id = id.clone();
        self.blocking(move |folders| folders.remove(&id)).await
    }

    async fn branches(&self, id: &RepositoryId) -> Result<Vec<Branch>, ForgeError> {
        self.read_branches(&self.path(id).await?).await
    }

    async fn commits(
        &self,
        id: &RepositoryId,
        reference: Option<&GitRef>,
        limit: usize,
    ) -> Result<Vec<Commit>, ForgeError> {
        self.read_commits(&self.path(id).await?, reference, limit).await
    }

    async fn take(&self, id: &RepositoryId, from: &Path, branch: &GitRef) -> Result<(), ForgeError> {
        self.take_branch(&self.path(id).await?, from, branch).await
    }

    async fn check(&self, url: &GitUrl) -> Result<RemoteCheck, ForgeError> {
        let mut check = self.look_at(&self.route(url).await?).await?.0.check;
        check.branches.truncate(self.limits.max_listed);
        check.tags.truncate(self.limits.max_listed);
        Ok(check)
    }
}

impl LocalForge {
    /// Fills the claimed folder and gives it its name. On failure nothing is left.
    async fn build(
        &self,
        work: folders::Work,
        spec: &RepositorySpec,
        progress: &watch::Sender<String>,
    ) -> Result<(), ForgeError> {
        crash_point!("forge.claimed");
        let filled = match &spec.source {
            RepositorySource::Empty { title } => self.fill_empty(&work.folder, title).await,
            RepositorySource::Git { url, reference } => {
                self.fill_from(&work.folder, url, reference.as_ref(), progress).await
            }
        };
        crash_point!("forge.filled");
        let slug = spec.slug.clone();
        self.blocking(move |folders| match filled {
            Ok(()) => Ok(folders
                .finish(&work)
                .map_err(|error| gone_or(error, &slug, &work.folder))),
            Err(error) => {
                // The failure itself is the news. What cannot be deleted now is replaced by the next attempt.
                if let Err(error) = folders.abandon(&work) {
                    tracing::warn!(%error, slug, "what is left of a failed repository could not be deleted");
                }
                Ok(Err(error))
            }
        })
        .await?
    }
}

/// A folder that disappeared was removed by somebody who no longer wants the repository.
fn gone_or(error: io::Error, slug: &str, folder: &Path) -> ForgeError {
    if folder.exists() {
        return disk_error(error);
    }
    let message = format!("the repository {slug} was removed while it was being made");
    ForgeError::Unavailable { message, source: None }
}
