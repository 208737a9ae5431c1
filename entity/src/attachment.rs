//! A file that a person gave with a prompt. Its content lies in the data folder, under its hash.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{AttachmentId, DeviceId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    /// Who uploaded it.
    pub device_id: DeviceId,
    /// The session whose prompts have it; `None` before the first one does.
    pub session_id: Option<SessionId>,
    /// BLAKE3 of its content, in hex.
    pub hash: String,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// The last time.
    pub uploaded_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
