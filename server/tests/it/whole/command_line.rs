//! The server's own command line.

use std::process::Command;

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{database::Kind, server::TestServer};

async fn server() -> TestServer {
    TestServer::with(Kind::Sqlite, &json!({}), &[("PCC_AGENT_COMMAND", "no-such-opencode")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_all_that_is_printed_whether_the_server_runs_or_not() {
    let mut server = server().await;
    for is_running in [true, false] {
        if !is_running {
            server.kill();
        }
        let made = server
            .command(&["token", "create", "--name", "script", "--scope", "read"])
            .0
            .output()
            .unwrap();
        assert!(made.status.success());
        let text = String::from_utf8(made.stdout).unwrap();
        assert!(
            text.starts_with("pcc_") && text.trim_end().lines().count() == 1,
            "{text:?}"
        );
    }
    server.run();
    assert_eq!(server.client().devices().await.unwrap().len(), 3);
    let wrong = server
        .command(&["token", "create", "--name", "x", "--scope", "everything"])
        .0
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("read, steer, manage, admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_used_folder_are_said_plainly() {
    let server = server().await;
    let address = &server.url()["http://".len()..];
    let taken = server.command(&["serve", "--listen", address]).0.output().unwrap();
    let words = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert_eq!(taken.status.code(), Some(1));
    assert!(words.contains(address) && words.contains("--listen"), "{words}");
    let used = server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .0
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&used.stderr).contains("another pcc-server uses"),
        "{used:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_server_is_left_alone() {
    let mut server = server().await;
    server.kill();
    let db = sea_orm::Database::connect(server.database_url()).await.unwrap();
    db.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)")
        .await
        .unwrap();
    db.close().await.unwrap();
    let refused = server
        .command(&["serve", "--listen", "127.0.0.1:0"])
        .0
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        words.contains("newer than this server") && words.contains("m29990101_000001_future"),
        "{words}"
    );
}

#[test]
fn the_printed_schema_is_the_committed_one() {
    let printed = Command::new(env!("CARGO_BIN_EXE_pcc-server"))
        .arg("schema")
        .output()
        .unwrap();
    let committed = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql")).unwrap();
    assert!(
        printed.stdout == committed,
        "schema.graphql is out of date: run `cargo schema`"
    );
}
