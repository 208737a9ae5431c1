//! The account at GitHub, and attempts to sign in there.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("github_account")
                    .col(integer("id").primary_key())
                    .col(text("login"))
                    .col(text_null("name"))
                    .col(text("scopes"))
                    .col(uuid("token_id"))
                    .col(blob("token"))
                    .col(timestamp_with_time_zone("connected_at"))
                    .col(json_binary_null("problem"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("github_login")
                    .col(uuid("id").primary_key())
                    .col(uuid("device_id"))
                    .col(string("state"))
                    .col(text("user_code"))
                    .col(text("verification_url"))
                    .col(blob_null("device_code"))
                    .col(blob_null("token"))
                    .col(integer("interval_seconds"))
                    .col(timestamp_with_time_zone("next_poll_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(json_binary_null("problem"))
                    .to_owned(),
            )
            .await?;
        let mut index = Index::create();
        index
            .name("github_login_pending")
            .table("github_login")
            .col("state")
            .col("next_poll_at");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["github_login", "github_account"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
