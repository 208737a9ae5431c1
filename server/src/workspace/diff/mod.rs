//! What changed in a file, cut for small screens.
//!
//! Pure: two contents go in, hunks come out. Context is folded, changed words are marked inside lines that were changed,
//! long lines are cut, and what nobody reads as a diff (binary, huge, generated) is named and not shown. Nothing of git's
//! own diff machinery is used, so no driver a repository names can run.

mod cut;
mod generated;
mod patch;

use super::{ChangeKind, TextRange};

pub use cut::between;
pub use generated::{is_generated_name, says_generated};
pub use patch::hunks;

/// What is cut, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Unchanged lines around a change.
    pub context: usize,
    /// Shows generated files too.
    pub with_generated: bool,
}

/// Larger files are named only.
pub const MAX_FILE: usize = 1 << 20;
/// Lines of one diff that are shown.
pub const MAX_LINES: usize = 2_000;
/// Characters of a line that are shown.
pub const MAX_LINE: usize = 500;
/// Lines of all diffs of one answer; files beyond are named only.
pub const MAX_LINES_TOGETHER: usize = 5_000;

#[derive(Clone, Debug, PartialEq)]
pub struct FileDiff {
    pub path: String,
    pub old_path: Option<String>,
    pub kind: ChangeKind,
    pub shown: Shown,
    /// Lines; `None` where they were not counted.
    pub additions: Option<u64>,
    pub deletions: Option<u64>,
    pub hunks: Vec<Hunk>,
    /// The diff goes on after the last hunk.
    pub is_cut: bool,
}

/// Whether there are hunks, or why there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Text,
    Binary,
    TooLarge,
    Generated,
    Link,
    Submodule,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hunk {
    /// The first line of it, counted from 1; of a side without lines the line before.
    pub old_start: usize,
    pub old_lines: usize,
    pub new_start: usize,
    pub new_lines: usize,
    /// Unchanged lines between the hunk before and this one.
    pub folded_before: usize,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Context,
    Added,
    Removed,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub kind: LineKind,
    pub old_number: Option<usize>,
    pub new_number: Option<usize>,
    /// Without the end of line.
    pub text: String,
    /// The words that differ from the other side's line.
    pub marks: Vec<TextRange>,
    pub is_cut: bool,
    /// The file ends here without an end of line.
    pub lacks_newline: bool,
}

pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
