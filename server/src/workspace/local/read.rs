//! Folders and files, as they are at this moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rustix::fs::{AtFlags, Dir, FileType, Stat, statat};

use super::{
    ignores::Ignores,
    root::{Root, cannot_read, failed, read_up_to},
    text,
};
use crate::workspace::{
    Content, EntryKind, File, Lines, Tree, TreeEntry, Version, WorkspaceError, WorkspacePath, path::is_git_folder,
};

/// Entries in one answer; the next one goes on after the last.
const PAGE: usize = 1_000;
/// More names than that are not read: no person looks through such a folder.
const MAX_ENTRIES: usize = 200_000;
/// Larger files are not read.
pub(super) const MAX_FILE: usize = 16 << 20;
/// Bytes of text in one answer.
const MAX_TEXT: usize = 512 * 1024;

pub(super) fn tree(root: &Root, path: &WorkspacePath, after: Option<&str>) -> Result<Option<Tree>, WorkspaceError> {
    let Some(folder) = root.folder(path)? else {
        return Ok(None);
    };
    // Sorted as they are shown: folders first, then by name.
    let mut names: BTreeMap<(bool, String), ()> = BTreeMap::new();
    for entry in Dir::read_from(folder.fd()).map_err(|error| failed(error, path.as_str()))? {
        let entry = entry.map_err(|error| failed(error, path.as_str()))?;
        let name = entry.file_name().to_string_lossy();
        if matches!(&*name, "." | "..") || is_git_folder(&name) {
            continue;
        }
        names.insert((entry.file_type() != FileType::Directory, name.into_owned()), ());
        if names.len() > MAX_ENTRIES {
            return Err(WorkspaceError::Limit(format!(
                "the folder has more than {MAX_ENTRIES} entries"
            )));
        }
    }
    let total = names.len();
    let from = after.map_or(0, |after| {
        let at = names.keys().position(|(_, name)| name == after);
        at.map_or(0, |at| at + 1)
    });
    let ignores = Ignores::on_the_way_to(root, path)?;
    let mut page = names.into_keys().skip(from);
    let entries = page
        .by_ref()
        .take(PAGE)
        .filter_map(|(_, name)| entry(&folder, path, name, &ignores))
        .collect();
    Ok(Some(Tree {
        entries,
        total,
        has_more: page.next().is_some(),
    }))
}

/// `None` when it has gone meanwhile.
fn entry(folder: &Root, path: &WorkspacePath, name: String, ignores: &Ignores) -> Option<TreeEntry> {
    let stat = statat(folder.fd(), name.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Special,
    };
    let path = if path.is_workspace() {
        name.clone()
    } else {
        format!("{path}/{name}")
    };
    Some(TreeEntry {
        is_ignored: ignores.is_ignored(&path, kind == EntryKind::Folder),
        size: (kind == EntryKind::File).then_some(stat.st_size.unsigned_abs()),
        modified_at: modified_at(&stat),
        is_executable: is_executable(&stat),
        name,
        path,
        kind,
    })
}

pub(super) fn file(root: &Root, path: &WorkspacePath, lines: Lines) -> Result<Option<File>, WorkspaceError> {
    let Some((file, stat)) = root.file(path)? else {
        return Ok(None);
    };
    let content = read_up_to(&file, MAX_FILE).map_err(|error| cannot_read(path.as_str(), error))?;
    let size = content
        .as_ref()
        .map_or(stat.st_size.unsigned_abs(), |content| content.len() as u64);
    Ok(Some(File {
        path: path.to_string(),
        size,
        modified_at: modified_at(&stat),
        is_executable: is_executable(&stat),
        version: content.as_deref().map(Version::of),
        language: text::language(path.as_str()),
        content: content.map_or(Content::TooLarge, |content| shown(&content, lines)),
    }))
}

fn shown(content: &[u8], lines: Lines) -> Content {
    let Some((text, encoding)) = text::decode(content) else {
        return Content::Binary {
            media_type: text::media_type(content),
        };
    };
    let (mut part, mut line_count, mut taken) = (String::new(), 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        line_count = index + 1;
        let is_wanted = line_count >= lines.first && taken == line_count.saturating_sub(lines.first);
        if is_wanted && taken < lines.count && part.len() + line.len() <= MAX_TEXT {
            part.push_str(line);
            taken += 1;
        }
    }
    Content::Text {
        has_more: line_count >= lines.first && lines.first - 1 + taken < line_count,
        text: part,
        encoding,
        line_count,
        first_line: lines.first,
    }
}

fn modified_at(stat: &Stat) -> DateTime<Utc> {
    let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
    #[allow(clippy::useless_conversion, reason = "the type differs between processors")]
    let seconds = i64::try_from(stat.st_mtime).unwrap_or_default();
    DateTime::from_timestamp(seconds, nanoseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

fn is_executable(stat: &Stat) -> bool {
    stat.st_mode & 0o100 != 0 && super::root::is_file(stat)
}
