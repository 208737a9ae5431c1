//! The files an agent works on, and git in them.
//!
//! A [`Workspace`] is read and changed here, by the server itself: whether the agent runs or not. Like every port it knows
//! nothing of projects or callers. What always holds: no path leaves the workspace ([`path`]), nothing that lies in it is
//! run, every answer is bounded in bytes and time and says when it is not whole.

pub mod diff;
pub mod local;
pub mod path;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::{
    diff::FileDiff,
    path::{PathError, WorkspacePath},
};

/// How long one question may take; what was found until then is the answer.
pub const PATIENCE: Duration = Duration::from_secs(7);

/// Opens workspaces, wherever they are.
pub trait Workspaces: Send + Sync {
    /// `folder` is where the workspace lies on this machine; `None` where it lies on another.
    fn open(&self, folder: Option<&Path>) -> Result<Arc<dyn Workspace>, WorkspaceError>;
}

#[async_trait]
pub trait Workspace: Send + Sync {
    /// One folder, not what is below it. `None` when there is no such folder.
    async fn tree(&self, folder: &WorkspacePath, after: Option<&str>) -> Result<Option<Tree>, WorkspaceError>;

    /// What stands at a path; `None` when nothing does.
    async fn kind(&self, path: &WorkspacePath) -> Result<Option<EntryKind>, WorkspaceError>;

    /// `None` when there is no such file.
    async fn file(&self, path: &WorkspacePath, lines: Lines) -> Result<Option<File>, WorkspaceError>;

    /// The files whose paths are most like the query, best first; what git ignores is left out.
    async fn find(&self, query: &str, limit: usize) -> Result<FoundFiles, WorkspaceError>;

    /// The lines that match, file by file; what git ignores is left out.
    async fn search(&self, query: &SearchQuery) -> Result<FoundText, WorkspaceError>;

    /// Replaces or makes a file. Answers with its new version.
    async fn write(&self, path: &WorkspacePath, text: &str, expected: &Expected) -> Result<Version, WorkspaceError>;

    /// Gives a file another name, which must be free. Answers with its version.
    async fn rename(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        expected: &Version,
    ) -> Result<Version, WorkspaceError>;

    async fn delete(&self, path: &WorkspacePath, expected: &Version) -> Result<(), WorkspaceError>;

    /// What differs from the last commit.
    async fn status(&self) -> Result<Status, WorkspaceError>;

    /// What changed in these files since the last commit. Files without a change are left out.
    async fn diff(&self, paths: &[WorkspacePath], options: diff::Options) -> Result<Vec<FileDiff>, WorkspaceError>;

    /// Commits from `from` (the last one where absent) backwards.
    async fn log(&self, from: Option<&str>, skip: usize, limit: usize) -> Result<Vec<Commit>, WorkspaceError>;

    /// Commits these files, or everything that changed. No hook runs. Answers with the commit.
    async fn commit(&self, new: &NewCommit) -> Result<Commit, WorkspaceError>;

    /// Makes a branch at the last commit and goes on working on it.
    async fn create_branch(&self, name: &str) -> Result<(), WorkspaceError>;

    /// Puts these files back to the last commit. What they were is kept in a commit, which is the answer.
    async fn discard(&self, paths: &[WorkspacePath], author: &Author) -> Result<Discarded, WorkspaceError>;

    /// The repository as another git on this machine can fetch from it: without any setting the agent wrote.
    async fn lend(&self) -> Result<Lent, WorkspaceError>;

    /// Notes that the remote has this commit of this branch now.
    async fn note_pushed(&self, branch: &str, commit: &str) -> Result<(), WorkspaceError>;
}

/// The hash of a file's content.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Version(pub String);

impl Version {
    pub fn of(content: &[u8]) -> Self {
        Self(blake3::hash(content).to_hex().to_string())
    }
}

/// What a writer believes to be there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Expected {
    Absent,
    Version(Version),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Folder,
    /// A symbolic link: never followed.
    Link,
    /// A socket, a pipe, a device.
    Special,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TreeEntry {
    pub name: String,
    pub path: String,
    pub kind: EntryKind,
    /// Of files.
    pub size: Option<u64>,
    pub modified_at: DateTime<Utc>,
    pub is_ignored: bool,
    pub is_executable: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Folders first, then by name.
    pub entries: Vec<TreeEntry>,
    pub total: usize,
    pub has_more: bool,
}

/// Which lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Counted from 1.
    pub first: usize,
    pub count: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub path: String,
    pub size: u64,
    pub modified_at: DateTime<Utc>,
    pub is_executable: bool,
    /// `None` where the file is too large to be read whole.
    pub version: Option<Version>,
    pub language: Option<&'static str>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Text {
        text: String,
        encoding: &'static str,
        /// Of the whole file.
        line_count: usize,
        first_line: usize,
        has_more: bool,
    },
    Binary {
        media_type: &'static str,
    },
    TooLarge,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FoundFiles {
    pub paths: Vec<String>,
    /// Not all files could be looked at.
    pub is_partial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    pub text: String,
    pub is_regex: bool,
    pub case: Case,
    /// As in `.gitignore`; those with `!` before them exclude.
    pub globs: Vec<String>,
    pub folder: WorkspacePath,
    pub limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Upper case in the query matters, if there is any.
    Smart,
    Sensitive,
    Insensitive,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FoundText {
    pub matches: Vec<TextMatch>,
    pub is_partial: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TextMatch {
    pub path: String,
    pub line: usize,
    pub text: String,
    pub ranges: Vec<TextRange>,
    pub is_cut: bool,
}

/// A part of a line, in UTF-16 code units, as the strings of most clients are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRange {
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Modified,
    Deleted,
    Renamed,
    Untracked,
    Conflicted,
    /// A file became a link, a link a file.
    TypeChanged,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    pub path: String,
    /// Before it was renamed.
    pub old_path: Option<String>,
    pub kind: ChangeKind,
    /// What is in the index already.
    pub staged: Option<ChangeKind>,
    /// What is only in the file.
    pub unstaged: Option<ChangeKind>,
    /// Lines, where they were counted: not of binary files, nor of large new ones.
    pub additions: Option<u64>,
    pub deletions: Option<u64>,
    /// Made by a program, by its name.
    pub is_generated: bool,
    /// The object in the last commit.
    pub(crate) old_object: Option<String>,
    pub(crate) is_submodule: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `None` when no branch is checked out.
    pub branch: Option<String>,
    /// `None` before the first commit.
    pub head: Option<String>,
    pub upstream: Option<Upstream>,
    /// A merge, a rebase or the like is under way.
    pub is_merging: bool,
    pub files: Vec<ChangedFile>,
    /// Some files, or some counts, were left out.
    pub is_partial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    pub name: String,
    /// `None` where the remote does not have the branch.
    pub ahead_behind: Option<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Commit {
    pub id: String,
    pub subject: String,
    pub author: String,
    pub committed_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Author {
    pub name: String,
    pub email: String,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NewCommit {
    pub message: String,
    /// Everything where absent.
    pub paths: Option<Vec<WorkspacePath>>,
    pub author: Author,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Discarded {
    /// The commit that holds what was discarded; `None` when nothing had to be kept.
    pub kept_as: Option<String>,
    pub paths: Vec<String>,
}

/// Lent as long as it lives.
pub struct Lent {
    /// A git directory.
    pub git_dir: std::path::PathBuf,
    pub branch: String,
    pub head: String,
    /// What must live as long.
    pub(crate) _guard: Box<dyn std::any::Any + Send + Sync>,
}

#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("the files of this project lie on another machine, and cannot be reached from here")]
    Elsewhere,
    #[error("there is no such file")]
    NotFound,
    #[error("{0} is a link, and links are not followed")]
    Link(String),
    #[error("{0} is no file")]
    NotAFile(String),
    #[error("{0} is no folder")]
    NotAFolder(String),
    /// Somebody else has written meanwhile. `None`: the file is gone.
    #[error("{}", conflict(.0.as_ref()))]
    Changed(Option<Version>),
    #[error("{0} exists already")]
    Exists(String),
    /// It does not fit what the repository is in the middle of.
    #[error("{0}")]
    Refused(String),
    /// What was asked for cannot be used; the field it came in.
    #[error("{1}")]
    Invalid(&'static str, String),
    #[error("{0}")]
    Limit(String),
    /// Another git is at work in the workspace.
    #[error("another git command is at work in the workspace")]
    Busy,
    /// Trying again may help.
    #[error("{message}")]
    Unavailable {
        message: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

fn conflict(version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("the file has changed: its version is now {}", version.0),
        None => "the file is gone".to_owned(),
    }
}

impl WorkspaceError {
    pub(crate) fn unavailable(
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Unavailable {
            message: message.into(),
            source: Some(Box::new(source)),
        }
    }
}
