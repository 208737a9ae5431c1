//! The event log and its head.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("event_log")
                    .col(integer("id").primary_key())
                    .col(uuid("epoch"))
                    .col(big_integer("last_seq"))
                    .col(big_integer("floor_seq"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("event")
                    .col(big_integer("seq").primary_key())
                    .col(timestamp_with_time_zone("at"))
                    .col(string("actor"))
                    .col(uuid_null("device_id"))
                    .col(uuid_null("project_id"))
                    .col(string("kind"))
                    .col(json_binary("payload"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("event").to_owned()).await?;
        manager.drop_table(Table::drop().table("event_log").to_owned()).await?;
        Ok(())
    }
}
