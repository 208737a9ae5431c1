//! Sessions, messages and parts in the database.

mod messages;
mod parts;
mod sessions;
mod todos;

use entity::{ids::ProjectId, project};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

pub use messages::*;
pub use parts::*;
pub use sessions::*;
pub use todos::*;

pub async fn project(db: &impl ConnectionTrait, id: ProjectId) -> Result<Option<project::Model>, DbErr> {
    project::Entity::find_by_id(id).one(db).await
}
