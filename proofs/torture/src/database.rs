//! The database of a run, looked at from beside the server.

use std::path::Path;

use anyhow::Context;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::{agent::global_id, checker::Remains};

#[derive(Clone, Debug)]
pub enum Database {
    Sqlite,
    /// A database of this run alone; `cluster` is where it was made and will be dropped.
    Postgres {
        url: String,
        cluster: String,
        name: String,
    },
}

/// Tables that are empty once all projects are deleted.
const OWNED: [&str; 5] = ["project", "resource", "work", "session", "message"];

impl Database {
    pub async fn make_postgres(cluster: &str) -> anyhow::Result<Self> {
        let name = format!("torture_{}", Uuid::new_v4().simple());
        let connection = sea_orm::Database::connect(cluster).await?;
        connection
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await?;
        connection.close().await?;
        let (server, _) = cluster
            .rsplit_once('/')
            .context("the URL of PostgreSQL names no database")?;
        Ok(Self::Postgres {
            url: format!("{server}/{name}"),
            cluster: cluster.to_owned(),
            name,
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// `None` for the file in the data folder.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { url, .. } => Some(url),
        }
    }

    async fn connect(&self, data: &Path) -> anyhow::Result<DatabaseConnection> {
        let url = match self {
            Self::Sqlite => format!("sqlite://{}?mode=ro", data.join("pcc.db").display()),
            Self::Postgres { url, .. } => url.clone(),
        };
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Ok(sea_orm::Database::connect(options).await?)
    }

    /// The log as it is, and rows without an owner.
    pub async fn remains(&self, data: &Path) -> anyhow::Result<Remains> {
        let db = self.connect(data).await?;
        let mut remains = Remains::default();
        let backend = db.get_database_backend();
        let ask = |sql: &str| Statement::from_string(backend, sql.to_owned());
        for table in OWNED {
            let row = db
                .query_one_raw(ask(&format!("SELECT count(*) AS n FROM {table}")))
                .await?;
            let count: i64 = row.context("no count")?.try_get("", "n")?;
            if count > 0 {
                remains.leftovers.push(format!("{count} rows in {table}"));
            }
        }
        let open = "SELECT count(*) AS n FROM operation WHERE state NOT IN ('succeeded', 'failed', 'canceled')";
        let open: i64 = db
            .query_one_raw(ask(open))
            .await?
            .context("no count")?
            .try_get("", "n")?;
        if open > 0 {
            remains.leftovers.push(format!("{open} operations that never ended"));
        }
        for row in db
            .query_all_raw(ask("SELECT seq, kind, actor, payload FROM event ORDER BY seq"))
            .await?
        {
            let (seq, kind): (i64, String) = (row.try_get("", "seq")?, row.try_get("", "kind")?);
            let payload: Value = row.try_get("", "payload")?;
            let operation = named(&payload, "operation", "Operation")?;
            if row.try_get::<String>("", "actor")? == "device" {
                remains.ordered.extend(operation.clone());
                remains.ordered.extend(named(&payload, "message", "Message")?);
            }
            remains.operations.extend(operation);
            remains.events.push((seq, kind));
        }
        let head = db.query_one_raw(ask("SELECT last_seq FROM event_log")).await?;
        remains.last_seq = head.context("no log")?.try_get("", "last_seq")?;
        db.close().await?;
        Ok(remains)
    }

    pub async fn drop_it(&self) -> anyhow::Result<()> {
        if let Self::Postgres { cluster, name, .. } = self {
            let connection = sea_orm::Database::connect(cluster).await?;
            connection
                .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await?;
            connection.close().await?;
        }
        Ok(())
    }
}

/// What an event tells of, as clients name it.
fn named(payload: &Value, field: &str, kind: &str) -> anyhow::Result<Option<String>> {
    let id = payload
        .get(field)
        .and_then(Value::as_str)
        .map(Uuid::parse_str)
        .transpose()?;
    Ok(id.map(|id| global_id(kind, id)))
}
