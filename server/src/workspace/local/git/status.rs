//! What differs from the last commit.

use std::{collections::HashMap, io::BufRead};

use super::{
    borrowed::{Borrowed, Source, blocking},
    failed,
};
use crate::{
    forge::git::GitError,
    workspace::{
        ChangeKind, ChangedFile, Status, Upstream, WorkspaceError, diff::is_generated_name, local::root::Root,
    },
};

/// Files in one answer.
const MAX_FILES: usize = 2_000;
const MAX_OUTPUT: usize = 4 << 20;
/// New files whose lines are counted, and how large they may be.
const COUNTED: usize = 200;
const COUNTED_BYTES: usize = 1 << 20;

pub async fn status(source: &Source) -> Result<Status, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let (listed, counts) = tokio::join!(list(&borrowed), count(&borrowed));
    let (mut status, has_all) = listed?;
    status.is_partial |= !has_all;
    status.is_merging = borrowed.is_under_way;
    match counts {
        Ok(counts) => apply(&mut status.files, &counts),
        // Before the first commit there is nothing to count against; too much to count is not counted.
        Err(_) if status.head.is_none() => {}
        Err(_) => status.is_partial = true,
    }
    let root = std::sync::Arc::clone(&source.root);
    blocking(move || {
        count_new(&root, &mut status.files);
        Ok(status)
    })
    .await
}

/// The files, and whether all new ones are among them.
pub async fn list(borrowed: &Borrowed) -> Result<(Status, bool), WorkspaceError> {
    let ask = |untracked: &'static str| {
        borrowed
            .git("status")
            .args([
                "--porcelain=v2",
                "-z",
                "--branch",
                "--ignore-submodules=dirty",
                "--find-renames",
            ])
            .arg(format!("--untracked-files={untracked}"))
            .output_limit(MAX_OUTPUT)
            .run()
    };
    match ask("all").await {
        Ok(output) => Ok((parse(&output.stdout), true)),
        // A folder of new files then stands for all that is in it.
        Err(GitError::TooMuchOutput(_)) => Ok((parse(&ask("normal").await.map_err(failed)?.stdout), false)),
        Err(error) => Err(failed(error)),
    }
}

async fn count(borrowed: &Borrowed) -> Result<HashMap<String, (u64, u64)>, WorkspaceError> {
    let output = borrowed
        .git("diff")
        .args(["--numstat", "-z", "--no-ext-diff", "--no-textconv", "--no-color"])
        .args(["--ignore-submodules=dirty", "--no-renames", "HEAD", "--"])
        .output_limit(MAX_OUTPUT)
        .run()
        .await
        .map_err(failed)?;
    let text = output.text();
    let counts = text.split('\0').filter_map(|entry| {
        let mut fields = entry.splitn(3, '\t');
        let (additions, deletions) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some((fields.next()?.to_owned(), (additions, deletions)))
    });
    Ok(counts.collect())
}

fn apply(files: &mut [ChangedFile], counts: &HashMap<String, (u64, u64)>) {
    for file in files {
        let (new, old) = (
            counts.get(&file.path),
            file.old_path.as_ref().and_then(|path| counts.get(path)),
        );
        // A renamed file is a deleted one and a new one to git here: the difference of the two is not known.
        if let (Some((additions, deletions)), None) = (new, old) {
            (file.additions, file.deletions) = (Some(*additions), Some(*deletions));
        }
    }
}

fn count_new(root: &Root, files: &mut [ChangedFile]) {
    let new = files.iter_mut().filter(|file| file.kind == ChangeKind::Untracked);
    for file in new.take(COUNTED) {
        let Ok(Some(content)) = root.read(&file.path, COUNTED_BYTES) else {
            continue;
        };
        if !crate::workspace::local::text::is_binary(&content) {
            file.additions = Some(content.lines().count() as u64);
            file.deletions = Some(0);
        }
    }
}

fn parse(output: &[u8]) -> Status {
    let text = String::from_utf8_lossy(output);
    let mut status = Status {
        branch: None,
        head: None,
        upstream: None,
        is_merging: false,
        files: Vec::new(),
        is_partial: false,
    };
    let mut entries = text.split('\0').filter(|entry| !entry.is_empty());
    while let Some(entry) = entries.next() {
        if let Some(header) = entry.strip_prefix("# ") {
            read_header(&mut status, header);
            continue;
        }
        let old_path = entry.starts_with("2 ").then(|| entries.next()).flatten();
        if status.files.len() >= MAX_FILES {
            status.is_partial = true;
        } else if let Some(file) = changed_file(entry, old_path) {
            status.files.push(file);
        }
    }
    status.files.sort_by(|a, b| a.path.cmp(&b.path));
    status
}

fn read_header(status: &mut Status, header: &str) {
    let (name, value) = header.split_once(' ').unwrap_or((header, ""));
    match name {
        "branch.oid" if value != "(initial)" => status.head = Some(value.to_owned()),
        "branch.head" if value != "(detached)" => status.branch = Some(value.to_owned()),
        "branch.upstream" => {
            status.upstream = Some(Upstream {
                name: value.to_owned(),
                ahead_behind: None,
            });
        }
        "branch.ab" => {
            let mut counts = value.split(' ').filter_map(|count| count.get(1..)?.parse().ok());
            if let (Some(upstream), Some(ahead), Some(behind)) = (&mut status.upstream, counts.next(), counts.next()) {
                upstream.ahead_behind = Some((ahead, behind));
            }
        }
        _ => {}
    }
}

/// `1 XY sub mH mI mW hH hI path`, `2 XY sub mH mI mW hH hI score path`, `u XY sub m1 m2 m3 mW h1 h2 h3 path`, `? path`.
fn changed_file(entry: &str, old_path: Option<&str>) -> Option<ChangedFile> {
    let (mark, rest) = entry.split_once(' ')?;
    let fields = match mark {
        "?" => 1,
        "1" => 8,
        "2" => 9,
        "u" => 10,
        _ => return None,
    };
    let fields: Vec<_> = rest.splitn(fields, ' ').collect();
    let path = (*fields.last()?).to_owned();
    let mut file = ChangedFile {
        is_generated: is_generated_name(&path),
        path,
        old_path: old_path.map(str::to_owned),
        kind: ChangeKind::Untracked,
        staged: None,
        unstaged: None,
        additions: None,
        deletions: None,
        old_object: None,
        is_submodule: false,
    };
    if mark == "?" {
        file.unstaged = Some(ChangeKind::Untracked);
        return Some(file);
    }
    file.is_submodule = fields.get(1)?.starts_with('S');
    file.old_object = fields
        .get(if mark == "u" { 7 } else { 5 })
        .map(|object| (*object).to_owned());
    file.old_object = file.old_object.filter(|object| object.bytes().any(|byte| byte != b'0'));
    if mark == "u" {
        file.kind = ChangeKind::Conflicted;
        return Some(file);
    }
    let mut marks = fields.first()?.chars().map(kind);
    (file.staged, file.unstaged) = (marks.next()?, marks.next()?);
    file.kind = match (file.staged, file.unstaged) {
        (_, Some(ChangeKind::Deleted)) => ChangeKind::Deleted,
        (Some(staged), _) => staged,
        (None, Some(unstaged)) => unstaged,
        (None, None) => return None,
    };
    Some(file)
}

fn kind(mark: char) -> Option<ChangeKind> {
    match mark {
        'A' => Some(ChangeKind::Added),
        'M' => Some(ChangeKind::Modified),
        'D' => Some(ChangeKind::Deleted),
        'R' | 'C' => Some(ChangeKind::Renamed),
        'T' => Some(ChangeKind::TypeChanged),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_is_read() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let text = format!(
            "# branch.oid {one}\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -1\0\
             1 .M N... 100644 100644 100644 {one} {one} b c.rs\0\
             1 A. N... 000000 100644 100644 {zero} {one} new\0\
             2 R. N... 100644 100644 100644 {one} {one} R100 to\0from\0\
             u UU N... 100644 100644 100644 100644 {zero} {one} {one} both\0? x y\0"
        );
        let status = parse(text.as_bytes());
        let files: Vec<_> = status
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.kind))
            .collect();
        assert_eq!(
            files,
            [
                ("b c.rs", ChangeKind::Modified),
                ("both", ChangeKind::Conflicted),
                ("new", ChangeKind::Added),
                ("to", ChangeKind::Renamed),
                ("x y", ChangeKind::Untracked),
            ]
        );
        assert_eq!(status.files[3].old_path.as_deref(), Some("from"));
        assert_eq!(
            (
                status.files[1].old_object.as_deref(),
                status.files[2].old_object.as_deref()
            ),
            (Some(one.as_str()), None)
        );
        assert_eq!(status.upstream.unwrap().ahead_behind, Some((2, 1)));
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        assert!(
            parse(b"x\0").files.is_empty() && parse(b"1 .M\0").files.is_empty() && parse(b"\xff\0").files.is_empty()
        );
    }
}
