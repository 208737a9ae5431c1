//! Opening a database.

use server::db::Database;

use crate::support::database::{Kind, TestDatabase};

/// A server that starts, and commands that are given meanwhile: each finds the tables, and none of them makes them twice.
async fn many_open_a_new_database_at_once(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let opening = (0..5).map(|_| {
        let url = database.url.clone();
        tokio::spawn(async move { Database::open(&url).await })
    });
    for opened in futures_util::future::join_all(opening).await {
        opened.unwrap().unwrap().close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_database_at_once_on_sqlite() {
    many_open_a_new_database_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_database_at_once_on_postgres() {
    many_open_a_new_database_at_once(Kind::Postgres).await;
}
