//! Opening what is below a folder, and nothing else.
//!
//! Every access begins at one open folder and goes through `openat2` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`: the
//! kernel itself refuses to leave or to follow a link, in every part of the path and at the moment of opening. Nothing is
//! checked first and opened later, so there is nothing to race. Opening never waits (`O_NONBLOCK`: pipes).

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat, fstat, mkdirat, openat2, statat},
    io::Errno,
};

use crate::workspace::{EntryKind, WorkspaceError, WorkspacePath};

/// The kernel gives up when the tree is moved about while it looks; it says so, and may be asked again.
const TRIES: usize = 16;
const PERMISSIONS: Mode = Mode::from_raw_mode(0o777);

/// An open folder.
#[derive(Debug)]
pub struct Root(OwnedFd);

impl Root {
    pub fn open(folder: &Path) -> Result<Self, WorkspaceError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder, flags, Mode::empty())
            .map_err(|error| WorkspaceError::unavailable("the workspace cannot be opened", io::Error::from(error)))?;
        let root = Self(folder);
        match root.beneath(".", OFlags::RDONLY | OFlags::DIRECTORY) {
            Err(Errno::NOSYS | Errno::PERM) => Err(WorkspaceError::Unavailable {
                message: "files need a Linux kernel of 5.6 or newer, and openat2 allowed".to_owned(),
                source: None,
            }),
            Err(error) => Err(failed(error, "the workspace")),
            Ok(_) => Ok(root),
        }
    }

    fn beneath(&self, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let mode = if flags.contains(OFlags::CREATE) {
            Mode::from_raw_mode(0o666)
        } else {
            Mode::empty()
        };
        let mut flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        // What is only looked at is not opened: the kernel refuses these beside it.
        if !flags.contains(OFlags::PATH) {
            flags |= OFlags::NONBLOCK | OFlags::NOCTTY;
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let path = if path.is_empty() { "." } else { path };
        let mut tries = 0;
        loop {
            match openat2(&self.0, path, flags, mode, resolve) {
                Err(Errno::AGAIN | Errno::INTR) if tries < TRIES => tries += 1,
                result => return result,
            }
        }
    }

    /// A folder; `None` when there is none.
    pub fn folder(&self, path: &WorkspacePath) -> Result<Option<Self>, WorkspaceError> {
        self.inner_folder(path.as_str())
    }

    /// Like [`folder`](Self::folder), for names this server chose itself: git's folder among them.
    pub fn inner_folder(&self, path: &str) -> Result<Option<Self>, WorkspaceError> {
        match self.beneath(path, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(folder) => Ok(Some(Self(folder))),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR) => Err(WorkspaceError::NotAFolder(path.to_owned())),
            Err(error) => Err(failed(error, path)),
        }
    }

    /// The folder, made with those above it where there is none.
    pub fn make_folder(&self, path: &WorkspacePath) -> Result<Self, WorkspaceError> {
        if let Some(folder) = self.folder(path)? {
            return Ok(folder);
        }
        let (above, name) = path.split();
        let above = self.make_folder(&above)?;
        match mkdirat(&above.0, name, PERMISSIONS) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(failed(error, path.as_str())),
        }
        // Opened anew and by the kernel's rules: somebody may have put a link there meanwhile.
        above.inner_folder(name)?.ok_or(WorkspaceError::NotFound)
    }

    /// A regular file, to be read; `None` when there is none.
    pub fn file(&self, path: &WorkspacePath) -> Result<Option<(File, Stat)>, WorkspaceError> {
        self.inner_file(path.as_str())
    }

    /// Like [`file`](Self::file), for names this server chose itself.
    pub fn inner_file(&self, path: &str) -> Result<Option<(File, Stat)>, WorkspaceError> {
        let file = match self.beneath(path, OFlags::RDONLY) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(Errno::NXIO) => return Err(WorkspaceError::NotAFile(path.to_owned())),
            Err(error) => return Err(failed(error, path)),
        };
        let stat = fstat(&file).map_err(|error| failed(error, path))?;
        if is_file(&stat) {
            Ok(Some((File::from(file), stat)))
        } else {
            Err(WorkspaceError::NotAFile(path.to_owned()))
        }
    }

    /// Its content, as long as that is at most `limit` bytes; `None` when there is no such file.
    pub fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, WorkspaceError> {
        Ok(self.read_dated(path, limit)?.map(|file| file.content))
    }

    /// The same, with the time of its last change from before it was read.
    pub fn read_dated(&self, path: &str, limit: usize) -> Result<Option<Dated>, WorkspaceError> {
        let Some((file, _)) = self.inner_file(path)? else {
            return Ok(None);
        };
        let read = || -> io::Result<_> {
            let written_at = file.metadata()?.modified()?;
            Ok((read_up_to(&file, limit)?, written_at))
        };
        match read().map_err(|error| cannot_read(path, error))? {
            (Some(content), written_at) => Ok(Some(Dated { content, written_at })),
            (None, _) => Err(WorkspaceError::Limit(format!("{path} is larger than {limit} bytes"))),
        }
    }

    /// A new file, under a name that nothing has.
    pub fn create(&self, name: &str) -> Result<File, Errno> {
        self.beneath(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
            .map(File::from)
    }

    /// What stands at a path, as it is and not as what it leads to; `None` when nothing does.
    pub fn kind(&self, path: &WorkspacePath) -> Result<Option<EntryKind>, WorkspaceError> {
        if path.is_workspace() {
            return Ok(Some(EntryKind::Folder));
        }
        let (above, name) = path.split();
        let above = match self.folder(&above) {
            Ok(Some(above)) => above,
            Ok(None) | Err(WorkspaceError::NotAFolder(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        match statat(&above.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(kind(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed(error, path.as_str())),
        }
    }

    /// The state of what stands at a path, as it is and not as what it leads to; `None` when nothing can be seen there.
    pub fn stat(&self, path: &str) -> Option<Stat> {
        let at = self.beneath(path, OFlags::PATH).ok()?;
        fstat(&at).ok()
    }

    /// Whether something has this name in the folder itself.
    pub fn has(&self, name: &str) -> bool {
        statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    pub fn fd(&self) -> &OwnedFd {
        &self.0
    }

    /// A path by which another process of this user gets to this very folder, whatever its name is by then.
    pub fn pinned(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.0.as_raw_fd()).into()
    }
}

/// What was in a file, and when it was last changed.
pub struct Dated {
    pub content: Vec<u8>,
    pub written_at: SystemTime,
}

/// `None` when there is more than `limit`.
pub(super) fn read_up_to(file: &File, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut content)?;
    Ok((content.len() <= limit).then_some(content))
}

pub(super) fn is_file(stat: &Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile
}

fn kind(stat: &Stat) -> EntryKind {
    use rustix::fs::FileType;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Special,
    }
}

pub(super) fn cannot_read(path: &str, error: io::Error) -> WorkspaceError {
    WorkspaceError::unavailable(format!("{path} cannot be read"), error)
}

/// What the system's refusal means.
pub(super) fn failed(error: Errno, path: &str) -> WorkspaceError {
    match error {
        Errno::LOOP | Errno::XDEV => WorkspaceError::Link(path.to_owned()),
        Errno::NOENT => WorkspaceError::NotFound,
        Errno::NOTDIR => WorkspaceError::NotAFolder(path.to_owned()),
        Errno::ISDIR => WorkspaceError::NotAFile(path.to_owned()),
        Errno::NAMETOOLONG => WorkspaceError::Limit("the path is longer than the file system allows".to_owned()),
        Errno::ACCESS | Errno::PERM => WorkspaceError::Refused(format!("the system does not allow it for {path}")),
        Errno::NOSPC | Errno::DQUOT => WorkspaceError::Limit("the disk is full".to_owned()),
        error => WorkspaceError::unavailable(format!("{path} cannot be opened"), io::Error::from(error)),
    }
}
