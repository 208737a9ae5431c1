//! The steps from an empty database to the present one, on SQLite and on PostgreSQL.
//!
//! A step that was released is never changed. Steps import no entity: they keep meaning what they meant.

use sea_orm_migration::prelude::*;

mod m20261123_000001_installation;
mod m20261123_000002_events;
mod m20261123_000003_access;
mod m20261123_000004_projects;
mod m20261123_000005_sessions;
mod m20261127_000006_open_operations;
mod m20261127_000007_decisions;
mod m20261127_000008_prompts;
mod m20261129_000009_attachments;
mod m20261129_000010_sleep;
mod m20261129_000011_session_life;
mod m20261130_000012_session_parent;
mod m20261130_000013_github;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_installation::Migration),
            Box::new(m20261123_000002_events::Migration),
            Box::new(m20261123_000003_access::Migration),
            Box::new(m20261123_000004_projects::Migration),
            Box::new(m20261123_000005_sessions::Migration),
            Box::new(m20261127_000006_open_operations::Migration),
            Box::new(m20261127_000007_decisions::Migration),
            Box::new(m20261127_000008_prompts::Migration),
            Box::new(m20261129_000009_attachments::Migration),
            Box::new(m20261129_000010_sleep::Migration),
            Box::new(m20261129_000011_session_life::Migration),
            Box::new(m20261130_000012_session_parent::Migration),
            Box::new(m20261130_000013_github::Migration),
        ]
    }
}
