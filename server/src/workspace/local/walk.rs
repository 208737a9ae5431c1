//! Walking through the files of a workspace: folder by folder, through open folders only, without what git ignores.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use rustix::fs::{Dir, FileType};

use super::{ignores::Ignores, root::Root};
use crate::workspace::{WorkspaceError, WorkspacePath, path::is_git_folder};

/// Files that are looked at in one walk.
const MAX_FILES: usize = 300_000;
const MAX_DEPTH: usize = 100;

/// When to give up: because it takes too long, or because nobody waits any more.
pub struct Patience<'a> {
    pub deadline: Instant,
    pub is_gone: &'a AtomicBool,
}

impl Patience<'_> {
    pub fn is_over(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }
}

/// Whether to go on.
pub type Onward = std::ops::ControlFlow<()>;

/// What a walk comes by.
#[derive(Clone, Copy)]
pub enum Seen<'a> {
    /// A folder, before anything of it is read.
    Folder { folder: &'a Root, path: &'a str },
    /// A file, with the folder it is in and its name there.
    File {
        folder: &'a Root,
        name: &'a str,
        path: &'a str,
    },
}

/// Calls `see` for each folder and each file. Answers whether it has seen all.
pub fn walk(
    root: &Root,
    start: &WorkspacePath,
    patience: &Patience<'_>,
    mut see: impl FnMut(Seen<'_>) -> Onward,
) -> Result<bool, WorkspaceError> {
    let Some(folder) = root.folder(start)? else {
        return Err(WorkspaceError::NotFound);
    };
    let begin = Seen::Folder {
        folder: &folder,
        path: start.as_str(),
    };
    if see(begin).is_break() {
        return Ok(false);
    }
    let ignores = Ignores::on_the_way_to(root, start)?;
    let mut files = 0;
    let mut is_whole = true;
    // Folders yet to be entered are names below an open folder, so that no more than one is open at each depth.
    let mut open = vec![Level::read(folder, start.to_string(), ignores)];
    while let Some(level) = open.last_mut() {
        if patience.is_over() {
            return Ok(false);
        }
        while let Some(name) = level.files.pop() {
            files += 1;
            let path = level.path_of(&name);
            let file = Seen::File {
                folder: &level.folder,
                name: &name,
                path: &path,
            };
            if files > MAX_FILES || see(file).is_break() {
                return Ok(false);
            }
        }
        let Some(name) = level.folders.pop() else {
            open.pop();
            continue;
        };
        let path = level.path_of(&name);
        // What became a link or vanished meanwhile is no folder any more.
        if let Ok(Some(folder)) = level.folder.inner_folder(&name) {
            let entered = Seen::Folder {
                folder: &folder,
                path: &path,
            };
            if see(entered).is_break() {
                return Ok(false);
            }
            let ignores = level.ignores.in_folder(&folder, &path);
            if open.len() < MAX_DEPTH {
                open.push(Level::read(folder, path, ignores));
            } else {
                is_whole = false;
            }
        }
    }
    Ok(is_whole)
}

struct Level {
    folder: Root,
    path: String,
    ignores: Ignores,
    /// Both in reverse order.
    files: Vec<String>,
    folders: Vec<String>,
}

impl Level {
    /// A folder that cannot be read is an empty one.
    fn read(folder: Root, path: String, ignores: Ignores) -> Self {
        let mut level = Self {
            folder,
            path,
            ignores,
            files: Vec::new(),
            folders: Vec::new(),
        };
        for entry in Dir::read_from(level.folder.fd()).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().to_str() else {
                continue; // It has no name that a client could say.
            };
            let is_folder = match entry.file_type() {
                FileType::Directory => true,
                FileType::RegularFile => false,
                _ => continue,
            };
            if matches!(name, "." | "..")
                || is_git_folder(name)
                || level.ignores.is_ignored(&level.path_of(name), is_folder)
            {
                continue;
            }
            if is_folder {
                level.folders.push(name.to_owned());
            } else {
                level.files.push(name.to_owned());
            }
        }
        level.files.sort_unstable_by(|a, b| b.cmp(a));
        level.folders.sort_unstable_by(|a, b| b.cmp(a));
        level
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }
}
