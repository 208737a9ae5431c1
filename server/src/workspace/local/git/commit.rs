//! Commits, branches, and what a push needs.

use std::io::Write;

use rustix::{fs::renameat, io::Errno};

use super::{
    borrowed::{Borrowed, Source, blocking},
    failed,
    index::IndexLock,
    log, status,
};
use crate::{
    forge::{
        git::{GitCommand, GitError},
        reference::GitRef,
    },
    workspace::{
        Author, Commit, Lent, NewCommit, WorkspaceError, WorkspacePath,
        local::root::{Root, failed as refused},
    },
};

/// Beside the index of the whole, one for a commit of some paths.
const PART: &str = "index.part";

pub async fn commit(source: &Source, new: &NewCommit) -> Result<Commit, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let Some(branch) = borrowed.head.branch().map(str::to_owned) else {
        let message = "no branch is checked out: create one first";
        return Err(WorkspaceError::Refused(message.to_owned()));
    };
    if borrowed.is_under_way {
        let message = "a merge or a rebase is under way in the workspace: end it first";
        return Err(WorkspaceError::Refused(message.to_owned()));
    }
    let lock = IndexLock::take(borrowed.home.clone()).await?;
    // Anew: the index may have changed before the lock was there.
    let borrowed = Borrowed::new(source).await?;
    let (status, _) = status::list(&borrowed).await?;
    let parent = borrowed.head_commit().await?;
    add(&borrowed, new.paths.as_deref(), None, &status.files).await?;
    let index = match &new.paths {
        None => None,
        Some(paths) => {
            let part = borrowed.git_dir().join(PART);
            let whole = parent.as_deref().map_or(vec!["--empty"], |parent| vec![parent]);
            with_index(borrowed.git("read-tree").args(whole), &part)
                .run()
                .await
                .map_err(failed)?;
            add(&borrowed, Some(paths), Some(&part), &status.files).await?;
            Some(part)
        }
    };
    let tree = tree_of(&borrowed, index.as_deref()).await?;
    if let Some(parent) = &parent
        && tree_id(&borrowed, parent).await? == tree
    {
        return nothing_new(&borrowed, parent, new).await;
    }
    let commit = commit_tree(&borrowed, &tree, parent.as_deref(), &new.message, &new.author).await?;
    let subject = new.message.lines().next().unwrap_or_default();
    move_branch(
        &borrowed,
        &branch,
        &commit,
        parent.as_deref(),
        &format!("commit: {subject}"),
    )
    .await?;
    lock.install(&borrowed).await?;
    first(&borrowed, &commit).await
}

/// Nothing changed: that is a mistake, unless this very commit has been made already and its answer was lost.
async fn nothing_new(borrowed: &Borrowed, head: &str, new: &NewCommit) -> Result<Commit, WorkspaceError> {
    let format = "--format=%an%x00%ae%x00%B";
    let output = borrowed
        .git("rev-list")
        .args([
            "--no-commit-header",
            "--max-count=1",
            format,
            "--end-of-options",
            head,
            "--",
        ])
        .run()
        .await
        .map_err(failed)?;
    let wanted = format!("{}\0{}\0{}", new.author.name, new.author.email, new.message.trim_end());
    if output.text().trim_end() == wanted {
        first(borrowed, head).await
    } else {
        Err(WorkspaceError::Refused(
            "nothing has changed since the last commit".to_owned(),
        ))
    }
}

async fn first(borrowed: &Borrowed, commit: &str) -> Result<Commit, WorkspaceError> {
    let found = log::read(borrowed, commit, 0, 1).await?;
    found.into_iter().next().ok_or(WorkspaceError::NotFound)
}

/// Brings the index up to the files: all that changed, or these.
async fn add(
    borrowed: &Borrowed,
    paths: Option<&[WorkspacePath]>,
    index: Option<&std::path::Path>,
    changed: &[crate::workspace::ChangedFile],
) -> Result<(), WorkspaceError> {
    let mut wanted = Vec::new();
    for path in paths.into_iter().flatten() {
        let inside = format!("{path}/");
        let is_this = |name: &str| name == path.as_str() || name.starts_with(&inside);
        let before = wanted.len();
        for file in changed {
            // Both names of a renamed file, or it would be there twice.
            if is_this(&file.path) || file.old_path.as_deref().is_some_and(is_this) {
                wanted.push(file.path.as_str());
                wanted.extend(file.old_path.as_deref());
            }
        }
        if wanted.len() == before {
            return Err(WorkspaceError::Invalid("paths", format!("{path} has not changed")));
        }
    }
    let list: Vec<u8> = match paths {
        Some(_) => wanted.iter().flat_map(|path| path.bytes().chain([0])).collect(),
        None => b".\0".to_vec(),
    };
    let command = borrowed
        .git("update-index")
        .args(["--add", "--remove", "-z", "--stdin"])
        .input(list.clone());
    let command = if paths.is_some() {
        command
    } else {
        borrowed
            .git("add")
            .args(["--all", "--pathspec-from-file=-", "--pathspec-file-nul"])
            .input(list)
    };
    let command = match index {
        Some(index) => with_index(command, index),
        None => command,
    };
    command.run().await.map(drop).map_err(failed)
}

fn with_index(command: GitCommand, index: &std::path::Path) -> GitCommand {
    command.env("GIT_INDEX_FILE", index)
}

async fn tree_of(borrowed: &Borrowed, index: Option<&std::path::Path>) -> Result<String, WorkspaceError> {
    let command = borrowed.git("write-tree");
    let command = match index {
        Some(index) => with_index(command, index),
        None => command,
    };
    match command.run().await {
        Ok(output) => Ok(output.text().trim().to_owned()),
        Err(GitError::Failed { message, .. })
            if message.contains("unmerged") || message.contains("not able to merge") =>
        {
            Err(WorkspaceError::Refused(
                "some files are in conflict: resolve them first".to_owned(),
            ))
        }
        Err(error) => Err(failed(error)),
    }
}

async fn tree_id(borrowed: &Borrowed, commit: &str) -> Result<String, WorkspaceError> {
    let tree = format!("{commit}^{{tree}}");
    let command = borrowed.git("rev-parse").args(["--verify", "--end-of-options", &tree]);
    Ok(command.run().await.map_err(failed)?.text().trim().to_owned())
}

pub(super) async fn commit_tree(
    borrowed: &Borrowed,
    tree: &str,
    parent: Option<&str>,
    message: &str,
    author: &Author,
) -> Result<String, WorkspaceError> {
    let parents = parent.into_iter().flat_map(|parent| ["-p", parent]);
    let command = borrowed
        .git("commit-tree")
        .args(["--no-gpg-sign", "-F", "-"])
        .args(parents)
        .arg(tree)
        .input(format!("{}\n", message.trim_end()));
    let output = signed(command, author).run().await.map_err(failed)?;
    Ok(output.text().trim().to_owned())
}

fn signed(command: GitCommand, author: &Author) -> GitCommand {
    command
        .env("GIT_AUTHOR_NAME", &author.name)
        .env("GIT_AUTHOR_EMAIL", &author.email)
        .env("GIT_COMMITTER_NAME", &author.name)
        .env("GIT_COMMITTER_EMAIL", &author.email)
}

/// Fails where somebody else has moved it meanwhile.
async fn move_branch(
    borrowed: &Borrowed,
    branch: &str,
    to: &str,
    from: Option<&str>,
    reason: &str,
) -> Result<(), WorkspaceError> {
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
    let name = format!("refs/heads/{branch}");
    let zero = "0".repeat(to.len());
    let command =
        borrowed
            .git("update-ref")
            .args(["-m", &reason, "--end-of-options", &name, to, from.unwrap_or(&zero)]);
    match signed(command, &server()).run().await {
        Ok(_) => Ok(()),
        Err(GitError::Failed { .. }) => Err(WorkspaceError::Refused(
            "somebody else has committed meanwhile: look at the changes again".to_owned(),
        )),
        Err(error) => Err(failed(error)),
    }
}

pub(super) fn server() -> Author {
    Author {
        name: "Portable Command Center".to_owned(),
        email: "pcc@localhost".to_owned(),
    }
}

/// Files and index stay as they are: only what HEAD names changes.
pub async fn create_branch(source: &Source, name: &str) -> Result<(), WorkspaceError> {
    let name = GitRef::parse(name).map_err(|error| WorkspaceError::Invalid("name", error.to_string()))?;
    let borrowed = Borrowed::new(source).await?;
    if borrowed.is_under_way {
        let message = "a merge or a rebase is under way in the workspace: end it first";
        return Err(WorkspaceError::Refused(message.to_owned()));
    }
    if let Some(head) = borrowed.head_commit().await? {
        if borrowed.commit_of(&format!("refs/heads/{name}")).await?.is_some() {
            return Err(WorkspaceError::Exists(format!("the branch {name}")));
        }
        move_branch(&borrowed, name.as_str(), &head, None, "branch: Created from HEAD").await?;
    }
    let home = borrowed.home.clone();
    blocking(move || set_head(&home, name.as_str())).await
}

fn set_head(home: &Root, branch: &str) -> Result<(), WorkspaceError> {
    const LOCK: &str = "HEAD.lock";
    let mut file = home.create(LOCK).map_err(|error| match error {
        Errno::EXIST => WorkspaceError::Busy,
        error => refused(error, "HEAD"),
    })?;
    let written = file
        .write_all(format!("ref: refs/heads/{branch}\n").as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(renameat(home.fd(), LOCK, home.fd(), "HEAD")?));
    written.map_err(|error| {
        let _ = rustix::fs::unlinkat(home.fd(), LOCK, rustix::fs::AtFlags::empty());
        WorkspaceError::unavailable("HEAD cannot be written", error)
    })
}

pub async fn lend(source: &Source) -> Result<Lent, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let Some(branch) = borrowed.head.branch().map(str::to_owned) else {
        let message = "no branch is checked out: create one first";
        return Err(WorkspaceError::Refused(message.to_owned()));
    };
    let head = borrowed.head_commit().await?;
    let head =
        head.ok_or_else(|| WorkspaceError::Refused("there is nothing to push before the first commit".to_owned()))?;
    Ok(Lent {
        git_dir: borrowed.git_dir(),
        branch,
        head,
        _guard: Box::new(borrowed),
    })
}

/// As `git push` does, so that git knows how far ahead the branch is.
pub async fn note_pushed(source: &Source, branch: &str, commit: &str) -> Result<(), WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let name = format!("refs/remotes/origin/{branch}");
    let command = borrowed
        .git("update-ref")
        .args(["-m", "update by push", "--end-of-options", &name, commit]);
    signed(command, &server()).run().await.map(drop).map_err(failed)
}
