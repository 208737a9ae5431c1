//! A repository's index, copied with its time and changed under git's own lock.
//!
//! Git knows an unchanged file by its size and the second of its last change. A file that may have changed again in the
//! second in which the index was written it reads, and it knows these by the time of the index itself. A copy that is
//! younger than what it is a copy of would hide such a change, until the file changes once more.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustix::{
    fs::{AtFlags, renameat, unlinkat},
    io::Errno,
};
use tokio::time::{Instant, sleep};

use super::borrowed::{Borrowed, blocking, scratch_failed};
use crate::workspace::{
    WorkspaceError,
    local::root::{Dated, Root, failed},
};

/// Writes a copy of the index.
pub fn copy(index: &Dated, to: &Path) -> io::Result<()> {
    let mut file = fs::File::create(to)?;
    file.write_all(&index.content)?;
    file.set_modified(index.written_at)
}

/// Held, no other git changes the index. It is git's own lock: a file of this name that whoever wants to write makes first.
pub struct IndexLock {
    home: Arc<Root>,
    file: Option<fs::File>,
}

const LOCK: &str = "index.lock";
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

impl IndexLock {
    /// Another git usually has it for a moment only.
    pub async fn take(home: Arc<Root>) -> Result<Self, WorkspaceError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Self::try_take(Arc::clone(&home)).await {
                Err(WorkspaceError::Busy) if Instant::now() < deadline => sleep(PAUSE).await,
                result => return result,
            }
        }
    }

    async fn try_take(home: Arc<Root>) -> Result<Self, WorkspaceError> {
        blocking(move || match home.create(LOCK) {
            Ok(file) => Ok(Self { home, file: Some(file) }),
            Err(Errno::EXIST) => Err(WorkspaceError::Busy),
            Err(error) => Err(failed(error, "the index")),
        })
        .await
    }

    /// The borrowed repository's index becomes the repository's.
    pub async fn install(mut self, borrowed: &Borrowed) -> Result<(), WorkspaceError> {
        let path = borrowed.git_dir().join("index");
        blocking(move || {
            let content = fs::read(&path).map_err(scratch_failed)?;
            let written_at = fs::metadata(&path)
                .and_then(|index| index.modified())
                .map_err(scratch_failed)?;
            if let Some(mut file) = self.file.take() {
                let written = file
                    .write_all(&content)
                    .and_then(|()| file.set_modified(written_at))
                    .and_then(|()| file.sync_all());
                let home = Arc::clone(&self.home);
                if let Err(error) = written {
                    let _ = unlinkat(home.fd(), LOCK, AtFlags::empty());
                    return Err(WorkspaceError::unavailable("the index cannot be written", error));
                }
                renameat(home.fd(), LOCK, home.fd(), "index").map_err(|error| failed(error, "the index"))?;
            }
            Ok(())
        })
        .await
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = unlinkat(self.home.fd(), LOCK, AtFlags::empty());
        }
    }
}
