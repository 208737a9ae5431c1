//! What agents ask and people decide, and what each project need not be asked.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("decision")
                    .col(uuid("id").primary_key())
                    .col(uuid("project_id"))
                    .col(uuid("session_id"))
                    .col(uuid("root_session_id"))
                    .col(string("external_id"))
                    .col(uuid("agent_run"))
                    .col(json_binary("ask"))
                    .col(json_binary("risks"))
                    .col(string("state"))
                    .col(json_binary_null("answer"))
                    .col(uuid_null("decided_by"))
                    .col(string_null("withdrawn_because"))
                    .col(string_null("delivery"))
                    .col(boolean("is_tried"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("decision", "project_id")
                            .to("project", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from("decision", "session_id")
                            .to("session", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        for (name, columns, is_unique) in [
            // What was asked once is never asked again, however late a list of the agent's comes.
            ("decision_external", &["project_id", "external_id"][..], true),
            ("decision_inbox", &["state", "created_at", "id"], false),
            (
                "decision_of_project",
                &["project_id", "state", "created_at", "id"],
                false,
            ),
            ("decision_of_session", &["session_id", "state"], false),
            (
                "decision_of_root",
                &["root_session_id", "state", "created_at", "id"],
                false,
            ),
            ("decision_delivery", &["delivery", "project_id"], false),
            ("decision_expiry", &["state", "expires_at"], false),
        ] {
            let mut index = Index::create().name(name).table("decision").to_owned();
            for column in columns {
                index.col(*column);
            }
            if is_unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("decision_policy")
                    .col(uuid("project_id").primary_key())
                    .col(string("mode"))
                    .col(json_binary("rules"))
                    .col(integer_null("wait_seconds"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("decision_policy", "project_id")
                            .to("project", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("decision_policy").to_owned())
            .await?;
        manager.drop_table(Table::drop().table("decision").to_owned()).await
    }
}
