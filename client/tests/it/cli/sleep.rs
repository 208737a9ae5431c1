use serde_json::{Value, json};

use super::{AT, project};
use crate::support::{Answer, Server, pcc::Pcc};

fn accepted(field: &str, status: &str) -> Answer {
    let operation =
        json!({ "id": "op", "kind": "SLEEP_PROJECT", "state": "PENDING", "attempts": 0, "createdAt": AT, "steps": [] });
    Answer::Data(json!({ field: { "project": project(status), "operation": operation } }))
}

async fn server() -> Server {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
        Some("Projects") => {
            let mut sleeping = project("SLEEPING");
            sleeping["sleep"] = json!({ "because": "ROOM", "since": AT });
            let page = json!({ "hasNextPage": false });
            Answer::Data(json!({ "projects": { "nodes": [sleeping], "pageInfo": page, "totalCount": 1 } }))
        }
        Some("SleepProject") => accepted("sleepProject", "STOPPING"),
        Some("WakeProject") => accepted("wakeProject", "STARTING"),
        Some("SetSleepSetting") => {
            let (after, server) = (&body["variables"]["input"]["afterSeconds"], json!(1_800));
            let shown = match after.as_i64() {
                None => &server,
                Some(0) => &Value::Null,
                Some(_) => after,
            };
            let setting = json!({ "afterSeconds": shown, "isOwn": !after.is_null(), "serverAfterSeconds": server });
            Answer::Data(json!({ "setSleepSetting": { "project": { "id": "UHJvamVjdDox", "sleepSetting": setting } } }))
        }
        other => panic!("{other:?}"),
    };
    Server::start(answer, |_: &Value| Vec::new(), []).await
}

#[tokio::test]
async fn an_agent_is_put_to_sleep_and_woken() {
    let server = server().await;
    for (what, operation) in [("sleep", "SleepProject"), ("wake", "WakeProject")] {
        let said = Pcc::of(&server.base).run(&[what, "demo", "--no-wait"]).await;
        assert_eq!(said.stdout, "demo op\n", "{said:?}");
        let post = server.posts().pop().unwrap();
        assert_eq!(
            (&post["operationName"], &post["variables"]["input"]["id"]),
            (&json!(operation), &json!("UHJvamVjdDox"))
        );
    }
}

#[tokio::test]
async fn when_it_sleeps_by_itself_can_be_said() {
    let server = server().await;
    for (after, sent, line) in [
        ("2h", json!(7_200), "demo sleeps after 2 h without work.\n"),
        ("never", json!(0), "demo sleeps never by itself.\n"),
        (
            "default",
            Value::Null,
            "demo sleeps after 30 min without work, as the server has it.\n",
        ),
    ] {
        let said = Pcc::of(&server.base).run(&["sleep", "demo", "--after", after]).await;
        assert_eq!(said.stdout, line, "{said:?}");
        assert_eq!(
            server.posts().last().unwrap()["variables"]["input"]["afterSeconds"],
            sent
        );
    }
}

#[tokio::test]
async fn a_list_says_why_an_agent_sleeps() {
    let server = server().await;
    let said = Pcc::of(&server.base).run(&["projects"]).await;
    let because = "since 2026-11-23 00:00 UTC: another agent needed the room; a prompt wakes it";
    assert!(said.stdout.contains(because), "{said:?}");
}
