//! Projects and their resources in the database.

use chrono::{DateTime, Utc};
use entity::{
    ids::{InstallationId, ProjectId},
    installation,
    project::{Column, Entity, Model, ProjectStatus},
    resource::{self, ResourceKind},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, Cursor, DbErr, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    PaginatorTrait, QueryFilter, QuerySelect, Select, SelectModel,
    sea_query::{Expr, Func, LikeExpr, OnConflict},
};

use crate::{
    clock::Clock,
    db::{Database, lock_rows, lock_rows_not_keys},
    events::{Payload, Tx},
};

pub async fn get(db: &impl ConnectionTrait, id: ProjectId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// For a transaction that changes the project: nobody else changes it meanwhile.
pub async fn get_locked(tx: &impl ConnectionTrait, id: ProjectId) -> Result<Option<Model>, DbErr> {
    lock_rows(Entity::find_by_id(id), tx).one(tx).await
}

/// For a transaction that asks something of its agent: nobody puts the agent to sleep meanwhile.
pub async fn get_kept_awake(tx: &impl ConnectionTrait, id: ProjectId) -> Result<Option<Model>, DbErr> {
    lock_rows_not_keys(Entity::find_by_id(id), tx).one(tx).await
}

pub async fn by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Slug.eq(slug)).one(db).await
}

pub async fn by_ids(db: &impl ConnectionTrait, ids: &[ProjectId]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}

/// Which projects a list is of.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the name or the slug, in any case.
    pub search: Option<String>,
    pub statuses: Vec<ProjectStatus>,
}

impl Filter {
    /// Every project is in its list.
    pub fn is_empty(&self) -> bool {
        self.text().is_none() && self.statuses.is_empty()
    }

    fn text(&self) -> Option<&str> {
        self.search.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

pub fn list(filter: &Filter) -> Select<Entity> {
    let mut query = Entity::find();
    if let Some(search) = filter.text() {
        let literal = search
            .to_lowercase()
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let like = || LikeExpr::new(format!("%{literal}%")).escape('\\');
        query = query.filter(
            Condition::any()
                .add(Expr::expr(Func::lower(Expr::col((Entity, Column::Name)))).like(like()))
                .add(Column::Slug.like(like())),
        );
    }
    if !filter.statuses.is_empty() {
        query = query.filter(Column::Status.is_in(filter.statuses.iter().copied()));
    }
    query
}

/// A place in the list by name.
#[derive(Debug, FromQueryResult)]
pub struct Named {
    pub id: ProjectId,
    pub name: String,
}

/// A place in a list by time.
#[derive(Debug, FromQueryResult)]
pub struct Timed {
    pub id: ProjectId,
    pub at: DateTime<Utc>,
}

/// The list by name, from A.
pub fn by_name(filter: &Filter) -> Cursor<SelectModel<Named>> {
    let list = list(filter).select_only().columns([Column::Id, Column::Name]);
    list.cursor_by((Column::Name, Column::Id)).into_model()
}

/// The list by this time, the newest first.
pub fn by_time(filter: &Filter, time: Column) -> Cursor<SelectModel<Timed>> {
    let list = list(filter).select_only().column(Column::Id).column_as(time, "at");
    let mut list = list.cursor_by((time, Column::Id));
    list.desc();
    list.into_model()
}

pub async fn count(db: &impl ConnectionTrait, filter: &Filter) -> Result<u64, DbErr> {
    list(filter).count(db).await
}

pub async fn insert(tx: &mut Tx, project: Model) -> Result<Model, DbErr> {
    let project = project.into_active_model().reset_all().insert(&**tx).await?;
    tx.emit(Payload::ProjectChanged { project: project.id });
    Ok(project)
}

/// Writes a project back and tells of it.
pub async fn save(tx: &mut Tx, project: Model) -> Result<Model, DbErr> {
    let project = project.into_active_model().reset_all().update(&**tx).await?;
    tx.emit(Payload::ProjectChanged { project: project.id });
    Ok(project)
}

pub async fn delete(tx: &mut Tx, project: &Model) -> Result<(), DbErr> {
    Entity::delete_by_id(project.id).exec(&**tx).await?;
    tx.emit(Payload::ProjectDeleted {
        project: project.id,
        slug: project.slug.clone(),
    });
    Ok(())
}

pub async fn resources(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<resource::Model>, DbErr> {
    resource::Entity::find()
        .filter(resource::Column::ProjectId.eq(project))
        .all(db)
        .await
}

pub async fn resource(
    db: &impl ConnectionTrait,
    project: ProjectId,
    kind: ResourceKind,
) -> Result<Option<resource::Model>, DbErr> {
    resource::Entity::find_by_id((project, kind)).one(db).await
}

pub async fn put_resource(tx: &impl ConnectionTrait, row: resource::Model) -> Result<(), DbErr> {
    let replace = OnConflict::columns([resource::Column::ProjectId, resource::Column::Kind])
        .update_columns([
            resource::Column::ExternalId,
            resource::Column::IntentUntil,
            resource::Column::Run,
        ])
        .to_owned();
    let row = row.into_active_model().reset_all();
    resource::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(|_| ())
}

/// Who this installation is: made with the database, and the same ever after.
pub async fn installation(db: &Database, clock: &Clock) -> Result<InstallationId, DbErr> {
    let tx = db.begin().await?;
    let id = match installation::Entity::find().one(&tx).await? {
        Some(known) => known.id,
        None => {
            let row = installation::ActiveModel {
                id: Set(InstallationId::generate()),
                created_at: Set(clock.now()),
            };
            row.insert(&tx).await?.id
        }
    };
    tx.commit().await?;
    Ok(id)
}
