//! What agents have set themselves to do.

use std::collections::HashMap;

use entity::{ids::SessionId, session, todo_list};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};

use crate::{
    agent::Todo,
    events::{Payload, Tx},
};

/// What the agent has set itself to do in a session.
pub async fn todos(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Todo>, DbErr> {
    let mut lists = todos_of(db, &[session]).await?;
    Ok(lists.remove(&session).unwrap_or_default())
}

pub async fn todos_of(
    db: &impl ConnectionTrait,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, Vec<Todo>>, DbErr> {
    let rows = todo_list::Entity::find()
        .filter(todo_list::Column::SessionId.is_in(sessions.iter().copied()))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let todos = serde_json::from_value(row.todos).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok((row.session_id, todos))
        })
        .collect()
}

pub async fn put_todos(tx: &mut Tx, session: &session::Model, todos: &[Todo]) -> Result<(), DbErr> {
    let row = todo_list::Model {
        session_id: session.id,
        todos: serde_json::to_value(todos).map_err(|error| DbErr::Json(error.to_string()))?,
    };
    let replace = OnConflict::column(todo_list::Column::SessionId)
        .update_column(todo_list::Column::Todos)
        .to_owned();
    todo_list::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(&**tx)
        .await?;
    tx.emit(Payload::TodosChanged {
        session: session.id,
        project: session.project_id,
    });
    Ok(())
}
