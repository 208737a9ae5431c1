//! A database of its own for each test, on SQLite or on PostgreSQL.

use sea_orm::ConnectionTrait;
use tempfile::TempDir;

/// Dropped with the test: the file with its folder, the PostgreSQL database with its cluster.
pub struct TestDatabase {
    pub url: String,
    _folder: Option<TempDir>,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl TestDatabase {
    pub async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = server::db::sqlite_url(&folder.path().join("pcc.db"));
                Self {
                    url,
                    _folder: Some(folder),
                }
            }
            Kind::Postgres => {
                let maintenance = std::env::var("PCC_TEST_POSTGRES_URL")
                    .expect("run the tests by \"cargo xtask test\", which starts PostgreSQL");
                let name = format!("pcc_{}", uuid::Uuid::new_v4().simple());
                let connection = sea_orm::Database::connect(&maintenance).await.unwrap();
                connection
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                connection.close().await.unwrap();
                let mut url = url::Url::parse(&maintenance).unwrap();
                url.set_path(&name);
                Self {
                    url: url.to_string(),
                    _folder: None,
                }
            }
        }
    }
}
