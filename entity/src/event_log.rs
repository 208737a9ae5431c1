//! The head of the event log. One row; whoever appends holds it until the commit, so numbers are given in commit order.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Made with the database: a cursor of another epoch belongs to another log.
    pub epoch: Uuid,
    /// The newest event's number; 0 in an empty log.
    pub last_seq: i64,
    /// Events up to this number were dropped.
    pub floor_seq: i64,
}

/// The id of the one row.
pub const HEAD: i32 = 1;

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
