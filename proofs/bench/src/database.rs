//! A database of its own for a scenario, with the folder of the server that will use it.

use std::path::PathBuf;

use anyhow::Context;
use sea_orm::ConnectionTrait;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    db::{self, sqlite_url},
    events::EventLog,
};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Dropped with its folder. A PostgreSQL database goes with its cluster.
pub struct Database {
    pub kind: Kind,
    pub url: String,
    /// For whoever asks the server; it may do everything.
    pub token: SecretString,
    folder: TempDir,
}

impl Database {
    pub async fn new(kind: Kind, postgres: Option<&str>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pcc-bench-").tempdir()?;
        let url = match kind {
            Kind::Sqlite => sqlite_url(&folder.path().join("pcc.db")),
            Kind::Postgres => create(postgres.context("there is no PostgreSQL cluster")?).await?,
        };
        let db = db::Database::open(&url).await?;
        let token = token(&db).await?;
        db.close().await?;
        Ok(Self {
            kind,
            url,
            token,
            folder,
        })
    }

    /// Opened by ourselves, to put rows in before a server runs. Close it before one does.
    pub async fn open(&self) -> anyhow::Result<db::Database> {
        Ok(db::Database::open(&self.url).await?)
    }

    pub fn bearer(&self) -> &str {
        self.token.expose_secret()
    }

    /// The server's data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

async fn token(db: &db::Database) -> anyhow::Result<SecretString> {
    let clock = Clock::system();
    let events = EventLog::open(db.clone(), clock.clone()).await?;
    let paired = Access::new(db.clone(), events, clock)
        .create_token("bench", [Scope::Admin].into())
        .await?;
    Ok(paired.token)
}

async fn create(cluster: &str) -> anyhow::Result<String> {
    let name = format!("bench_{}", uuid::Uuid::new_v4().simple());
    let connection = sea_orm::Database::connect(cluster).await?;
    connection
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await?;
    connection.close().await?;
    let mut url = url::Url::parse(cluster)?;
    url.set_path(&name);
    Ok(url.to_string())
}
