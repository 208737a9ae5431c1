//! A git directory for one question.

use std::{fs, io, os::unix::fs::symlink, path::PathBuf, sync::Arc};

use tempfile::TempDir;
use tokio::task::spawn_blocking;

use super::{failed, settings};
use crate::{
    forge::git::{Git, GitCommand, GitError},
    workspace::{PATIENCE, WorkspaceError, local::root::Root},
};

const MAX_CONFIG: usize = 1 << 20;
const MAX_EXCLUDE: usize = 256 * 1024;
const MAX_INDEX: usize = 256 << 20;
/// What of git's folder is the repository's own: by links into it, pinned to the folder that was opened.
const SHARED: [&str; 5] = ["objects", "refs", "packed-refs", "logs", "shallow"];
/// Their presence says that something is half done.
const UNDER_WAY: [&str; 5] = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "rebase-apply",
];

/// What a borrowed repository is made from.
#[derive(Clone)]
pub struct Source {
    pub git: Git,
    pub root: Arc<Root>,
    /// Where the directories are made: this server's own folder.
    pub scratch: PathBuf,
}

/// Gone when dropped.
pub struct Borrowed {
    pub source: Source,
    /// The repository's own `.git`.
    pub home: Arc<Root>,
    pub head: Head,
    pub is_under_way: bool,
    folder: TempDir,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    Branch(String),
    Detached(String),
}

impl Borrowed {
    pub async fn new(source: &Source) -> Result<Self, WorkspaceError> {
        let copy = source.clone();
        let (borrowed, config) = blocking(move || Self::prepare(copy)).await?;
        let listed = source
            .git
            .command("config")
            .args(["--file", "-", "--no-includes", "--list", "--null"])
            .input(config)
            .run()
            .await
            .map_err(|error| WorkspaceError::unavailable("the repository's configuration cannot be read", error))?;
        let settings = settings::kept(&listed.stdout)?;
        let path = borrowed.folder.path().join("config");
        blocking(move || fs::write(path, settings).map_err(scratch_failed)).await?;
        Ok(borrowed)
    }

    fn prepare(source: Source) -> Result<(Self, Vec<u8>), WorkspaceError> {
        let home = match source.root.inner_folder(".git") {
            Ok(Some(home)) => home,
            Ok(None) | Err(WorkspaceError::NotAFolder(_)) => {
                return Err(WorkspaceError::Refused("the workspace is no git repository".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let head = home.read("HEAD", 4_096)?.unwrap_or_default();
        let head =
            Head::parse(&head).ok_or_else(|| WorkspaceError::Refused("the repository has no HEAD".to_owned()))?;
        let config = home.read("config", MAX_CONFIG)?.unwrap_or_default();
        let index = home.read_dated("index", MAX_INDEX)?;
        let exclude = match home.inner_folder("info")? {
            Some(info) => info.read("exclude", MAX_EXCLUDE)?,
            None => None,
        };
        let folder = fs::create_dir_all(&source.scratch)
            .and_then(|()| tempfile::Builder::new().prefix("git-").tempdir_in(&source.scratch))
            .map_err(scratch_failed)?;
        let made = || -> io::Result<()> {
            let path = folder.path();
            fs::create_dir(path.join("info"))?;
            fs::write(path.join("HEAD"), head.text())?;
            if let Some(index) = index {
                super::index::copy(&index, &path.join("index"))?;
            }
            if let Some(exclude) = exclude {
                fs::write(path.join("info/exclude"), exclude)?;
            }
            SHARED
                .iter()
                .filter(|name| home.has(name))
                .try_for_each(|name| symlink(home.pinned().join(name), path.join(name)))
        };
        made().map_err(scratch_failed)?;
        let is_under_way = UNDER_WAY.iter().any(|name| home.has(name));
        let borrowed = Self {
            source,
            home: Arc::new(home),
            head,
            is_under_way,
            folder,
        };
        Ok((borrowed, config))
    }

    pub fn git_dir(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A git command over the files of the workspace.
    pub fn git(&self, subcommand: &str) -> GitCommand {
        self.source
            .git
            .command(subcommand)
            .work_tree(&self.source.root.pinned(), self.folder.path())
            .timeout(PATIENCE)
            .output_limit(8 << 20)
    }

    /// The commit HEAD names; `None` before the first one.
    pub async fn head_commit(&self) -> Result<Option<String>, WorkspaceError> {
        self.commit_of("HEAD").await
    }

    pub async fn commit_of(&self, name: &str) -> Result<Option<String>, WorkspaceError> {
        let commit = format!("{name}^{{commit}}");
        let command = self
            .git("rev-parse")
            .args(["--verify", "--quiet", "--end-of-options", &commit]);
        match command.run().await {
            Ok(output) => Ok(Some(output.text().trim().to_owned())),
            Err(GitError::Failed { code: Some(1), .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

impl Head {
    fn parse(content: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(content).ok()?.trim_end();
        match text.strip_prefix("ref:") {
            Some(name) => {
                let branch = name.trim_start().strip_prefix("refs/heads/")?;
                crate::forge::reference::GitRef::parse(branch).ok()?;
                Some(Self::Branch(branch.to_owned()))
            }
            None => is_object_id(text).then(|| Self::Detached(text.to_owned())),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Branch(branch) => format!("ref: refs/heads/{branch}\n"),
            Self::Detached(commit) => format!("{commit}\n"),
        }
    }

    pub fn branch(&self) -> Option<&str> {
        match self {
            Self::Branch(branch) => Some(branch),
            Self::Detached(_) => None,
        }
    }
}

pub fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn scratch_failed(error: io::Error) -> WorkspaceError {
    WorkspaceError::unavailable("the server's own folder cannot be written to", error)
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkspaceError> + Send + 'static,
) -> Result<T, WorkspaceError> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(WorkspaceError::unavailable("work on the files broke off", error)))
}
