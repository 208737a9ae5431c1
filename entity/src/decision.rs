//! Something an agent waits for: leave to do a thing, or the answer to a question.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::ids::{DecisionId, DeviceId, ProjectId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DecisionId,
    pub project_id: ProjectId,
    /// The session that asks: that of a sub-agent, where one does.
    pub session_id: SessionId,
    /// The session a person talks to; the same unless a sub-agent asks.
    pub root_session_id: SessionId,
    /// The agent's id for it. Unique in the project and kept for ever: what was closed is not opened again.
    pub external_id: String,
    /// The run of the agent that asked. The agent keeps its requests in memory: no other run knows of this one.
    pub agent_run: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub ask: Ask,
    #[sea_orm(column_type = "JsonBinary")]
    pub risks: Risks,
    pub state: DecisionState,
    /// What was decided, by a person, by the project's policy or by the clock; `None` unless something was.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub answer: Option<Answer>,
    /// `None` for what no person decided.
    pub decided_by: Option<DeviceId>,
    pub withdrawn_because: Option<WithdrawnBecause>,
    /// How far the answer has come; `None` while there is none, and when there is nobody left to bring it to.
    pub delivery: Option<AnswerDelivery>,
    /// The answer was on its way to the agent at least once: it may know it already.
    pub is_tried: bool,
    pub created_at: DateTime<Utc>,
    /// When it was decided, withdrawn or refused.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it is refused if nobody answers; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum DecisionState {
    Pending,
    Decided,
    Withdrawn,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum AnswerDelivery {
    Queued,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum WithdrawnBecause {
    /// Its turn was aborted, or went on without it.
    TurnEnded,
    /// Something else settled it at the agent.
    SettledElsewhere,
    /// The agent that asked was stopped, restarted or died.
    AgentEnded,
    SessionDeleted,
}

/// What is asked, in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ask {
    Permission(Permission),
    Question { prompts: Vec<Prompt>, call: Option<Call> },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The agent's name for what it wants: `bash`, `edit`, `webfetch` …
    pub tool: String,
    pub patterns: Vec<String>,
    /// What it would not ask again after "always".
    pub always: Vec<String>,
    pub command: Option<String>,
    pub path: Option<String>,
    pub url: Option<String>,
    pub diff: Option<String>,
    /// The diff was too long and is not whole.
    pub is_diff_cut: bool,
    pub call: Option<Call>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub question: String,
    pub header: String,
    pub options: Vec<PromptOption>,
    pub is_multiple: bool,
    /// Whether an answer of one's own is taken.
    pub is_custom: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptOption {
    pub label: String,
    pub description: String,
}

/// The call of a tool that waits, by the agent's ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub message_id: String,
    pub call_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    Once,
    Always,
    /// A permission is refused.
    Reject {
        message: Option<String>,
    },
    /// For each prompt, the labels that were chosen or what was written.
    Answers {
        answers: Vec<Vec<String>>,
    },
    /// A question is not answered.
    Dismiss,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    Reads,
    Writes,
    Deletes,
    Network,
    Outside,
    Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Risks(pub Vec<Risk>);

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
