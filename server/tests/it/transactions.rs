//! A transaction that is given up, wherever it is, leaves nothing open behind.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use server::db::Database;

use crate::support::{
    database::{Kind, TestDatabase},
    until::until,
};

/// Times after which it is given up, in steps of 20 µs: from before `BEGIN` is sent to after it was answered.
const TIMES: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_given_up_leaves_no_transaction_open() {
    let database = TestDatabase::new(Kind::Postgres).await;
    let db = Database::open(&database.url).await.unwrap();
    for round in 0..3 * TIMES {
        let patience = Duration::from_micros(round % TIMES * 20);
        let _ = tokio::time::timeout(patience, db.begin()).await;
    }
    let open = "SELECT count(*) AS n FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    until("every transaction to be ended", async || {
        let reader = db.reader();
        let asked = Statement::from_string(reader.get_database_backend(), open);
        let open: i64 = reader.query_one_raw(asked).await.unwrap()?.try_get("", "n").unwrap();
        (open == 0).then_some(())
    })
    .await;
}
