//! A short run of the proof that clients may come and go; `cargo xtask disconnects` is the long one.

use disconnects::{Options, run};

use crate::support::{
    database::{Kind, TestDatabase},
    opencode,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pcc-server");

/// `PCC_TEST_DISCONNECTS` asks for more.
fn count() -> u64 {
    let asked = std::env::var("PCC_TEST_DISCONNECTS").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(200)
}

async fn nothing_is_lost(kind: Kind) {
    let database = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(TestDatabase::new(kind).await),
    };
    let report = run(Options {
        server: PROGRAM.into(),
        opencode: opencode::program(),
        database_url: database.map(|database| database.url),
        seed: rand::random(),
        count: count(),
    })
    .await
    .unwrap();
    assert!(report.holds(), "{report}");
    // Else it proves nothing.
    assert!(report.count("streams broken") >= count(), "{report}");
    assert!(report.count("demands to read afresh") > 0, "{report}");
    println!("{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_clients_come_and_go_and_nothing_is_lost_on_sqlite() {
    nothing_is_lost(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_clients_come_and_go_and_nothing_is_lost_on_postgres() {
    nothing_is_lost(Kind::Postgres).await;
}
