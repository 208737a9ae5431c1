//! Folders, files and what is found in them.

use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::workspace;

/// One folder of a workspace.
#[derive(SimpleObject)]
pub struct Tree {
    /// Its path; empty for the workspace itself.
    pub path: String,
    /// What is in it, folders first, then by name: 1,000 entries at most. git's own folder is left out.
    pub entries: Vec<TreeEntry>,
    /// How many entries it has in all.
    pub total: i32,
    /// Whether there are more: ask for those after the last name.
    pub has_more: bool,
}

/// Something in a folder.
#[derive(SimpleObject)]
pub struct TreeEntry {
    /// Its name in the folder.
    name: String,
    /// Its path in the workspace.
    path: String,
    /// What it is.
    kind: TreeEntryKind,
    /// Bytes; null unless it is a file.
    size: Option<f64>,
    /// When its content last changed.
    modified_at: DateTime<Utc>,
    /// Whether git ignores it.
    is_ignored: bool,
    /// Whether it is a file that may be run.
    is_executable: bool,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "workspace::EntryKind")]
pub enum TreeEntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link. Links are not followed.
    Link,
    /// A socket, a pipe or a device.
    Special,
}

impl From<workspace::TreeEntry> for TreeEntry {
    fn from(entry: workspace::TreeEntry) -> Self {
        Self {
            name: entry.name,
            path: entry.path,
            kind: entry.kind.into(),
            size: entry.size.map(|size| size as f64),
            modified_at: entry.modified_at,
            is_ignored: entry.is_ignored,
            is_executable: entry.is_executable,
        }
    }
}

pub struct File(pub workspace::File);

/// A file of a workspace.
#[Object]
impl File {
    /// Its path in the workspace.
    async fn path(&self) -> &str {
        &self.0.path
    }

    /// Bytes.
    async fn size(&self) -> f64 {
        self.0.size as f64
    }

    /// When its content last changed.
    async fn modified_at(&self) -> DateTime<Utc> {
        self.0.modified_at
    }

    /// Whether it may be run.
    async fn is_executable(&self) -> bool {
        self.0.is_executable
    }

    /// The hash of its content: what `writeFile` expects. Null where it is larger than 16 MB.
    async fn version(&self) -> Option<&str> {
        self.0.version.as_ref().map(|version| version.0.as_str())
    }

    /// What it is written in, by its name, as highlighters call it; null when unknown.
    async fn language(&self) -> Option<&str> {
        self.0.language
    }

    /// Whether it is text, and is shown.
    async fn content(&self) -> FileContent {
        match self.0.content {
            workspace::Content::Text { .. } => FileContent::Text,
            workspace::Content::Binary { .. } => FileContent::Binary,
            workspace::Content::TooLarge => FileContent::TooLarge,
        }
    }

    /// The kind of a binary file, such as `image/png`; null for others.
    async fn media_type(&self) -> Option<&str> {
        match self.0.content {
            workspace::Content::Binary { media_type } => Some(media_type),
            _ => None,
        }
    }

    /// The lines of the text that were asked for; null unless `content` is `TEXT`.
    async fn text(&self) -> Option<FileText> {
        match &self.0.content {
            workspace::Content::Text {
                text,
                encoding,
                line_count,
                first_line,
                has_more,
            } => Some(FileText {
                text: text.clone(),
                encoding: (*encoding).to_owned(),
                first_line: int(*first_line),
                line_count: int(*line_count),
                has_more: *has_more,
            }),
            _ => None,
        }
    }
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FileContent {
    /// Text, which `text` holds.
    Text,
    /// Something else, which `mediaType` names.
    Binary,
    /// More than 16 MB, which is not read.
    TooLarge,
}

/// Lines of a text.
#[derive(SimpleObject)]
pub struct FileText {
    /// The lines, with their ends.
    text: String,
    /// What they were decoded from, such as `UTF-8` or `windows-1252`: guessed where the file does not say.
    encoding: String,
    /// The number of the first of these lines, from 1.
    first_line: i32,
    /// How many lines the file has.
    line_count: i32,
    /// Whether the file goes on after these lines.
    has_more: bool,
}

/// Files that were found by their paths.
#[derive(SimpleObject)]
pub struct FoundFiles {
    /// The best first.
    pub paths: Vec<String>,
    /// Whether the workspace was too large to be looked through: there may be better ones.
    pub is_partial: bool,
}

/// Lines that were found by their text.
#[derive(SimpleObject)]
pub struct FoundText {
    /// File by file, in order; at most 100 of one file.
    pub matches: Vec<TextMatch>,
    /// Whether there is or may be more: a limit was reached, or files were left out.
    pub is_partial: bool,
}

/// A line with what was looked for.
#[derive(SimpleObject)]
pub struct TextMatch {
    /// The file.
    path: String,
    /// The number of the line, from 1.
    line: i32,
    /// The line, or the part of it around the first match when it is long.
    text: String,
    /// What matches in `text`.
    ranges: Vec<TextRange>,
    /// Whether `text` is only a part of the line.
    is_cut: bool,
}

/// A part of a line.
#[derive(SimpleObject)]
pub struct TextRange {
    /// Where it begins, in UTF-16 code units from 0.
    start: i32,
    /// Where it has ended.
    end: i32,
}

impl From<workspace::TextRange> for TextRange {
    fn from(range: workspace::TextRange) -> Self {
        Self {
            start: int(range.start),
            end: int(range.end),
        }
    }
}

impl From<workspace::TextMatch> for TextMatch {
    fn from(found: workspace::TextMatch) -> Self {
        Self {
            path: found.path,
            line: int(found.line),
            text: found.text,
            ranges: found.ranges.into_iter().map(Into::into).collect(),
            is_cut: found.is_cut,
        }
    }
}

/// Whether the case of letters matters in a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "workspace::Case")]
pub enum SearchCase {
    /// Only if there is a capital letter in the query.
    Smart,
    /// It does.
    Sensitive,
    /// It does not.
    Insensitive,
}

pub(super) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
