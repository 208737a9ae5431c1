//! What a turn changed in a file. It belongs to the prompt of the turn.

use sea_orm::entity::prelude::*;

use crate::ids::MessageId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// In the workspace.
    #[sea_orm(primary_key, auto_increment = false)]
    pub path: String,
    /// Among the files of the turn, from 0.
    pub place: i32,
    pub status: FileStatus,
    /// Lines.
    pub additions: i64,
    pub deletions: i64,
    /// As a unified diff; `None` where there is none, or it is too large to be kept.
    pub patch: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum FileStatus {
    Added,
    Modified,
    Deleted,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
