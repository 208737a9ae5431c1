//! A one-time code that makes a device.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::PairingId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pairing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PairingId,
    /// BLAKE3 of the code.
    pub code_hash: Vec<u8>,
    /// Names of scopes, separated by spaces.
    pub scopes: String,
    /// Proposed for the device.
    pub name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
