//! A diff in the graph.

use async_graphql::{Enum, Object, SimpleObject};

use super::{
    changes::FileChange,
    types::{TextRange, int},
};
use crate::workspace::diff;

pub struct FileDiff(pub diff::FileDiff);

/// What changed in a file.
#[Object]
impl FileDiff {
    /// Its path in the workspace.
    async fn path(&self) -> &str {
        &self.0.path
    }

    /// Its path before it was renamed; null when it was not.
    async fn old_path(&self) -> Option<&str> {
        self.0.old_path.as_deref()
    }

    /// How it changed.
    async fn kind(&self) -> FileChange {
        self.0.kind.into()
    }

    /// Whether the change is shown in `hunks`, or why not.
    async fn shown(&self) -> DiffShown {
        self.0.shown.into()
    }

    /// Lines added; null where they were not counted.
    async fn additions(&self) -> Option<i32> {
        self.0.additions.map(|count| int(count as usize))
    }

    /// Lines removed; null where they were not counted.
    async fn deletions(&self) -> Option<i32> {
        self.0.deletions.map(|count| int(count as usize))
    }

    /// The changes with the lines around them, in order: 2,000 lines at most.
    async fn hunks(&self) -> Vec<DiffHunk> {
        self.0.hunks.iter().cloned().map(Into::into).collect()
    }

    /// Whether there are more changes after the last hunk.
    async fn is_cut(&self) -> bool {
        self.0.is_cut
    }
}

/// Whether a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "diff::Shown")]
pub enum DiffShown {
    /// It is.
    Text,
    /// No: it is no text.
    Binary,
    /// No: it is larger than 1 MB, or the answer is full.
    TooLarge,
    /// No: a program has written it. `withGenerated` shows it.
    Generated,
    /// No: it is a link, or was one.
    Link,
    /// No: it is a repository of its own.
    Submodule,
}

/// Lines that changed, and those around them.
#[derive(SimpleObject)]
pub struct DiffHunk {
    /// The first line in the old file, from 1; 0 when there is none.
    old_start: i32,
    /// How many lines of the old file.
    old_lines: i32,
    /// The first line in the new file, from 1; 0 when there is none.
    new_start: i32,
    /// How many lines of the new file.
    new_lines: i32,
    /// How many unchanged lines before it are not shown.
    folded_before: i32,
    /// The lines, in order.
    lines: Vec<DiffLine>,
}

/// A line of a diff.
#[derive(SimpleObject)]
pub struct DiffLine {
    /// Which side has it.
    kind: DiffLineKind,
    /// Its number in the old file; null when it is added.
    old_number: Option<i32>,
    /// Its number in the new file; null when it is removed.
    new_number: Option<i32>,
    /// Its text without the end of line: 500 characters at most.
    text: String,
    /// The words that differ from the line it replaces or is replaced by.
    marks: Vec<TextRange>,
    /// Whether the line is longer than its text.
    is_cut: bool,
    /// Whether the file ends here without an end of line.
    lacks_newline: bool,
}

/// Which side of a diff has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "diff::LineKind")]
pub enum DiffLineKind {
    /// Both.
    Context,
    /// The new one.
    Added,
    /// The old one.
    Removed,
}

impl From<diff::Hunk> for DiffHunk {
    fn from(hunk: diff::Hunk) -> Self {
        Self {
            old_start: int(hunk.old_start),
            old_lines: int(hunk.old_lines),
            new_start: int(hunk.new_start),
            new_lines: int(hunk.new_lines),
            folded_before: int(hunk.folded_before),
            lines: hunk.lines.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<diff::Line> for DiffLine {
    fn from(line: diff::Line) -> Self {
        Self {
            kind: line.kind.into(),
            old_number: line.old_number.map(int),
            new_number: line.new_number.map(int),
            text: line.text,
            marks: line.marks.into_iter().map(Into::into).collect(),
            is_cut: line.is_cut,
            lacks_newline: line.lacks_newline,
        }
    }
}
