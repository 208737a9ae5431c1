//! Servers in the database.

use entity::{
    ids::ServerId,
    server::{Entity, HostKind, Model},
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryOrder};

use crate::{clock::Clock, db::Database};

/// All of them, the oldest first.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(entity::server::Column::Id).all(db).await
}

/// This machine, made known on the first start.
pub async fn this_machine(db: &Database, clock: &Clock, name: &str) -> Result<Model, DbErr> {
    let tx = db.begin().await?;
    let server = match all(&tx)
        .await?
        .into_iter()
        .find(|server| server.host == HostKind::Process)
    {
        Some(known) => known,
        None => {
            let row = Model {
                id: ServerId::generate(),
                name: name.to_owned(),
                host: HostKind::Process,
                address: None,
                created_at: clock.now(),
            };
            row.into_active_model().reset_all().insert(&tx).await?
        }
    };
    tx.commit().await?;
    Ok(server)
}
