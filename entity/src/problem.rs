//! Why something cannot go on: kept as JSON on the project and the operation it stopped.

use chrono::{DateTime, Utc};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Problem {
    pub code: ProblemCode,
    /// A sentence for people.
    pub message: String,
    pub since: DateTime<Utc>,
    /// `None`: it will not be tried again by itself.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    MissingProgram,
    Rejected,
    LoginRequired,
    GithubLoginRequired,
    Exhausted,
    NameTaken,
    UnsupportedAgent,
    AgentDied,
    AgentSilent,
    AgentHeavy,
    NoRoom,
    Unavailable,
    Internal,
}
