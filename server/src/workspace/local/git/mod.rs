//! git in a work tree that an agent may have written, without running anything the agent wrote.
//!
//! A repository's own configuration can name programs in dozens of places (filters, drivers, hooks, monitors, helpers),
//! under names of its own choosing. So git never reads it here: it is given a git directory that this server makes for
//! one question ([`Borrowed`]), with a configuration of its own, no hooks and no attributes, in which only the branches
//! and the objects are the repository's. The few settings that change what a file *is* are copied by name.
//!
//! The index is copied for reading, and for writing replaced as a whole under git's own lock ([`index`]). Submodules are
//! compared by their commit only: git would run in them with their configuration.

mod borrowed;
mod commit;
mod diff;
mod discard;
mod index;
mod log;
mod settings;
mod status;

pub(super) use borrowed::Source;
pub(super) use commit::{commit, create_branch, lend, note_pushed};
pub(super) use diff::diff;
pub(super) use discard::discard;
pub(super) use log::log;
pub(super) use status::status;

use crate::{
    forge::git::GitError,
    workspace::{PATIENCE, WorkspaceError},
};

/// What git's failure means. Its words stay in the log.
fn failed(error: GitError) -> WorkspaceError {
    match error {
        GitError::Timeout(_) => WorkspaceError::Limit(format!(
            "git did not finish within {} s: the repository is too large for this, or the disk too slow",
            PATIENCE.as_secs()
        )),
        GitError::TooMuchOutput(limit) => {
            WorkspaceError::Limit(format!("git answered more than the {limit} bytes that are read"))
        }
        GitError::Missing | GitError::TooOld(_) => WorkspaceError::Unavailable {
            message: error.to_string(),
            source: None,
        },
        error => WorkspaceError::unavailable("git cannot read this repository", error),
    }
}
