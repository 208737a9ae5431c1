//! The account at GitHub for which this server acts. One row, or none.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{ids::GithubTokenId, problem::Problem, sealed::Sealed};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "github_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub login: String,
    pub name: Option<String>,
    /// As GitHub names them, separated by spaces. Empty where the kind of token has none.
    pub scopes: String,
    /// Another one with each token: what is found out about a token is not said of the next.
    pub token_id: GithubTokenId,
    pub token: Sealed,
    pub connected_at: DateTime<Utc>,
    /// Why the token is of no use any more.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub problem: Option<Problem>,
}

/// The id of the one row.
pub const ONLY: i32 = 1;

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
