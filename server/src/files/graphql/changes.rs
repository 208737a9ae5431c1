//! What differs in a workspace from its last commit.

use async_graphql::{
    Context, Enum, Object, SimpleObject,
    connection::{Connection, Edge, EmptyFields, OpaqueCursor},
};
use entity::ids::ProjectId;
use serde::{Deserialize, Serialize};

use super::{diff::FileDiff, types::int};
use crate::{
    files::Files,
    graphql::{ContextExt, PageArguments, Result},
    projects::graphql::Commit,
    workspace::{self, diff},
};

const CONTEXT_LINES: i32 = 3;

pub struct WorkingTree {
    pub(super) project: ProjectId,
    pub(super) status: workspace::Status,
}

/// Where a list of commits goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogKey {
    from: String,
    index: usize,
}

pub type CommitConnection = Connection<OpaqueCursor<LogKey>, Commit>;

/// The state of a workspace against its last commit, as it is at this moment.
#[Object]
impl WorkingTree {
    /// The branch that is checked out; null when a commit is, without a branch.
    async fn branch(&self) -> Option<&str> {
        self.status.branch.as_deref()
    }

    /// The id of the last commit; null before the first one.
    async fn head(&self) -> Option<&str> {
        self.status.head.as_deref()
    }

    /// What the branch follows; null when it follows nothing.
    async fn upstream(&self) -> Option<Upstream> {
        let upstream = self.status.upstream.clone()?;
        let (ahead, behind) = upstream.ahead_behind.unzip();
        Some(Upstream {
            name: upstream.name,
            ahead: ahead.map(|count| int(count as usize)),
            behind: behind.map(|count| int(count as usize)),
        })
    }

    /// Whether a merge, a rebase or the like is under way: then nothing can be committed here.
    async fn is_merging(&self) -> bool {
        self.status.is_merging
    }

    /// Every file that differs, by path: 2,000 at most.
    async fn files(&self) -> Vec<ChangedFile> {
        self.those(|_| true)
    }

    /// Those with changes that are in the index already.
    async fn staged(&self) -> Vec<ChangedFile> {
        self.those(|file| file.staged.is_some())
    }

    /// Those git knows with changes that are not in the index, deleted ones too.
    async fn modified(&self) -> Vec<ChangedFile> {
        self.those(|file| file.unstaged.is_some() && file.kind != workspace::ChangeKind::Untracked)
    }

    /// Those git does not know yet, and does not ignore.
    async fn untracked(&self) -> Vec<ChangedFile> {
        self.those(|file| file.kind == workspace::ChangeKind::Untracked)
    }

    /// Those a merge left in conflict.
    async fn conflicted(&self) -> Vec<ChangedFile> {
        self.those(|file| file.kind == workspace::ChangeKind::Conflicted)
    }

    /// Lines added in all, where they were counted.
    async fn additions(&self) -> i32 {
        int(self.status.files.iter().filter_map(|file| file.additions).sum::<u64>() as usize)
    }

    /// Lines removed in all, where they were counted.
    async fn deletions(&self) -> i32 {
        int(self.status.files.iter().filter_map(|file| file.deletions).sum::<u64>() as usize)
    }

    /// Whether something was left out: there is too much that differs.
    async fn is_partial(&self) -> bool {
        self.status.is_partial
    }

    /// What changed in these files, cut for small screens. Files without a change are left out; of all together 5,000
    /// lines are shown.
    async fn diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which files: at most 20 paths.")] paths: Vec<String>,
        #[graphql(
            desc = "Unchanged lines around a change: 0 to 100, 3 when left out.",
            validator(minimum = 0, maximum = 100)
        )]
        context_lines: Option<i32>,
        #[graphql(desc = "Shows generated files too; not when left out.")] with_generated: Option<bool>,
    ) -> Result<Vec<FileDiff>> {
        let options = diff::Options {
            context: usize::try_from(context_lines.unwrap_or(CONTEXT_LINES)).unwrap_or_default(),
            with_generated: with_generated.unwrap_or_default(),
        };
        let files = ctx.service::<Files>()?;
        let diffs = Box::pin(files.diff(ctx.caller()?, self.project, &paths, options)).await?;
        Ok(diffs.into_iter().map(FileDiff).collect())
    }

    /// The commits from the last one backwards.
    async fn log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<CommitConnection> {
        let arguments = PageArguments {
            first,
            after,
            ..PageArguments::default()
        };
        let page = arguments.check::<LogKey>()?;
        let size = usize::try_from(page.size).unwrap_or(1);
        let (from, skip) = match page.after {
            Some(key) => (Some(key.from), key.index + 1),
            None => (self.status.head.clone(), 0),
        };
        let mut connection = Connection::new(skip > 0, false);
        let Some(from) = from else {
            return Ok(connection);
        };
        let files = ctx.service::<Files>()?;
        let reading = files.log(ctx.caller()?, self.project, Some(&from), skip, size + 1);
        let mut commits = Box::pin(reading).await?;
        connection.has_next_page = commits.len() > size;
        commits.truncate(size);
        connection.edges = commits
            .into_iter()
            .enumerate()
            .map(|(index, commit)| {
                let from = from.clone();
                let key = LogKey {
                    from,
                    index: skip + index,
                };
                Edge::with_additional_fields(OpaqueCursor(key), commit.into(), EmptyFields)
            })
            .collect();
        Ok(connection)
    }
}

impl WorkingTree {
    fn those(&self, is_wanted: impl Fn(&workspace::ChangedFile) -> bool) -> Vec<ChangedFile> {
        let files = self.status.files.iter().filter(|file| is_wanted(file));
        files.cloned().map(Into::into).collect()
    }
}

/// What a branch follows.
#[derive(SimpleObject)]
pub struct Upstream {
    /// Its name, such as `origin/main`.
    name: String,
    /// Commits the branch has and it has not; null when it does not exist.
    ahead: Option<i32>,
    /// Commits it has and the branch has not; null when it does not exist.
    behind: Option<i32>,
}

/// A file that differs from the last commit.
#[derive(SimpleObject)]
pub struct ChangedFile {
    /// Its path in the workspace.
    path: String,
    /// Its path before it was renamed; null when it was not.
    old_path: Option<String>,
    /// How it differs from the last commit.
    kind: FileChange,
    /// How the index differs from the last commit; null when it does not.
    staged: Option<FileChange>,
    /// How the file differs from the index; null when it does not.
    unstaged: Option<FileChange>,
    /// Lines added; null where they were not counted: in binary, renamed and large new files.
    additions: Option<i32>,
    /// Lines removed; null where they were not counted.
    deletions: Option<i32>,
    /// Whether a program has written it, by its name: a lock file, say.
    is_generated: bool,
}

impl From<workspace::ChangedFile> for ChangedFile {
    fn from(file: workspace::ChangedFile) -> Self {
        Self {
            path: file.path,
            old_path: file.old_path,
            kind: file.kind.into(),
            staged: file.staged.map(Into::into),
            unstaged: file.unstaged.map(Into::into),
            additions: file.additions.map(|count| int(count as usize)),
            deletions: file.deletions.map(|count| int(count as usize)),
            is_generated: file.is_generated,
        }
    }
}

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "workspace::ChangeKind")]
pub enum FileChange {
    /// It is new.
    Added,
    /// Its content or its mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It is new, and git does not know it yet.
    Untracked,
    /// A merge could not decide.
    Conflicted,
    /// It was a file and is a link, or the other way round.
    TypeChanged,
}
