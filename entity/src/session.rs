//! A conversation with a project's agent.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::ids::{ProjectId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub project_id: ProjectId,
    /// The agent's id for it; `None` until the agent has made it.
    pub external_id: Option<String>,
    /// For a sub-agent: the session that started it.
    pub parent_id: Option<SessionId>,
    pub title: String,
    /// The title was given by a person and is kept over the agent's own.
    pub is_titled: bool,
    pub status: SessionStatus,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub activity: Option<Activity>,
    /// The newest message's position; 0 without messages.
    pub last_position: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Deleted here, and still to be deleted at the agent.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Put away: left out of lists.
    pub archived_at: Option<DateTime<Utc>>,
    /// That it was put away or taken out again is still to be told to the agent, whose own word does not count until then.
    pub is_archive_untold: bool,
    /// The session it was begun as a copy of.
    pub forked_from: Option<SessionId>,
    /// A copy that the agent is still to make, or that is made and whose messages are still to be read.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub fork: Option<Fork>,
    /// The agent's id of the message that it was taken back to: that one and those after it count no more.
    pub reverted_to: Option<String>,
    /// A summary that the agent is still to begin.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub summary: Option<Summary>,
}

impl Model {
    /// One that nothing was said in, and that the agent knows nothing of.
    pub fn new(project_id: ProjectId, title: String, at: DateTime<Utc>) -> Self {
        Self {
            id: SessionId::generate(),
            project_id,
            external_id: None,
            parent_id: None,
            title,
            is_titled: false,
            status: SessionStatus::Idle,
            activity: None,
            last_position: 0,
            created_at: at,
            updated_at: at,
            deleted_at: None,
            archived_at: None,
            is_archive_untold: false,
            forked_from: None,
            fork: None,
            reverted_to: None,
            summary: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum SessionStatus {
    Idle,
    Busy,
    Retrying,
    Interrupted,
}

/// What the running turn does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Activity {
    /// One line for people.
    pub line: String,
    pub since: DateTime<Utc>,
}

/// What a session is to be a copy of, in the agent's ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Fork {
    pub session: String,
    /// What came before this message is copied; everything when there is none.
    pub before: Option<String>,
}

/// A summary of what was said so far, which takes its place for the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Summary {
    pub asked_at: DateTime<Utc>,
    /// `provider/model`.
    pub model: String,
    /// The agent was asked, and what came of it is not known.
    pub is_tried: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
