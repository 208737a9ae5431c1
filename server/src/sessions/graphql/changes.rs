//! What turns changed in files.

use async_graphql::{Context, SimpleObject};
use entity::{
    file_change::{self, FileStatus},
    ids::SessionId,
};

use crate::{
    db::Database,
    files::graphql::{FileChange, FileDiff},
    graphql::{ContextExt, Result},
    sessions::changes::{self, Sum},
    workspace::{
        ChangeKind,
        diff::{self, Shown, hunks, is_generated_name},
    },
};

/// What the turns of a session changed in a file.
#[derive(SimpleObject)]
pub struct SessionFileChange {
    /// Its path in the workspace.
    path: String,
    /// What became of it from the first of these turns to the last.
    kind: FileChange,
    /// Lines added, by all of them together.
    additions: i32,
    /// Lines removed, by all of them together.
    deletions: i32,
    /// How many turns changed it.
    turns: i32,
}

pub async fn of_session(ctx: &Context<'_>, session: SessionId) -> Result<Vec<SessionFileChange>> {
    let sums = Box::pin(changes::of_session(ctx.service::<Database>()?.reader(), session)).await?;
    let count = |lines: i64| i32::try_from(lines).unwrap_or(i32::MAX);
    let change = |sum: Sum| SessionFileChange {
        path: sum.path,
        kind: kind(sum.status).into(),
        additions: count(sum.additions),
        deletions: count(sum.deletions),
        turns: sum.turns,
    };
    Ok(sums.into_iter().map(change).collect())
}

/// The diffs of a turn, cut as those of a workspace are.
pub fn diffs(rows: Vec<file_change::Model>, with_generated: bool) -> Vec<FileDiff> {
    let mut room = diff::MAX_LINES_TOGETHER;
    let mut cut = |row: file_change::Model| {
        let is_generated = is_generated_name(&row.path) && !with_generated;
        let (shown, (hunks, is_cut)) = match &row.patch {
            Some(_) if is_generated => (Shown::Generated, Default::default()),
            Some(patch) if room > 0 => match hunks(patch) {
                // Lines were changed, and none are told.
                (hunks, _) if hunks.is_empty() => (Shown::Binary, Default::default()),
                hunks => (Shown::Text, hunks),
            },
            _ => (Shown::TooLarge, Default::default()),
        };
        room = room.saturating_sub(hunks.iter().map(|hunk: &diff::Hunk| hunk.lines.len()).sum());
        FileDiff(diff::FileDiff {
            kind: kind(row.status),
            path: row.path,
            old_path: None,
            shown,
            additions: u64::try_from(row.additions).ok(),
            deletions: u64::try_from(row.deletions).ok(),
            hunks,
            is_cut,
        })
    };
    rows.into_iter().map(&mut cut).collect()
}

fn kind(status: FileStatus) -> ChangeKind {
    match status {
        FileStatus::Added => ChangeKind::Added,
        FileStatus::Modified => ChangeKind::Modified,
        FileStatus::Deleted => ChangeKind::Deleted,
    }
}
