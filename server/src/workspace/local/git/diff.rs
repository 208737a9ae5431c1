//! What changed in files since the last commit: the old content from git, the new one from the disk.

use super::{
    borrowed::{Borrowed, Source, blocking},
    failed, status,
};
use crate::workspace::{
    ChangeKind, ChangedFile, FileDiff, WorkspaceError, WorkspacePath,
    diff::{MAX_FILE, MAX_LINES_TOGETHER, Options, Shown, between, says_generated},
    local::{root::Root, text},
};

/// A file on one side of a diff.
enum Side {
    Content(Vec<u8>),
    TooLarge,
    Link,
}

pub async fn diff(source: &Source, paths: &[WorkspacePath], options: Options) -> Result<Vec<FileDiff>, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let (status, _) = status::list(&borrowed).await?;
    let changed = status
        .files
        .into_iter()
        .filter(|file| paths.iter().any(|path| path.as_str() == file.path));
    let (mut diffs, mut room) = (Vec::new(), MAX_LINES_TOGETHER);
    for file in changed {
        if room == 0 {
            diffs.push(named(Shown::TooLarge, &file));
            continue;
        }
        let diff = one(&borrowed, file, options).await?;
        let lines: usize = diff.hunks.iter().map(|hunk| hunk.lines.len()).sum();
        room = room.saturating_sub(lines);
        diffs.push(diff);
    }
    Ok(diffs)
}

fn named(shown: Shown, file: &ChangedFile) -> FileDiff {
    FileDiff {
        path: file.path.clone(),
        old_path: file.old_path.clone(),
        kind: file.kind,
        shown,
        additions: None,
        deletions: None,
        hunks: Vec::new(),
        is_cut: false,
    }
}

async fn one(borrowed: &Borrowed, file: ChangedFile, options: Options) -> Result<FileDiff, WorkspaceError> {
    if file.is_submodule {
        return Ok(named(Shown::Submodule, &file));
    }
    if file.is_generated && !options.with_generated {
        return Ok(named(Shown::Generated, &file));
    }
    let old = match &file.old_object {
        Some(object) => old_side(borrowed, object).await?,
        None => Side::Content(Vec::new()),
    };
    let root = std::sync::Arc::clone(&borrowed.source.root);
    blocking(move || {
        let new = if file.kind == ChangeKind::Deleted {
            Side::Content(Vec::new())
        } else {
            new_side(&root, &file.path)?
        };
        let (Side::Content(old), Side::Content(new)) = (&old, &new) else {
            let is_link = matches!(old, Side::Link) || matches!(new, Side::Link);
            return Ok(named(if is_link { Shown::Link } else { Shown::TooLarge }, &file));
        };
        let (Some((old, _)), Some((new, _))) = (text::decode(old), text::decode(new)) else {
            return Ok(named(Shown::Binary, &file));
        };
        if says_generated(&new) && !options.with_generated {
            return Ok(named(Shown::Generated, &file));
        }
        let (hunks, is_cut, additions, deletions) = between(&old, &new, options.context);
        Ok(FileDiff {
            additions: Some(additions),
            deletions: Some(deletions),
            hunks,
            is_cut,
            ..named(Shown::Text, &file)
        })
    })
    .await
}

async fn old_side(borrowed: &Borrowed, object: &str) -> Result<Side, WorkspaceError> {
    let size = borrowed
        .git("cat-file")
        .args(["-s", object])
        .run()
        .await
        .map_err(failed)?;
    if size.text().trim().parse::<usize>().is_ok_and(|size| size > MAX_FILE) {
        return Ok(Side::TooLarge);
    }
    let content = borrowed
        .git("cat-file")
        .args(["blob", object])
        .output_limit(MAX_FILE)
        .run()
        .await
        .map_err(failed)?;
    Ok(Side::Content(content.stdout))
}

fn new_side(root: &Root, path: &str) -> Result<Side, WorkspaceError> {
    match root.read(path, MAX_FILE) {
        Ok(content) => Ok(Side::Content(content.unwrap_or_default())),
        Err(WorkspaceError::Limit(_)) => Ok(Side::TooLarge),
        Err(WorkspaceError::Link(_) | WorkspaceError::NotAFile(_)) => Ok(Side::Link),
        Err(error) => Err(error),
    }
}
