//! Workspaces on this machine.

mod find;
mod git;
mod ignores;
mod listing;
mod read;
mod root;
mod search;
mod text;
mod walk;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use self::{git::Source, listing::Listings, root::Root, walk::Patience};
use super::{
    Author, Commit, Discarded, EntryKind, Expected, File, FileDiff, FoundFiles, FoundText, Lent, Lines, NewCommit,
    PATIENCE, SearchQuery, Status, Tree, Version, Workspace, WorkspaceError, WorkspacePath, Workspaces, diff,
};
use crate::forge::git::Git;

/// Questions that work on files at the same time, in the whole server: each may hold a file in memory.
const AT_ONCE: usize = 8;
/// Questions that run git at the same time.
const GITS_AT_ONCE: usize = 4;
/// How long a question waits for its turn.
const QUEUE: Duration = Duration::from_secs(5);

/// Opens workspaces on this machine's disk.
pub struct LocalWorkspaces {
    git: Git,
    scratch: PathBuf,
    seats: Seats,
    listings: Listings,
}

#[derive(Clone)]
struct Seats {
    files: Arc<Semaphore>,
    git: Arc<Semaphore>,
}

impl LocalWorkspaces {
    /// `scratch` is a folder of this server alone.
    pub fn new(git: Git, scratch: PathBuf) -> Self {
        Self {
            git,
            scratch,
            seats: Seats {
                files: Arc::new(Semaphore::new(AT_ONCE)),
                git: Arc::new(Semaphore::new(GITS_AT_ONCE)),
            },
            listings: Listings::default(),
        }
    }
}

impl LocalWorkspaces {
    /// Removes what a server that was killed has left. For the start.
    pub fn recover(&self) {
        match std::fs::remove_dir_all(&self.scratch) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "what an earlier server left cannot be removed");
            }
            _ => {}
        }
    }
}

impl Workspaces for LocalWorkspaces {
    fn open(&self, folder: Option<&Path>) -> Result<Arc<dyn Workspace>, WorkspaceError> {
        let root = Root::open(folder.ok_or(WorkspaceError::Elsewhere)?)?;
        Ok(Arc::new(LocalWorkspace {
            source: Source {
                git: self.git.clone(),
                root: Arc::new(root),
                scratch: self.scratch.clone(),
            },
            seats: self.seats.clone(),
            listings: self.listings.clone(),
        }))
    }
}

struct LocalWorkspace {
    source: Source,
    seats: Seats,
    listings: Listings,
}

/// Tells work in another thread that nobody waits for it any more.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn seat(seats: &Arc<Semaphore>, count: usize) -> Result<OwnedSemaphorePermit, WorkspaceError> {
    match timeout(QUEUE, Arc::clone(seats).acquire_owned()).await {
        Ok(Ok(seat)) => Ok(seat),
        _ => Err(WorkspaceError::Limit(format!(
            "{count} questions about files are being worked on already"
        ))),
    }
}

impl LocalWorkspace {
    async fn git_seat(&self) -> Result<OwnedSemaphorePermit, WorkspaceError> {
        seat(&self.seats.git, GITS_AT_ONCE).await
    }

    /// Work on files, in a thread that may wait for the disk. It is told when its time is over or its caller has left.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Root, &Patience<'_>) -> Result<T, WorkspaceError> + Send + 'static,
    ) -> Result<T, WorkspaceError> {
        let seat = seat(&self.seats.files, AT_ONCE).await?;
        let (root, gone) = (Arc::clone(&self.source.root), Gone::default());
        let is_gone = Arc::clone(&gone.0);
        let done = spawn_blocking(move || {
            let _seat = seat;
            let patience = Patience {
                deadline: Instant::now() + PATIENCE,
                is_gone: &is_gone,
            };
            work(&root, &patience)
        });
        let done = timeout(PATIENCE + Duration::from_secs(1), done).await;
        drop(gone);
        match done {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(WorkspaceError::unavailable("work on the files broke off", error)),
            Err(_elapsed) => Err(WorkspaceError::Limit("the disk did not answer in time".to_owned())),
        }
    }
}

#[async_trait]
impl Workspace for LocalWorkspace {
    async fn tree(&self, folder: &WorkspacePath, after: Option<&str>) -> Result<Option<Tree>, WorkspaceError> {
        let (folder, after) = (folder.clone(), after.map(str::to_owned));
        self.work(move |root, _| read::tree(root, &folder, after.as_deref()))
            .await
    }

    async fn kind(&self, path: &WorkspacePath) -> Result<Option<EntryKind>, WorkspaceError> {
        let path = path.clone();
        self.work(move |root, _| root.kind(&path)).await
    }

    async fn file(&self, path: &WorkspacePath, lines: Lines) -> Result<Option<File>, WorkspaceError> {
        let path = path.clone();
        self.work(move |root, _| read::file(root, &path, lines)).await
    }

    async fn find(&self, query: &str, limit: usize) -> Result<FoundFiles, WorkspaceError> {
        let (query, listings) = (query.to_owned(), self.listings.clone());
        self.work(move |root, patience| {
            let listing = listings.of(root, patience)?;
            Ok(find::find(&listing, &query, limit))
        })
        .await
    }

    async fn search(&self, query: &SearchQuery) -> Result<FoundText, WorkspaceError> {
        let query = query.clone();
        self.work(move |root, patience| search::search(root, &query, patience))
            .await
    }

    async fn write(&self, path: &WorkspacePath, text: &str, expected: &Expected) -> Result<Version, WorkspaceError> {
        let (path, text, expected) = (path.clone(), text.to_owned(), expected.clone());
        self.work(move |root, _| write::write(root, &path, &text, &expected))
            .await
    }

    async fn rename(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        expected: &Version,
    ) -> Result<Version, WorkspaceError> {
        let (from, to, expected) = (from.clone(), to.clone(), expected.clone());
        self.work(move |root, _| write::rename(root, &from, &to, &expected))
            .await
    }

    async fn delete(&self, path: &WorkspacePath, expected: &Version) -> Result<(), WorkspaceError> {
        let (path, expected) = (path.clone(), expected.clone());
        self.work(move |root, _| write::delete(root, &path, &expected)).await
    }

    async fn status(&self) -> Result<Status, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::status(&self.source).await
    }

    async fn diff(&self, paths: &[WorkspacePath], options: diff::Options) -> Result<Vec<FileDiff>, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::diff(&self.source, paths, options).await
    }

    async fn log(&self, from: Option<&str>, skip: usize, limit: usize) -> Result<Vec<Commit>, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::log(&self.source, from, skip, limit).await
    }

    async fn commit(&self, new: &NewCommit) -> Result<Commit, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::commit(&self.source, new).await
    }

    async fn create_branch(&self, name: &str) -> Result<(), WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::create_branch(&self.source, name).await
    }

    async fn discard(&self, paths: &[WorkspacePath], author: &Author) -> Result<Discarded, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::discard(&self.source, paths, author).await
    }

    async fn lend(&self) -> Result<Lent, WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::lend(&self.source).await
    }

    async fn note_pushed(&self, branch: &str, commit: &str) -> Result<(), WorkspaceError> {
        let _seat = self.git_seat().await?;
        git::note_pushed(&self.source, branch, commit).await
    }
}
