//! Devices, tokens and pairings in the database.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    device,
    ids::{DeviceId, InstallationId, TokenId},
    installation, pairing, token,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::token::Fresh;
use crate::{
    caller::Scope,
    events::{Payload, Tx},
};

/// Scopes as the database has them.
pub fn scopes_text(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

pub fn scopes(text: &str) -> BTreeSet<Scope> {
    text.split(' ').filter_map(Scope::from_name).collect()
}

/// Who this installation is. It is known since the first start.
pub async fn installation(db: &impl ConnectionTrait) -> Result<InstallationId, DbErr> {
    let known = installation::Entity::find().one(db).await?;
    known
        .map(|row| row.id)
        .ok_or_else(|| DbErr::RecordNotFound("installation".to_owned()))
}

/// A token with its device.
pub async fn by_lookup(
    db: &impl ConnectionTrait,
    lookup: &str,
) -> Result<Option<(token::Model, device::Model)>, DbErr> {
    let its_device = token::Entity::belongs_to(device::Entity)
        .from(token::Column::DeviceId)
        .to(device::Column::Id);
    let found = token::Entity::find()
        .filter(token::Column::Lookup.eq(lookup))
        .join(JoinType::InnerJoin, its_device.into())
        .select_also(device::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(token, device)| Some((token, device?))))
}

pub async fn device(db: &impl ConnectionTrait, id: DeviceId) -> Result<Option<device::Model>, DbErr> {
    device::Entity::find_by_id(id).one(db).await
}

/// Devices that were not revoked, the newest first.
pub async fn devices(db: &impl ConnectionTrait) -> Result<Vec<device::Model>, DbErr> {
    device::Entity::find()
        .filter(device::Column::RevokedAt.is_null())
        .order_by_desc(device::Column::Id)
        .all(db)
        .await
}

pub async fn has_devices(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(device::Entity::find()
        .filter(device::Column::RevokedAt.is_null())
        .count(db)
        .await?
        > 0)
}

pub async fn insert_device(tx: &mut Tx, device: device::Model, token: &Fresh) -> Result<device::Model, DbErr> {
    let device = device.into_active_model().reset_all().insert(&**tx).await?;
    let row = token::Model {
        id: TokenId::generate(),
        device_id: device.id,
        lookup: token.lookup.clone(),
        secret_hash: token.secret_hash.to_vec(),
        created_at: device.created_at,
        expires_at: None,
    };
    row.into_active_model().reset_all().insert(&**tx).await?;
    tx.emit(Payload::DeviceChanged { device: device.id });
    Ok(device)
}

/// Marks a device as revoked and forgets its tokens.
pub async fn revoke(tx: &mut Tx, device: device::Model, at: DateTime<Utc>) -> Result<device::Model, DbErr> {
    let device = device::Model {
        revoked_at: device.revoked_at.or(Some(at)),
        ..device
    };
    let device = device.into_active_model().reset_all().update(&**tx).await?;
    token::Entity::delete_many()
        .filter(token::Column::DeviceId.eq(device.id))
        .exec(&**tx)
        .await?;
    tx.emit(Payload::DeviceChanged { device: device.id });
    Ok(device)
}

/// Notes that a device was here, to the minute.
pub async fn seen(db: &impl ConnectionTrait, device: &device::Model, at: DateTime<Utc>) -> Result<(), DbErr> {
    let is_recent = device
        .last_seen_at
        .is_some_and(|seen| at - seen < TimeDelta::minutes(1));
    if is_recent {
        return Ok(());
    }
    device::Entity::update_many()
        .col_expr(device::Column::LastSeenAt, Expr::value(at))
        .filter(device::Column::Id.eq(device.id))
        .exec(db)
        .await
        .map(|_| ())
}

pub async fn insert_pairing(tx: &impl ConnectionTrait, pairing: pairing::Model) -> Result<pairing::Model, DbErr> {
    // Old ones go when a new one comes.
    pairing::Entity::delete_many()
        .filter(pairing::Column::ExpiresAt.lt(pairing.created_at))
        .exec(tx)
        .await?;
    pairing.into_active_model().reset_all().insert(tx).await
}

/// Uses a code up. `None` when it is wrong, used or expired; of two at once only one gets it.
pub async fn use_code(
    tx: &impl ConnectionTrait,
    code_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<Option<pairing::Model>, DbErr> {
    let is_good = Condition::all()
        .add(pairing::Column::CodeHash.eq(code_hash.to_vec()))
        .add(pairing::Column::UsedAt.is_null())
        .add(pairing::Column::ExpiresAt.gt(at));
    let used = pairing::Entity::update_many()
        .col_expr(pairing::Column::UsedAt, Expr::value(at))
        .filter(is_good)
        .exec_with_returning(tx)
        .await?;
    Ok(used.into_iter().next())
}
