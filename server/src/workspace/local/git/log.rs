//! The commits of a workspace.

use chrono::DateTime;

use super::{
    borrowed::{Borrowed, Source, is_object_id},
    failed,
};
use crate::workspace::{Commit, WorkspaceError};

const MAX_SUBJECT: usize = 500;

pub async fn log(
    source: &Source,
    from: Option<&str>,
    skip: usize,
    limit: usize,
) -> Result<Vec<Commit>, WorkspaceError> {
    let borrowed = Borrowed::new(source).await?;
    let from = match from {
        Some(from) if !is_object_id(from) => {
            return Err(WorkspaceError::Invalid(
                "after",
                "this is not a cursor of this list".to_owned(),
            ));
        }
        Some(from) => from.to_owned(),
        None => match borrowed.head_commit().await? {
            Some(head) => head,
            None => return Ok(Vec::new()),
        },
    };
    read(&borrowed, &from, skip, limit).await
}

pub async fn read(borrowed: &Borrowed, from: &str, skip: usize, limit: usize) -> Result<Vec<Commit>, WorkspaceError> {
    let output = borrowed
        .git("rev-list")
        .args(["--no-commit-header", "--format=%H%x00%s%x00%an%x00%ct"])
        .arg(format!("--max-count={limit}"))
        .arg(format!("--skip={skip}"))
        .args(["--end-of-options", from, "--"])
        .run()
        .await
        .map_err(failed)?;
    Ok(output.text().lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Commit> {
    let mut fields = line.split('\0');
    let (id, subject, author, seconds) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let time = seconds
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(Commit {
        id: id.to_owned(),
        subject: subject.chars().take(MAX_SUBJECT).collect(),
        author: author.to_owned(),
        // A commit may claim any time.
        committed_at: time.unwrap_or(DateTime::UNIX_EPOCH),
    })
}
