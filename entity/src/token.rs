//! What a device proves itself with. Only a hash of the secret half is kept.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{DeviceId, TokenId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    pub device_id: DeviceId,
    /// The half of the token that finds this row.
    #[sea_orm(unique)]
    pub lookup: String,
    /// BLAKE3 of the other half: 256 random bits need no slow hash.
    pub secret_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
