//! The folder of one instance: everything the host knows outlives it here.
//!
//! ```text
//! container.json   whose it is; a folder without it is no instance
//! run.json         the present or last run (0600: it holds the password); absent once stopped
//! workspace/       appears complete, by a rename
//! home/            HOME and the XDG folders (0700)
//! tmp/             emptied at each start
//! log/             what the agent wrote
//! ```
//! Files are replaced as a whole (written aside, synced, renamed), so that a crash leaves the old or the new one.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};
use uuid::Uuid;

use super::procfs::ProcessKey;
use crate::containers::Owner;

/// `container.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ContainerRecord {
    pub(super) owner: Owner,
    pub(super) name: String,
    pub(super) created_at: DateTime<Utc>,
}

/// `run.json`. Written once before the process exists and once after, so that no process is ever without a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RunRecord {
    pub(super) run: Uuid,
    /// `None` between the intent and the start.
    pub(super) process: Option<ProcessKey>,
    pub(super) boot_id: String,
    pub(super) port: u16,
    #[serde(serialize_with = "expose")]
    pub(super) password: SecretString,
    pub(super) started_at: DateTime<Utc>,
    /// Names of variables whose values must not show up in logs.
    pub(super) secret_names: Vec<String>,
    /// Set before it is ended on purpose: whatever happens next is no accident.
    pub(super) stop_asked: bool,
    pub(super) exit: Option<ExitRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ExitRecord {
    pub(super) code: Option<i32>,
    pub(super) at: DateTime<Utc>,
    pub(super) last_words: String,
}

fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

#[derive(Clone, Debug)]
pub(super) struct InstanceFolder {
    path: PathBuf,
}

impl InstanceFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.path.join("workspace")
    }

    /// Where a workspace is put together before it gets its name.
    pub(super) fn workspace_staging(&self) -> PathBuf {
        self.path.join("workspace.partial")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.path.join("tmp")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// Folders, and a git identity of lowest rank: what a user sets in the repository or by `git config` wins.
    pub(super) fn furnish(&self, record: &ContainerRecord) -> io::Result<()> {
        let home = self.home();
        let git = home.join(".config/git");
        for folder in [
            &home.join(".local/share"),
            &home.join(".local/state"),
            &home.join(".cache"),
            &git,
            &self.log(),
        ] {
            private_folder(folder)?;
        }
        let identity = "[user]\n\tname = Coding agent\n\temail = agent@localhost\n[init]\n\tdefaultBranch = main\n";
        fs::write(git.join("config"), identity)?;
        write_json(&self.path, "container.json", record)
    }

    pub(super) fn container(&self) -> io::Result<Option<ContainerRecord>> {
        read_json(&self.path.join("container.json"))
    }

    pub(super) fn run(&self) -> io::Result<Option<RunRecord>> {
        read_json(&self.path.join("run.json"))
    }

    pub(super) fn write_run(&self, record: &RunRecord) -> io::Result<()> {
        write_json(&self.path, "run.json", record)
    }

    pub(super) fn forget_run(&self) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.path.join("run.json")))?;
        sync_folder(&self.path)
    }

    /// Programs unpack libraries here at each start and never clean up.
    pub(super) fn empty_tmp(&self) -> io::Result<()> {
        remove_tree(&self.tmp())?;
        private_folder(&self.tmp())
    }
}

pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).map_err(io::Error::from)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_json<T: Serialize>(folder: &Path, name: &str, value: &T) -> io::Result<()> {
    let aside = folder.join(format!("{name}.partial"));
    let written = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.sync_all()?;
        fs::rename(&aside, folder.join(name))
    };
    written().inspect_err(|_| drop(fs::remove_file(&aside)))?;
    sync_folder(folder)
}

/// Makes a rename or a removal in this folder last over a power failure.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a folder with everything in it. Folders may have been made read-only inside (Go's module cache is), which
/// stops whoever is not root.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path)?;
            absent_is_fine(fs::remove_dir_all(path))
        }
        result => absent_is_fine(result),
    }
}

fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // `file_type` does not follow links: nothing outside is touched.
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_with_closed_folders_goes() {
        let place = tempfile::tempdir().expect("a folder");
        let tree = place.path().join("tree");
        fs::create_dir_all(tree.join("a/b")).expect("folders");
        fs::write(tree.join("a/b/file"), "x").expect("a file");
        fs::set_permissions(tree.join("a/b"), fs::Permissions::from_mode(0o500)).expect("a mode");
        fs::set_permissions(tree.join("a"), fs::Permissions::from_mode(0o500)).expect("a mode");
        remove_tree(&tree).expect("removed");
        assert!(!tree.exists());
        remove_tree(&tree).expect("removing what is gone succeeds");
    }

    #[test]
    fn folders_are_opened_but_links_are_not_followed() {
        let place = tempfile::tempdir().expect("a folder");
        let (tree, outside) = (place.path().join("tree"), place.path().join("outside"));
        fs::create_dir_all(tree.join("closed")).expect("folders");
        fs::create_dir(&outside).expect("a folder");
        std::os::unix::fs::symlink(&outside, tree.join("link")).expect("a link");
        for folder in [&tree.join("closed"), &outside] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).expect("a mode");
        }
        open_up(&tree).expect("opened");
        let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
        assert_eq!((mode(&tree.join("closed")), mode(&outside)), (0o700, 0o500));
    }
}
