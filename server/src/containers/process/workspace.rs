//! Filling a workspace: a clone put together aside, which gets its name only when it is complete.
//!
//! So a workspace that exists is a good one, and is never touched again: from its first moment it belongs to the agent,
//! and running git in it would run what the agent wrote into its configuration. Submodules and LFS files stay away.
//!
//! A local repository is cloned through git's own transport (`--no-local`). The fast way would share files with it by
//! hard links, which an agent could write through, and copies without asking what a push changes meanwhile.

use std::fs::{self, File};

use url::Url;

use super::{
    blocking,
    complaint::succeeded,
    folder::{InstanceFolder, remove_tree, sync_folder},
    git::Git,
};
use crate::{
    containers::{HostError, WorkspaceSource},
    crash_point,
};

const REFERENCE_LIMIT: usize = 250;
const NAMES_SHOWN: usize = 10;

/// The protocol git needs for a source, and no other.
pub(super) fn protocol(source: &WorkspaceSource) -> Result<&'static str, HostError> {
    if source.clone_url.starts_with('/') {
        return Ok("file");
    }
    let refused = |why: &str| HostError::Rejected(format!("a workspace cannot be cloned from this address: {why}"));
    let url = Url::parse(&source.clone_url).map_err(|_| refused("it is neither a URL nor an absolute path"))?;
    if url.password().is_some() {
        return Err(refused("it holds a password, which would stay in the workspace"));
    }
    match url.scheme() {
        "https" => Ok("https"),
        "http" => Ok("http"),
        "ssh" => Ok("ssh"),
        "file" => Ok("file"),
        _ => Err(refused("only https, http, ssh and file are possible")),
    }
}

/// One attempt. What an earlier one left is removed first; what this one leaves, should it fail, is for [`discard`].
pub(super) async fn fill(
    git: Git,
    folder: &InstanceFolder,
    source: &WorkspaceSource,
    progress: &(dyn Fn(String) + Send + Sync),
) -> Result<(), HostError> {
    discard(folder).await?;
    progress("Cloning the repository".to_owned());
    clone(&git, folder, source, progress).await?;
    crash_point!("process.workspace.cloned");
    progress("Checking out the files".to_owned());
    check_out(&git, folder, source.reference.as_deref(), progress).await?;
    crash_point!("process.workspace.checked_out");
    publish(folder).await?;
    crash_point!("process.workspace.published");
    Ok(())
}

/// Removes what a broken attempt left: above all on a full disk the space is needed.
pub(super) async fn discard(folder: &InstanceFolder) -> Result<(), HostError> {
    let staging = folder.workspace_staging();
    blocking(move || remove_tree(&staging).map_err(|error| HostError::io("a broken clone could not be removed", error)))
        .await
}

async fn clone(
    git: &Git,
    folder: &InstanceFolder,
    source: &WorkspaceSource,
    progress: &(dyn Fn(String) + Send + Sync),
) -> Result<(), HostError> {
    let staging = folder.workspace_staging();
    let options = [
        "clone",
        "--progress",
        "--no-checkout",
        "--no-local",
        "--no-recurse-submodules",
        "--template=",
    ];
    let mut args: Vec<&std::ffi::OsStr> = options.iter().map(AsRef::as_ref).collect();
    args.extend(["--".as_ref(), source.clone_url.as_ref(), staging.as_os_str()]);
    let output = git.run(&args, progress).await?;
    succeeded("the repository could not be cloned", folder, &output)
}

/// A branch is checked out as a local branch that follows it; a tag or a commit as it is, without a branch.
async fn check_out(
    git: &Git,
    folder: &InstanceFolder,
    reference: Option<&str>,
    progress: &(dyn Fn(String) + Send + Sync),
) -> Result<(), HostError> {
    let git = Git {
        directory: folder.workspace_staging(),
        ..git.clone()
    };
    let branch;
    let arguments = match reference {
        // An empty repository has nothing to check out, and is a good workspace.
        None if !exists(&git, "HEAD").await? => return Ok(()),
        None => vec!["HEAD"],
        Some(name) if !is_reference(name) => {
            return Err(HostError::Rejected(format!(
                "{name:?} is not a name a branch, tag or commit can have"
            )));
        }
        Some(name) => {
            branch = format!("refs/remotes/origin/{name}");
            if exists(&git, &branch).await? {
                vec!["-B", name, "--track", &branch]
            } else if exists(&git, name).await? {
                vec!["--detach", name]
            } else {
                return Err(unknown_reference(&git, name).await);
            }
        }
    };
    let mut args = vec!["checkout", "--force", "--progress", "--no-recurse-submodules"];
    args.extend(arguments);
    args.push("--");
    let output = git.run(&args, progress).await?;
    succeeded("the files could not be checked out", folder, &output)
}

async fn exists(git: &Git, reference: &str) -> Result<bool, HostError> {
    let commit = format!("{reference}^{{commit}}");
    let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
    Ok(git.run(&args, |_| {}).await?.is_success)
}

async fn unknown_reference(git: &Git, name: &str) -> HostError {
    let args = [
        "for-each-ref",
        "--format=%(refname:lstrip=3)",
        "--sort=-committerdate",
        "refs/remotes/origin",
    ];
    let names = git
        .run(&args, |_| {})
        .await
        .map(|output| output.stdout)
        .unwrap_or_default();
    let branches: Vec<_> = names.lines().filter(|name| *name != "HEAD").take(NAMES_SHOWN).collect();
    let instead = if branches.is_empty() {
        "it is empty".to_owned()
    } else {
        format!("its branches are {}", branches.join(", "))
    };
    HostError::Rejected(format!(
        "the repository has no branch, tag or commit named {name:?}; {instead}"
    ))
}

/// What git-check-ref-format allows, and nothing that could be an option or an expression over commits.
fn is_reference(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    name.len() <= REFERENCE_LIMIT
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
        && !name.contains(is_odd)
        && name.split('/').all(is_part)
}

/// Gives the clone its name. Its files are on the disk before, so that a power failure cannot leave a workspace of empty
/// files.
async fn publish(folder: &InstanceFolder) -> Result<(), HostError> {
    let folder = folder.clone();
    blocking(move || {
        let staging = folder.workspace_staging();
        File::open(&staging)
            .and_then(|staging| Ok(rustix::fs::syncfs(staging)?))
            .and_then(|()| fs::rename(&staging, folder.workspace()))
            .and_then(|()| sync_folder(folder.path()))
            .map_err(|error| HostError::io("the workspace could not be put in place", error))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_names_and_nothing_else() {
        for good in ["main", "feature/x-1", "v1.0", "0123abcd", "été"] {
            assert!(is_reference(good), "{good:?}");
        }
        let long = "a".repeat(300);
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "a b",
            "HEAD^{/x}",
            "@{u}",
            "@",
            "a:b",
            "a/",
            "/a",
            ".a",
            "a.lock",
            "a~1",
            "a\n",
            &long,
        ] {
            assert!(!is_reference(bad), "{bad:?}");
        }
    }

    #[test]
    fn sources_choose_one_protocol() {
        let of = |url: &str| {
            protocol(&WorkspaceSource {
                clone_url: url.to_owned(),
                reference: None,
            })
        };
        assert_eq!(of("/srv/a.git").expect("a path"), "file");
        assert_eq!(of("https://host/a.git").expect("a URL"), "https");
        assert_eq!(of("ssh://git@host/a.git").expect("a URL"), "ssh");
        for bad in [
            "ext::sh -c id",
            "a.git",
            "--upload-pack=x",
            "https://me:secret@host/a.git",
            "git@host:a.git",
            "",
        ] {
            let refusal = of(bad).expect_err(bad);
            assert!(
                matches!(&refusal, HostError::Rejected(text) if !text.contains("secret")),
                "{refusal:?}"
            );
        }
    }
}
