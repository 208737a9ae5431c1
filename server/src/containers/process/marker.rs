//! The mark every process of an instance carries in its environment, and finding processes by it.
//!
//! Children inherit it, so it finds what an agent started and left behind, and a process whose start was never recorded
//! because the server was killed in between. It names the instance's folder as well: the data folder may have been
//! copied, installation id included, and the copy's processes are not ours.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::procfs::{self, ProcessKey};
use crate::containers::Owner;

const INSTANCE: &str = "PCC_INSTANCE";
const FOLDER: &str = "PCC_INSTANCE_FOLDER";

/// Names of the variables, which nobody else may set for an instance.
pub(super) const VARIABLES: [&str; 2] = [INSTANCE, FOLDER];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) owner: Owner,
    pub(super) run: Uuid,
    pub(super) folder: PathBuf,
}

impl Marker {
    pub(super) fn variables(&self) -> [(&'static str, String); 2] {
        let Owner { installation, project } = self.owner;
        let instance = format!("{installation}/{project}/{}", self.run);
        [
            (INSTANCE, instance),
            (FOLDER, self.folder.to_string_lossy().into_owned()),
        ]
    }

    fn parse(environment: &[(String, String)]) -> Option<Self> {
        let value = |name| environment.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let mut ids = value(INSTANCE)?.split('/').map(Uuid::parse_str);
        let mut id = || ids.next()?.ok();
        Some(Self {
            owner: Owner {
                installation: id()?,
                project: id()?,
            },
            run: id()?,
            folder: PathBuf::from(value(FOLDER)?),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Marked {
    pub(super) key: ProcessKey,
    pub(super) session: i32,
    pub(super) marker: Marker,
}

/// Whether a process belongs to this run of the instance in this folder.
pub(super) fn is_of(pid: i32, folder: &Path, run: Uuid) -> bool {
    let marker = Marker::parse(&procfs::environment(pid));
    marker.is_some_and(|marker| marker.folder == folder && marker.run == run)
}

/// Living processes whose instance lives below `root`, this one excepted.
pub(super) fn below(root: &Path) -> Vec<Marked> {
    let own = i32::try_from(std::process::id()).ok();
    procfs::living()
        .into_iter()
        .filter(|process| Some(process.key.pid) != own)
        .filter_map(|process| {
            let marker = Marker::parse(&procfs::environment(process.key.pid))?;
            marker.folder.starts_with(root).then_some(Marked {
                key: process.key,
                session: process.session,
                marker,
            })
        })
        .collect()
}

/// The process an instance was started as, should its start not have been recorded: the eldest of those that lead a
/// session and carry the mark of that run.
pub(super) fn leader(folder: &Path, run: Uuid) -> Option<ProcessKey> {
    below(folder)
        .into_iter()
        .filter(|found| found.marker.run == run && found.session == found.key.pid)
        .map(|found| found.key)
        .min_by_key(|key| key.start_ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let marker = Marker {
            owner: Owner {
                installation: Uuid::from_u128(1),
                project: Uuid::from_u128(2),
            },
            run: Uuid::from_u128(3),
            folder: PathBuf::from("/data/x"),
        };
        let environment = marker.variables().map(|(name, value)| (name.to_owned(), value));
        assert_eq!(Marker::parse(&environment), Some(marker));
        assert_eq!(Marker::parse(&[("PCC_INSTANCE".into(), "a/b/c".into())]), None);
    }
}
