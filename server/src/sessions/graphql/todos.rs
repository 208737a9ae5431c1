//! What agents have set themselves to do.

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::ids::SessionId;

use super::{Session, load_session};
use crate::{
    agent,
    graphql::{Id, Result},
};

/// Something that an agent has set itself to do.
#[derive(SimpleObject)]
pub struct Todo {
    /// What: at most 1,000 characters.
    content: String,
    /// How far it is.
    status: TodoStatus,
    /// How much it matters.
    priority: TodoPriority,
}

/// How far something is that is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "agent::TodoStatus")]
pub enum TodoStatus {
    /// Not begun.
    Pending,
    /// The agent is at it.
    InProgress,
    /// Done.
    Completed,
    /// Not to be done any more.
    Cancelled,
}

/// How much something matters that is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "agent::TodoPriority")]
pub enum TodoPriority {
    /// Much.
    High,
    /// As usual.
    Medium,
    /// Little.
    Low,
}

impl From<agent::Todo> for Todo {
    fn from(todo: agent::Todo) -> Self {
        Self {
            content: todo.content,
            status: todo.status.into(),
            priority: todo.priority.into(),
        }
    }
}

pub struct TodosChanged(pub SessionId);

/// An agent has set itself something else to do, or has come further with it.
#[Object]
impl TodosChanged {
    /// In which session.
    async fn session_id(&self) -> Id<SessionId> {
        Id(self.0)
    }

    /// The session with its todos as they are now; null when it is gone by now.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0).await
    }
}
