//! The folders of the local forge and their names.
//!
//! `<slug>.git` is a complete repository, `<slug>.git.partial` one that is being filled or was when the server died, and
//! `.trash` holds what is being deleted. Whole folders change their state by one rename, so there is nothing in between.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

use super::label::Label;
use crate::{
    crash_point,
    forge::{Owner, RepositoryId},
};

const MAX_SLUG: usize = 100;
const TRASH: &str = ".trash";

#[derive(Clone, Debug)]
pub(super) struct Folders {
    root: PathBuf,
    /// The slugs being created by this process.
    busy: Arc<Mutex<HashSet<String>>>,
}

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) label: Label,
    pub(super) folder: PathBuf,
    pub(super) is_complete: bool,
}

pub(super) enum Claim {
    /// An empty, labelled folder to build in.
    Ours(Work),
    /// It has been made before.
    Done,
    /// Somebody else's.
    Taken,
    /// Another call is at it.
    Busy,
}

/// A name being worked on; free again when this is dropped.
pub(super) struct Work {
    folders: Folders,
    slug: String,
    pub(super) folder: PathBuf,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.folders
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.slug);
    }
}

/// Lower case letters, digits and hyphens: such a name cannot leave its folder.
pub(super) fn is_slug(text: &str) -> bool {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && !text.is_empty() && text.len() <= MAX_SLUG && !text.starts_with('-')
}

/// The slug and the project: a name given to another project later is another repository.
pub(super) fn id_of(label: &Label) -> RepositoryId {
    RepositoryId(format!("{}@{}", label.slug, label.owner.project.simple()))
}

fn slug_and_project(id: &RepositoryId) -> Option<(&str, Uuid)> {
    let (slug, project) = id.0.split_once('@')?;
    Some((slug, project.parse().ok()?)).filter(|_| is_slug(slug))
}

impl Folders {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            busy: Arc::default(),
        }
    }

    pub(super) fn complete(&self, slug: &str) -> PathBuf {
        self.root.join(format!("{slug}.git"))
    }

    fn partial(&self, slug: &str) -> PathBuf {
        self.root.join(format!("{slug}.git.partial"))
    }

    /// Takes the name for `owner`. What a broken attempt of the same owner left is thrown away.
    pub(super) fn claim(&self, owner: Owner, slug: &str) -> io::Result<Claim> {
        if !self
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(slug.to_owned())
        {
            return Ok(Claim::Busy);
        }
        let folder = self.partial(slug);
        let work = Work {
            folders: self.clone(),
            slug: slug.to_owned(),
            folder,
        };
        let complete = self.complete(slug);
        if let Some(label) = Label::read(&complete)? {
            return Ok(if label.owner == owner {
                Claim::Done
            } else {
                Claim::Taken
            });
        }
        if complete.symlink_metadata().is_ok() {
            return Ok(Claim::Taken);
        }
        if Label::read(&work.folder)?.is_some_and(|label| label.owner != owner) {
            return Ok(Claim::Taken);
        }
        self.discard(&work.folder)?;
        let label = Label {
            owner,
            slug: slug.to_owned(),
        };
        if let Err(error) = create_private(&work.folder).and_then(|()| label.write(&work.folder)) {
            let _ = fs::remove_dir_all(&work.folder); // The first error is the one to tell.
            return Err(error);
        }
        Ok(Claim::Ours(work))
    }

    /// The work is complete: gives it its name.
    pub(super) fn finish(&self, work: &Work) -> io::Result<()> {
        fs::rename(&work.folder, self.complete(&work.slug))?;
        // The new name itself has to reach the disk.
        fs::File::open(&self.root)?.sync_all()
    }

    /// The complete repository of this id, or else the attempt at it.
    pub(super) fn find(&self, id: &RepositoryId) -> io::Result<Option<Found>> {
        let Some((slug, project)) = slug_and_project(id) else {
            return Ok(None);
        };
        for (folder, is_complete) in [(self.complete(slug), true), (self.partial(slug), false)] {
            if let Some(label) = Label::read(&folder)?.filter(|l| l.owner.project == project && l.slug == slug) {
                return Ok(Some(Found {
                    label,
                    folder,
                    is_complete,
                }));
            }
        }
        Ok(None)
    }

    pub(super) fn list(&self, installation: Uuid) -> io::Result<Vec<Found>> {
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found: Vec<Found> = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let Some(slug) = name
                .to_str()
                .and_then(|n| n.strip_suffix(".git").or(n.strip_suffix(".git.partial")))
            else {
                continue;
            };
            // The folder's own label must name it: a copy of a repository is not a second one.
            let label = Label::read(&self.root.join(&name))?;
            let label = label.filter(|l| l.owner.installation == installation && l.slug == slug && is_slug(slug));
            if let Some(one) = label.map(|l| self.find(&id_of(&l))).transpose()?.flatten()
                && !found.contains(&one)
            {
                found.push(one);
            }
        }
        found.sort_by(|a, b| a.label.slug.cmp(&b.label.slug));
        Ok(found)
    }

    /// Takes the repository and any attempt at it out of sight, then deletes them.
    pub(super) fn remove(&self, id: &RepositoryId) -> io::Result<()> {
        let Some((slug, project)) = slug_and_project(id) else {
            return Ok(());
        };
        // The attempt first: were it completed in between, it is found under its other name.
        for folder in [self.partial(slug), self.complete(slug)] {
            if Label::read(&folder)?.is_some_and(|l| l.owner.project == project && l.slug == slug) {
                self.discard(&folder)?;
                crash_point!("forge.discarded");
            }
        }
        self.empty_trash()
    }

    /// Deletes what earlier removals could not finish.
    pub(super) fn empty_trash(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.root.join(TRASH)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let deleted = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            // Something may still be writing there, or another call is deleting too. It is out of sight; the next call
            // takes it.
            if let Err(error) = deleted {
                tracing::debug!(%error, "a deleted repository is not gone yet");
            }
        }
        Ok(())
    }

    /// Drops an attempt that failed, whole.
    pub(super) fn abandon(&self, work: &Work) -> io::Result<()> {
        self.discard(&work.folder)?;
        self.empty_trash()
    }

    fn discard(&self, folder: &Path) -> io::Result<()> {
        if folder.symlink_metadata().is_err() {
            return Ok(());
        }
        let trash = self.root.join(TRASH);
        let moved = create_private(&trash).and_then(|()| fs::rename(folder, trash.join(Uuid::new_v4().to_string())));
        match moved {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // A full disk may have no room for the move; what goes anyway may go in place.
            Err(_) => fs::remove_dir_all(folder),
            Ok(()) => Ok(()),
        }
    }
}

/// Only this server's user may look inside.
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The bytes in a folder. What disappears while it is counted does not count.
pub(super) fn size_of(folder: &Path) -> u64 {
    let mut total = 0;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => open.push(entry.path()),
                Ok(meta) => total += meta.len(),
                Err(_) => {}
            }
        }
    }
    total
}
