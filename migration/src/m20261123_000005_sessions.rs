//! Conversations: sessions, messages and their parts.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(uuid("id").primary_key())
                    .col(uuid("project_id"))
                    .col(string_null("external_id"))
                    .col(uuid_null("parent_id"))
                    .col(text("title"))
                    .col(boolean("is_titled"))
                    .col(string("status"))
                    .col(json_binary_null("activity"))
                    .col(big_integer("last_position"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(timestamp_with_time_zone_null("deleted_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("session", "project_id")
                            .to("project", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("session_external")
                    .table("session")
                    .col("project_id")
                    .col("external_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("session_updated")
                    .table("session")
                    .col("project_id")
                    .col("updated_at")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("message")
                    .col(uuid("id").primary_key())
                    .col(uuid("session_id"))
                    .col(big_integer("position"))
                    .col(string_null("external_id"))
                    .col(string("role"))
                    .col(string_null("delivery"))
                    .col(string_null("agent"))
                    .col(string_null("model"))
                    .col(json_binary_null("usage"))
                    .col(json_binary_null("fault"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("completed_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("message", "session_id")
                            .to("session", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("message_position")
                    .table("message")
                    .col("session_id")
                    .col("position")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("message_external")
                    .table("message")
                    .col("session_id")
                    .col("external_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("message_delivery")
                    .table("message")
                    .col("delivery")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("part")
                    .col(uuid("message_id"))
                    .col(string("external_id"))
                    .col(json_binary("content"))
                    .primary_key(Index::create().col("message_id").col("external_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("part", "message_id")
                            .to("message", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("part").to_owned()).await?;
        manager.drop_table(Table::drop().table("message").to_owned()).await?;
        manager.drop_table(Table::drop().table("session").to_owned()).await?;
        Ok(())
    }
}
