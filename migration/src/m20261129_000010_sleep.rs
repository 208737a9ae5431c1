//! Agents that sleep while nothing is asked of them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [json_binary_null("sleep"), integer_null("sleep_after_seconds")] {
            let table = Table::alter().table("project").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["sleep", "sleep_after_seconds"] {
            let table = Table::alter().table("project").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
