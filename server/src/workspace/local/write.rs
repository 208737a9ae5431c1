//! Changing files so that two writers never overwrite each other.
//!
//! A new content is written aside, in the same folder and through the same open folder, and takes the file's place by
//! exchanging the two names: the kernel does that in one step, and what was there is then looked at under the other
//! name. If it is not what the writer expected, the names are exchanged back. So not even an agent that writes at this
//! very moment loses anything, and whoever reads sees the old file or the new one.

use std::{
    fs::File,
    io::{self, Write},
};

use rustix::{
    fs::{AtFlags, Mode, RenameFlags, fchmod, renameat_with, unlinkat},
    io::Errno,
};
use uuid::Uuid;

use super::{
    read::MAX_FILE,
    root::{Root, failed},
};
use crate::workspace::{Expected, Version, WorkspaceError, WorkspacePath};

/// Of new content.
pub(super) const MAX_TEXT: usize = 768 * 1024;

pub(super) fn write(
    root: &Root,
    path: &WorkspacePath,
    text: &str,
    expected: &Expected,
) -> Result<Version, WorkspaceError> {
    if text.len() > MAX_TEXT {
        return Err(WorkspaceError::Limit(format!(
            "a file written here has {MAX_TEXT} bytes at most"
        )));
    }
    let (folder, name) = path.split();
    let new = Version::of(text.as_bytes());
    match expected {
        Expected::Absent => {
            let folder = root.make_folder(&folder)?;
            let aside = Aside::write(&folder, text.as_bytes(), None)?;
            match renameat_with(folder.fd(), &aside.name, folder.fd(), name, RenameFlags::NOREPLACE) {
                Ok(()) => aside.done(),
                // Whoever asks again after a lost answer finds it done.
                Err(Errno::EXIST) => return same_or(&new, present(&folder, name)?),
                Err(error) => return Err(failed(error, path.as_str())),
            }
        }
        Expected::Version(old) => {
            let folder = root.folder(&folder)?.ok_or(WorkspaceError::Changed(None))?;
            let (file, found) = read(&folder, name)?.ok_or(WorkspaceError::Changed(None))?;
            if found != *old {
                return same_or(&new, Some(found));
            }
            let aside = Aside::write(&folder, text.as_bytes(), Some(&file))?;
            exchange(&folder, aside, name, old, &new)?;
        }
    }
    Ok(new)
}

/// Puts the new file in the place of the one that is expected there, or leaves everything as it was.
fn exchange(folder: &Root, aside: Aside<'_>, name: &str, old: &Version, new: &Version) -> Result<(), WorkspaceError> {
    match swap(folder, &aside.name, name) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Err(WorkspaceError::Changed(None)),
        Err(error) => return Err(failed(error, name)),
    }
    // What was there is now aside.
    let was = present(folder, &aside.name);
    if matches!(&was, Ok(Some(was)) if was == old) {
        drop(aside);
        sync(folder);
        return Ok(());
    }
    let back = swap(folder, &aside.name, name).or_else(|_| {
        // The new file was removed at once. What somebody wrote gets its name again, or stays where it is.
        renameat_with(folder.fd(), &aside.name, folder.fd(), name, RenameFlags::NOREPLACE)
    });
    // Somebody who wrote between the two exchanges has his content here now: it is not thrown away.
    let is_ours = matches!(present(folder, &aside.name), Ok(Some(left)) if left == *new);
    if back.is_err() || !is_ours {
        tracing::warn!(
            kept = aside.name,
            "three writers met at a file; one content is kept beside it"
        );
        aside.keep();
    }
    Err(WorkspaceError::Changed(was?))
}

fn swap(folder: &Root, one: &str, other: &str) -> Result<(), Errno> {
    renameat_with(folder.fd(), one, folder.fd(), other, RenameFlags::EXCHANGE)
}

pub(super) fn rename(
    root: &Root,
    from: &WorkspacePath,
    to: &WorkspacePath,
    expected: &Version,
) -> Result<Version, WorkspaceError> {
    let ((old_folder, old_name), (new_folder, new_name)) = (from.split(), to.split());
    let source = root.folder(&old_folder)?.ok_or(WorkspaceError::NotFound)?;
    match present(&source, old_name)? {
        Some(found) if found == *expected => {}
        None => {
            // Whoever asks again after a lost answer finds it done.
            let moved = root
                .folder(&new_folder)?
                .map(|folder| present(&folder, new_name))
                .transpose()?
                .flatten();
            return if moved.as_ref() == Some(expected) {
                Ok(expected.clone())
            } else {
                Err(WorkspaceError::Changed(None))
            };
        }
        found => return Err(WorkspaceError::Changed(found)),
    }
    let target = root.make_folder(&new_folder)?;
    let go = |from: &Root, old: &str, to: &Root, new: &str| {
        renameat_with(from.fd(), old, to.fd(), new, RenameFlags::NOREPLACE)
    };
    match go(&source, old_name, &target, new_name) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Err(WorkspaceError::Exists(to.to_string())),
        Err(Errno::NOENT) => return Err(WorkspaceError::Changed(None)),
        Err(error) => return Err(failed(error, to.as_str())),
    }
    // Somebody may have written between the look and the move.
    let moved = present(&target, new_name);
    if matches!(&moved, Ok(Some(moved)) if moved == expected) {
        sync(&source);
        sync(&target);
        return Ok(expected.clone());
    }
    go(&target, new_name, &source, old_name).map_err(|error| failed(error, from.as_str()))?;
    Err(WorkspaceError::Changed(moved?))
}

pub(super) fn delete(root: &Root, path: &WorkspacePath, expected: &Version) -> Result<(), WorkspaceError> {
    let (folder, name) = path.split();
    let folder = root.folder(&folder)?.ok_or(WorkspaceError::NotFound)?;
    match present(&folder, name)? {
        Some(found) if found == *expected => {}
        None => return Err(WorkspaceError::NotFound),
        found => return Err(WorkspaceError::Changed(found)),
    }
    let aside = Aside::named(&folder);
    match renameat_with(folder.fd(), name, folder.fd(), &aside.name, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::NOENT) => {
            aside.done();
            return Err(WorkspaceError::NotFound);
        }
        Err(error) => return Err(failed(error, path.as_str())),
    }
    let was = present(&folder, &aside.name);
    if matches!(&was, Ok(Some(was)) if was == expected) {
        drop(aside);
        sync(&folder);
        return Ok(());
    }
    // It was written to meanwhile: back with it, unless there is another by now, which is then the newer one.
    if renameat_with(folder.fd(), &aside.name, folder.fd(), name, RenameFlags::NOREPLACE).is_ok() {
        aside.done();
    }
    Err(WorkspaceError::Changed(was?))
}

/// Of a file that is put back.
pub(super) const MAX_RESTORED: usize = 64 << 20;

/// Puts a content in place, whatever is there: for what has been kept elsewhere before.
pub(super) fn replace(
    root: &Root,
    path: &WorkspacePath,
    content: &[u8],
    is_executable: bool,
) -> Result<(), WorkspaceError> {
    let (folder, name) = path.split();
    let folder = root.make_folder(&folder)?;
    let aside = Aside::write(&folder, content, None)?;
    if is_executable {
        let mode = Mode::from_raw_mode(0o755);
        rustix::fs::chmodat(folder.fd(), &aside.name, mode, AtFlags::empty())
            .map_err(|error| failed(error, path.as_str()))?;
    }
    rustix::fs::renameat(folder.fd(), &aside.name, folder.fd(), name).map_err(|error| failed(error, path.as_str()))?;
    aside.done();
    Ok(())
}

/// Removes a file or a link, whatever it holds: for what has been kept elsewhere before.
pub(super) fn remove(root: &Root, path: &WorkspacePath) -> Result<(), WorkspaceError> {
    let (folder, name) = path.split();
    let Some(folder) = root.folder(&folder)? else {
        return Ok(());
    };
    match unlinkat(folder.fd(), name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(failed(error, path.as_str())),
    }
}

/// A name in a folder under which something is kept for a moment. What stands under it in the end is removed.
struct Aside<'a> {
    folder: &'a Root,
    name: String,
    is_kept: bool,
}

impl<'a> Aside<'a> {
    fn named(folder: &'a Root) -> Self {
        Self {
            folder,
            name: format!(".pcc-{}.tmp", Uuid::new_v4().simple()),
            is_kept: false,
        }
    }

    /// A file with this content, on the disk, with the mode of the one it is to replace.
    fn write(folder: &'a Root, content: &[u8], like: Option<&File>) -> Result<Self, WorkspaceError> {
        let aside = Self::named(folder);
        let mut file = folder
            .create(&aside.name)
            .map_err(|error| failed(error, "the new file"))?;
        let written = file.write_all(content).and_then(|()| match like {
            Some(like) => Ok(fchmod(&file, Mode::from_raw_mode(rustix::fs::fstat(like)?.st_mode))?),
            None => Ok(()),
        });
        let written = written.and_then(|()| file.sync_all());
        written.map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                WorkspaceError::Limit("the disk is full".to_owned())
            }
            _ => WorkspaceError::unavailable("the file cannot be written", error),
        })?;
        Ok(aside)
    }

    /// Nothing stands under the name any more; removing it again is harmless, for nobody else uses it.
    fn done(self) {
        sync(self.folder);
    }

    /// Leaves what stands under the name there.
    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // What is gone already need not be removed.
        let _ = unlinkat(self.folder.fd(), &self.name, AtFlags::empty());
    }
}

fn read(folder: &Root, name: &str) -> Result<Option<(File, Version)>, WorkspaceError> {
    let Some((file, _)) = folder.inner_file(name)? else {
        return Ok(None);
    };
    let content = super::root::read_up_to(&file, MAX_FILE).map_err(|error| super::root::cannot_read(name, error))?;
    let content = content.ok_or_else(|| WorkspaceError::Limit(format!("{name} is too large to be changed here")))?;
    let version = Version::of(&content);
    Ok(Some((file, version)))
}

fn present(folder: &Root, name: &str) -> Result<Option<Version>, WorkspaceError> {
    Ok(read(folder, name)?.map(|(_, version)| version))
}

/// A file that has the wanted content already needs no writing; any other is a conflict.
fn same_or(new: &Version, found: Option<Version>) -> Result<Version, WorkspaceError> {
    if found.as_ref() == Some(new) {
        Ok(new.clone())
    } else {
        Err(WorkspaceError::Changed(found))
    }
}

/// Makes a change of names last. Where that fails the change still holds for everybody who looks.
fn sync(folder: &Root) {
    let _ = rustix::fs::fsync(folder.fd());
}
