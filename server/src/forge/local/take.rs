//! Taking over a branch from a workspace.
//!
//! The repository fetches, nobody pushes into it: so every git that runs here runs with this server's settings, and no
//! hook of the repository has a say.

use std::{path::Path, time::Duration};

use super::LocalForge;
use crate::forge::{ForgeError, git::GitError, reference::GitRef};

const TIMEOUT: Duration = Duration::from_secs(8);

impl LocalForge {
    pub(super) async fn take_branch(&self, folder: &Path, from: &Path, branch: &GitRef) -> Result<(), ForgeError> {
        let name = format!("refs/heads/{branch}:refs/heads/{branch}");
        let command = self
            .inside(folder, "fetch")
            .local_remote()
            .args([
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--end-of-options",
            ])
            .arg(from)
            .arg(name)
            .timeout(TIMEOUT);
        match command.run().await {
            Ok(_) => Ok(()),
            Err(GitError::Failed { message, .. }) if message.contains("non-fast-forward") => Err(ForgeError::Rejected(
                format!("the repository's {branch} has commits that the workspace does not have: merge them first"),
            )),
            Err(error) => Err(error.about("the workspace")),
        }
    }
}
