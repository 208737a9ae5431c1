//! Devices, what they prove themselves with, and what they asked for once.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("device")
                    .col(uuid("id").primary_key())
                    .col(string("name"))
                    .col(string("scopes"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("last_seen_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("token")
                    .col(uuid("id").primary_key())
                    .col(uuid("device_id"))
                    .col(string("lookup").unique_key())
                    .col(blob("secret_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("token", "device_id")
                            .to("device", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("pairing")
                    .col(uuid("id").primary_key())
                    .col(blob("code_hash").unique_key())
                    .col(string("scopes"))
                    .col(string_null("name"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("client_mutation")
                    .col(uuid("device_id"))
                    .col(string("client_mutation_id"))
                    .col(blob("fingerprint"))
                    .col(json_binary("result"))
                    .col(timestamp_with_time_zone("at"))
                    .primary_key(Index::create().col("device_id").col("client_mutation_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("client_mutation", "device_id")
                            .to("device", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("client_mutation_at")
                    .table("client_mutation")
                    .col("at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("client_mutation").to_owned())
            .await?;
        manager.drop_table(Table::drop().table("pairing").to_owned()).await?;
        manager.drop_table(Table::drop().table("token").to_owned()).await?;
        manager.drop_table(Table::drop().table("device").to_owned()).await?;
        Ok(())
    }
}
