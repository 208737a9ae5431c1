//! Mutations that carried an id of the client's, so that a repeated one is answered and not done again.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::ids::DeviceId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_mutation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: DeviceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_mutation_id: String,
    /// BLAKE3 of the mutation's name and input.
    pub fingerprint: Vec<u8>,
    /// The ids of what it made or changed.
    #[sea_orm(column_type = "JsonBinary")]
    pub result: Value,
    pub at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
