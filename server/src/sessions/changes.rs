//! What turns changed in files: kept with their prompts, summed up over a session.

use std::collections::HashMap;

use entity::{
    file_change::{Column, Entity, FileStatus, Model},
    ids::{MessageId, SessionId},
    message,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use crate::agent::{FileChange, FileChangeKind};

/// What the turns of these prompts changed, in the agent's order.
pub async fn of_messages(
    db: &impl ConnectionTrait,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Model>>, DbErr> {
    let rows = Entity::find()
        .filter(Column::MessageId.is_in(messages.iter().copied()))
        .order_by_asc(Column::MessageId)
        .order_by_asc(Column::Place)
        .all(db)
        .await?;
    let mut by_message: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        by_message.entry(row.message_id).or_default().push(row);
    }
    Ok(by_message)
}

/// The same without the diffs, which may be long.
pub async fn counts_of_messages(
    db: &impl ConnectionTrait,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Model>>, DbErr> {
    use Column::{Additions, Deletions, MessageId as Message, Path, Place, Status};
    let rows = Entity::find()
        .select_only()
        .columns([Message, Path, Place, Status, Additions, Deletions])
        .filter(Message.is_in(messages.iter().copied()))
        .order_by_asc(Message)
        .order_by_asc(Place)
        .into_tuple::<(MessageId, String, i32, FileStatus, i64, i64)>()
        .all(db)
        .await?;
    let mut by_message: HashMap<_, Vec<_>> = HashMap::new();
    for (message_id, path, place, status, additions, deletions) in rows {
        by_message.entry(message_id).or_default().push(Model {
            message_id,
            path,
            place,
            status,
            additions,
            deletions,
            patch: None,
        });
    }
    Ok(by_message)
}

/// Writes down what a turn changed. Whether that is news.
pub async fn put(tx: &impl ConnectionTrait, message: MessageId, told: &[FileChange]) -> Result<bool, DbErr> {
    let rows = rows(message, told);
    let known = of_messages(tx, &[message]).await?.remove(&message).unwrap_or_default();
    if known == rows {
        return Ok(false);
    }
    Entity::delete_many()
        .filter(Column::MessageId.eq(message))
        .exec(tx)
        .await?;
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(true)
}

fn rows(message: MessageId, told: &[FileChange]) -> Vec<Model> {
    let mut rows: Vec<Model> = Vec::new();
    for change in told {
        // A path is there once.
        if rows.iter().any(|row| row.path == change.path) {
            continue;
        }
        let count = |lines: u64| i64::try_from(lines).unwrap_or(i64::MAX);
        rows.push(Model {
            message_id: message,
            path: change.path.clone(),
            place: i32::try_from(rows.len()).unwrap_or(i32::MAX),
            status: match change.kind {
                FileChangeKind::Added => FileStatus::Added,
                FileChangeKind::Modified => FileStatus::Modified,
                FileChangeKind::Deleted => FileStatus::Deleted,
            },
            additions: count(change.additions),
            deletions: count(change.deletions),
            patch: change.patch.clone(),
        });
    }
    rows
}

/// What the turns of a session changed in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub path: String,
    pub status: FileStatus,
    pub additions: i64,
    pub deletions: i64,
    pub turns: i32,
}

/// What all turns of a session changed, by path. Lines are summed: what one turn added and the next removed is both.
pub async fn of_session(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Sum>, DbErr> {
    let prompts = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::SessionId.eq(session));
    let rows: Vec<(String, FileStatus, i64, i64)> = Entity::find()
        .select_only()
        .columns([Column::Path, Column::Status, Column::Additions, Column::Deletions])
        .filter(Column::MessageId.in_subquery(prompts.into_query()))
        // Ids of messages sort by the time they were heard of.
        .order_by_asc(Column::Path)
        .order_by_asc(Column::MessageId)
        .into_tuple()
        .all(db)
        .await?;
    let mut sums: Vec<Sum> = Vec::new();
    for (path, status, additions, deletions) in rows {
        match sums.last_mut().filter(|sum| sum.path == path) {
            Some(sum) => {
                sum.status = both(sum.status, status);
                sum.additions = sum.additions.saturating_add(additions);
                sum.deletions = sum.deletions.saturating_add(deletions);
                sum.turns += 1;
            }
            None => sums.push(Sum {
                path,
                status,
                additions,
                deletions,
                turns: 1,
            }),
        }
    }
    Ok(sums)
}

/// One change after the other, as one.
fn both(first: FileStatus, then: FileStatus) -> FileStatus {
    match (first, then) {
        (_, FileStatus::Deleted) => FileStatus::Deleted,
        (FileStatus::Added, _) => FileStatus::Added,
        _ => FileStatus::Modified,
    }
}
