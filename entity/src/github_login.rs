//! An attempt to sign in to GitHub: a code that somebody types in there, while this server asks whether they did.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{
    ids::{DeviceId, GithubLoginId},
    problem::Problem,
    sealed::Sealed,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "github_login")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GithubLoginId,
    /// Who began it.
    pub device_id: DeviceId,
    pub state: LoginState,
    /// What the person types in.
    pub user_code: String,
    /// Where.
    pub verification_url: String,
    /// What this server asks with. Gone once it is settled.
    pub device_code: Option<Sealed>,
    /// What GitHub gave, kept before anything is done with it: it is given once. Gone once it is settled.
    pub token: Option<Sealed>,
    /// GitHub is not asked more often.
    pub interval_seconds: i32,
    pub next_poll_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Why it failed, or why it takes longer.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub problem: Option<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum LoginState {
    Pending,
    Approved,
    Denied,
    Expired,
    Cancelled,
    Failed,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
