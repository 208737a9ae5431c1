//! The folder everything is kept in: one server at a time.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use uuid::Uuid;

const FREE_WITHIN: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The folder, held for as long as this lives.
#[derive(Debug)]
pub struct DataDir {
    owner: Uuid,
    _lock: File,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("data_dir: another pcc-server uses {0}. Stop it, or give this one a folder of its own")]
    InUse(PathBuf),
    #[error("data_dir: {path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl DataDir {
    pub fn open(folder: &Path) -> Result<Self, Error> {
        make(folder)?;
        let path = folder.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(fail(&path))?;
        hold(&lock, Instant::now() + FREE_WITHIN).map_err(|errno| match errno {
            Errno::WOULDBLOCK => Error::InUse(folder.to_owned()),
            errno => fail(&path)(errno.into()),
        })?;
        let path = folder.join("owner");
        let owner = owner(&path).map_err(fail(&path))?;
        Ok(Self { owner, _lock: lock })
    }

    /// The same over restarts: names this server among several that share a database.
    pub fn owner(&self) -> Uuid {
        self.owner
    }
}

/// The kernel frees the lock when the process ends, however it ends. A program that a killed server was about to start
/// still has it until it runs, so it is tried for a moment.
fn hold(lock: &File, deadline: Instant) -> Result<(), Errno> {
    loop {
        match flock(lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) if Instant::now() < deadline => std::thread::sleep(LOOK_AGAIN),
            result => return result,
        }
    }
}

/// Makes the folder, for its owner alone.
pub fn make(folder: &Path) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(fail(folder))
}

fn fail(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}

fn owner(path: &Path) -> io::Result<Uuid> {
    match fs::read_to_string(path).map(|text| Uuid::try_parse(text.trim())) {
        Ok(Ok(owner)) => return Ok(owner),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        // Missing, or cut short when it was first written.
        Ok(Err(_)) | Err(_) => {}
    }
    let owner = Uuid::new_v4();
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{owner}")?;
    file.sync_all()?;
    Ok(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_server_and_its_owner_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data");
        let first = DataDir::open(&path).expect("free");
        assert!(matches!(DataDir::open(&path), Err(Error::InUse(_))));
        let owner = first.owner();
        drop(first);
        assert_eq!(DataDir::open(&path).expect("free again").owner(), owner);
    }
}
