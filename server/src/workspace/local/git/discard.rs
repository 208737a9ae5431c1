//! Putting files back to the last commit. What they were is kept.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    borrowed::{Borrowed, Source, blocking},
    commit::{commit_tree, server},
    failed,
    index::IndexLock,
    status,
};
use crate::workspace::{
    Author, ChangeKind, ChangedFile, Discarded, WorkspaceError, WorkspacePath,
    local::{root::Root, write},
};

/// Where the commits are kept that hold what was discarded: `git log --all` shows them, and nothing prunes them.
const KEPT: &str = "refs/pcc/discarded/";
const MAX_PATHS: usize = 500;
/// The mode of a symbolic link in a tree.
const LINK: u32 = 0o120_000;

pub async fn discard(source: &Source, paths: &[WorkspacePath], author: &Author) -> Result<Discarded, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let lock = IndexLock::take(borrowed.home.clone()).await?;
    let borrowed = Borrowed::new(source).await?;
    let (status, _) = status::list(&borrowed).await?;
    let head = borrowed.head_commit().await?;
    let files = chosen(status.files, paths)?;
    if files.is_empty() {
        return Ok(Discarded {
            kept_as: None,
            paths: Vec::new(),
        });
    }
    let modes = modes(&borrowed, &files, head.as_deref()).await?;
    let kept = keep(&borrowed, &files, head.as_deref(), author).await?;
    for file in &files {
        restore(&borrowed, file, &modes).await?;
    }
    let names: BTreeSet<String> = files
        .iter()
        .flat_map(|file| [Some(file.path.clone()), file.old_path.clone()])
        .flatten()
        .collect();
    let list: Vec<u8> = names.iter().flat_map(|path| path.bytes().chain([0])).collect();
    // The index forgets them too: as in the last commit, or not there at all.
    reset(&borrowed, head.as_deref(), list).await?;
    lock.install(&borrowed).await?;
    Ok(Discarded {
        kept_as: Some(kept),
        paths: names.into_iter().collect(),
    })
}

/// The changed files that the paths mean.
fn chosen(changed: Vec<ChangedFile>, paths: &[WorkspacePath]) -> Result<Vec<ChangedFile>, WorkspaceError> {
    let is_meant = |name: &str| {
        paths.iter().any(|path| {
            let rest = name.strip_prefix(path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let files: Vec<_> = changed
        .into_iter()
        .filter(|file| is_meant(&file.path) || file.old_path.as_deref().is_some_and(is_meant))
        .collect();
    if let Some(file) = files.iter().find(|file| file.is_submodule || file.path.ends_with('/')) {
        return Err(WorkspaceError::Refused(format!(
            "{} is a repository of its own",
            file.path
        )));
    }
    if files.len() > MAX_PATHS {
        return Err(WorkspaceError::Limit(format!(
            "at most {MAX_PATHS} files are discarded at once"
        )));
    }
    Ok(files)
}

/// A commit over the last one with the files as they are.
async fn keep(
    borrowed: &Borrowed,
    files: &[ChangedFile],
    head: Option<&str>,
    author: &Author,
) -> Result<String, WorkspaceError> {
    let index = borrowed.git_dir().join("index.kept");
    let base = head.map_or(vec!["--empty"], |head| vec![head]);
    borrowed
        .git("read-tree")
        .args(base)
        .env("GIT_INDEX_FILE", &index)
        .run()
        .await
        .map_err(failed)?;
    let list: Vec<u8> = files.iter().flat_map(|file| file.path.bytes().chain([0])).collect();
    let add = borrowed
        .git("update-index")
        .args(["--add", "--remove", "-z", "--stdin"])
        .input(list);
    add.env("GIT_INDEX_FILE", &index).run().await.map_err(failed)?;
    let tree = borrowed
        .git("write-tree")
        .env("GIT_INDEX_FILE", &index)
        .run()
        .await
        .map_err(failed)?;
    let message = format!("Discarded: {} files", files.len());
    let commit = commit_tree(borrowed, tree.text().trim(), head, &message, author).await?;
    let name = format!("{KEPT}{commit}");
    let note = borrowed.git("update-ref").args(["--end-of-options", &name, &commit]);
    let note = note
        .env("GIT_COMMITTER_NAME", server().name)
        .env("GIT_COMMITTER_EMAIL", server().email);
    note.run().await.map_err(failed)?;
    Ok(commit)
}

/// Where a file was in the last commit.
fn original(file: &ChangedFile) -> &str {
    file.old_path.as_deref().unwrap_or(&file.path)
}

/// The modes that the files had in the last commit, where they were in it.
async fn modes(
    borrowed: &Borrowed,
    files: &[ChangedFile],
    head: Option<&str>,
) -> Result<HashMap<String, u32>, WorkspaceError> {
    let Some(head) = head else {
        return Ok(HashMap::new());
    };
    let listed = borrowed
        .git("ls-tree")
        .args(["-r", "-z", "--full-tree", head, "--"])
        .args(files.iter().map(original))
        .run()
        .await
        .map_err(failed)?;
    let text = listed.text();
    let modes: HashMap<_, _> = text
        .split('\0')
        .filter_map(|entry| {
            let (about, path) = entry.split_once('\t')?;
            let mode = about.split(' ').next()?;
            Some((path.to_owned(), u32::from_str_radix(mode, 8).ok()?))
        })
        .collect();
    match modes.iter().find(|(_, mode)| **mode == LINK) {
        Some((path, _)) => Err(WorkspaceError::Refused(format!(
            "{path} is a link, which is not put back here"
        ))),
        None => Ok(modes),
    }
}

async fn restore(borrowed: &Borrowed, file: &ChangedFile, modes: &HashMap<String, u32>) -> Result<(), WorkspaceError> {
    let original = original(file).to_owned();
    let mode = modes.get(&original).copied().unwrap_or_default();
    let content = match &file.old_object {
        None => None,
        Some(object) => {
            let blob = borrowed
                .git("cat-file")
                .args(["--filters", "--path", &original, object]);
            let blob = blob.output_limit(write::MAX_RESTORED).run().await.map_err(failed)?;
            Some(blob.stdout)
        }
    };
    let (root, file) = (Arc::clone(&borrowed.source.root), file.clone());
    blocking(move || put_back(&root, &file, &original, content, mode)).await
}

fn put_back(
    root: &Root,
    file: &ChangedFile,
    original: &str,
    content: Option<Vec<u8>>,
    mode: u32,
) -> Result<(), WorkspaceError> {
    let parse = |path: &str| {
        WorkspacePath::parse_inner(path).map_err(|error| WorkspaceError::Invalid("paths", error.to_string()))
    };
    let is_there = file.kind != ChangeKind::Deleted;
    if is_there && (content.is_none() || original != file.path) {
        write::remove(root, &parse(&file.path)?)?;
    }
    if let Some(content) = content {
        write::replace(root, &parse(original)?, &content, mode & 0o111 != 0)?;
    }
    Ok(())
}

async fn reset(borrowed: &Borrowed, head: Option<&str>, list: Vec<u8>) -> Result<(), WorkspaceError> {
    let forget = borrowed
        .git("update-index")
        .args(["--force-remove", "-z", "--stdin"])
        .input(list.clone());
    forget.run().await.map_err(failed)?;
    let Some(head) = head else { return Ok(()) };
    let names = String::from_utf8_lossy(&list).into_owned();
    let paths: Vec<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
    let listed = borrowed
        .git("ls-tree")
        .args(["-r", "-z", "--full-tree", head, "--"])
        .args(paths);
    let entries = listed.run().await.map_err(failed)?.stdout;
    let add = borrowed.git("update-index").args(["-z", "--index-info"]).input(entries);
    add.run().await.map_err(failed)?;
    // The new entries learn what their files look like, so that git need not read them again.
    let refresh = borrowed.git("update-index").args(["-q", "--refresh"]).run().await;
    drop(refresh);
    Ok(())
}
