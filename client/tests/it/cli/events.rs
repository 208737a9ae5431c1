use serde_json::{Value, json};

use super::AT;
use crate::support::{Answer, Connection, End, Server, pcc::Pcc};

fn deleted(cursor: usize) -> Value {
    json!({ "events": { "cursor": cursor.to_string(), "at": AT, "actor": { "kind": "SERVER" },
        "change": { "__typename": "ProjectDeleted", "projectId": "p", "slug": format!("event-{cursor}") } } })
}

#[tokio::test]
async fn what_is_there_is_printed_and_then_it_ends() {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("CurrentCursor") => Answer::Data(json!({ "cursor": "5" })),
        other => panic!("{other:?}"),
    };
    let items = |payload: &Value| {
        let after: usize = payload["variables"]["after"].as_str().unwrap().parse().unwrap();
        // One more than there was at the start.
        (after + 1..=6).map(deleted).collect()
    };
    let server = Server::start(answer, items, [Connection(1, End::Drop)]).await;
    let pcc = Pcc::of(&server.base);
    let printed = pcc.run(&["events", "--after", "2", "--json"]).await;
    assert!(printed.status.success(), "{printed:?}");
    let cursors: Vec<_> = printed
        .json_lines()
        .iter()
        .map(|event| event["cursor"].clone())
        .collect();
    assert_eq!(cursors, ["3", "4", "5"]);
    assert_eq!(printed.json_lines()[0]["change"]["__typename"], "ProjectDeleted");

    let nothing = pcc.run(&["events", "--after", "5"]).await;
    assert_eq!((nothing.status.code(), nothing.stdout.as_str()), (Some(0), ""));
}
