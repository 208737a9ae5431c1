//! Whose a repository is, written into it.
//!
//! The label is a file beside git's own, so that it is found again after the answer to a creation was lost, and moves
//! and disappears with the repository.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::forge::Owner;

const FILE: &str = "pcc.json";
const MAX_BYTES: u64 = 4 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Label {
    pub(super) owner: Owner,
    pub(super) slug: String,
}

impl Label {
    /// Written whole or not at all.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let temporary = folder.join("pcc.json.new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&temporary, folder.join(FILE))
    }

    /// From then on the folder is nobody's, and no repository may take its name.
    pub(super) fn remove(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(FILE)) {
            Err(error) if is_absent(&error) => Ok(()),
            done => done,
        }
    }

    /// `None` for a folder that is absent or not ours: without a label, or with one that cannot be read.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(FILE);
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_file() && meta.len() <= MAX_BYTES => {}
            Ok(_) => return Ok(None),
            Err(error) => return if is_absent(&error) { Ok(None) } else { Err(error) },
        }
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
