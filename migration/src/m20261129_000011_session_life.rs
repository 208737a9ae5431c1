//! What becomes of a session: forked, reverted, summarized, archived; its todos, what it used and what it changed.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, double_null, integer, json_binary, json_binary_null, string, string_null, text,
        text_null, timestamp_with_time_zone_null, uuid, uuid_null,
    },
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const ADDED: [&str; 6] = [
    "archived_at",
    "is_archive_untold",
    "forked_from",
    "fork",
    "reverted_to",
    "summary",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            timestamp_with_time_zone_null("archived_at"),
            boolean("is_archive_untold").default(false).to_owned(),
            uuid_null("forked_from"),
            json_binary_null("fork"),
            string_null("reverted_to"),
            json_binary_null("summary"),
        ] {
            // SQLite takes one change at a time.
            let table = Table::alter().table("session").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("todo_list")
                    .col(uuid("session_id").primary_key())
                    .col(json_binary("todos"))
                    .foreign_key(&mut owner("session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("file_change")
                    .col(uuid("message_id"))
                    .col(text("path"))
                    .col(integer("place"))
                    .col(string("status"))
                    .col(big_integer("additions"))
                    .col(big_integer("deletions"))
                    .col(text_null("patch"))
                    .primary_key(Index::create().col("message_id").col("path"))
                    .foreign_key(&mut owner("message_id", "message"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("message_usage")
                    .col(uuid("project_id"))
                    .col(string("external_id"))
                    // It outlives its session.
                    .col(uuid("session_id"))
                    .col(big_integer("at"))
                    .col(big_integer("input"))
                    .col(big_integer("output"))
                    .col(big_integer("reasoning"))
                    .col(big_integer("cache_read"))
                    .col(big_integer("cache_write"))
                    .col(double_null("cost"))
                    .primary_key(Index::create().col("project_id").col("external_id"))
                    .foreign_key(&mut owner("project_id", "project"))
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            ("message_usage_day", ["project_id", "at"]),
            ("message_usage_session", ["session_id", "at"]),
        ] {
            let mut index = Index::create().name(name).table("message_usage").to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        count_what_is_there(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["message_usage", "file_change", "todo_list"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in ADDED {
            let table = Table::alter().table("session").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

fn owner(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(column)
        .to(table, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// Answers that were given before this step used something too.
async fn count_what_is_there(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let counts = match manager.get_database_backend() {
        DbBackend::Postgres => {
            "CAST(extract(epoch FROM m.created_at) * 1000 AS BIGINT),
            (m.usage->>'input')::BIGINT, (m.usage->>'output')::BIGINT, (m.usage->>'reasoning')::BIGINT,
            (m.usage->>'cache_read')::BIGINT, (m.usage->>'cache_write')::BIGINT, (m.usage->>'cost')::DOUBLE PRECISION"
        }
        _ => {
            "CAST(strftime('%s', m.created_at) AS INTEGER) * 1000,
            m.usage->>'input', m.usage->>'output', m.usage->>'reasoning',
            m.usage->>'cache_read', m.usage->>'cache_write', m.usage->>'cost'"
        }
    };
    let insert = format!(
        "INSERT INTO message_usage (project_id, external_id, session_id, at,
            input, output, reasoning, cache_read, cache_write, cost)
        SELECT s.project_id, m.external_id, s.id, {counts}
        FROM message m JOIN session s ON s.id = m.session_id
        WHERE m.role = 'assistant' AND m.external_id IS NOT NULL AND m.usage IS NOT NULL"
    );
    manager.get_connection().execute_unprepared(&insert).await.map(|_| ())
}
