use serde_json::{Value, json};

use super::AT;
use crate::support::{Answer, Server, pcc::Pcc};

fn decision(state: &str, more: Value) -> Value {
    let mut decision = json!({ "id": "d", "state": state, "project": { "id": "p", "slug": "demo", "name": "Demo" },
        "session": { "id": "s", "title": "Crabs" }, "rootSession": { "id": "s", "title": "Crabs" },
        "risks": ["DELETES"], "createdAt": AT, "isByPolicy": false });
    decision
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    decision
}

fn permission(state: &str) -> Value {
    decision(
        state,
        json!({ "__typename": "PermissionRequest", "tool": "bash", "patterns": ["rm -rf nothing"],
            "command": "rm -rf nothing", "isDiffCut": false, "always": ["rm *"], "alwaysScope": "Every rm.",
            "answer": if state == "PENDING" { Value::Null } else { json!({ "reply": "ONCE" }) } }),
    )
}

fn question() -> Value {
    decision(
        "PENDING",
        json!({ "__typename": "Question", "risks": [], "prompts": [{ "question": "Which colour?", "header": "Colour",
            "options": [{ "label": "Red", "description": "" }, { "label": "Blue", "description": "" }],
            "isMultiple": false, "isCustom": false }] }),
    )
}

async fn server(asked: Value, decide: impl Fn(&Value) -> Answer + Send + Sync + 'static) -> Server {
    let answers = move |body: &Value| match body["operationName"].as_str() {
        Some("Decisions") => Answer::Data(json!({ "decisions": { "nodes": [asked.clone()],
            "pageInfo": { "hasNextPage": false } } })),
        Some("DecisionById") => Answer::Data(json!({ "decision": asked.clone() })),
        Some("Decide") => decide(&body["variables"]["input"]["answer"]),
        other => panic!("{other:?}"),
    };
    Server::start(answers, |_| Vec::new(), []).await
}

fn sent(server: &Server) -> Value {
    let posts = server.posts();
    let decided = posts.iter().find(|post| post["operationName"] == "Decide");
    decided.unwrap()["variables"]["input"]["answer"].clone()
}

#[tokio::test]
async fn the_inbox_is_listed_where_nobody_can_be_asked() {
    let server = server(permission("PENDING"), |_| panic!("nothing is decided")).await;
    let said = Pcc::of(&server.base).run(&["inbox"]).await;
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    let line = said.stdout.lines().nth(1).unwrap();
    assert!(
        line.starts_with("d ") && line.ends_with("deletes  rm -rf nothing"),
        "{line}"
    );
    let said = Pcc::of(&server.base).run(&["inbox", "--json"]).await;
    let listed: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(listed[0]["command"], "rm -rf nothing");
}

#[tokio::test]
async fn scripts_allow_deny_and_answer() {
    let decided = |_: &Value| Answer::Data(json!({ "decide": { "decision": permission("DECIDED") } }));
    for (arguments, expected) in [
        (&["allow", "d"][..], json!({ "permission": { "reply": "ONCE" } })),
        (
            &["allow", "d", "--always"],
            json!({ "permission": { "reply": "ALWAYS" } }),
        ),
        (&["deny", "d"], json!({ "permission": { "reply": "REJECT" } })),
        (
            &["deny", "d", "-m", "Use trash."],
            json!({ "permission": { "reply": "REJECT", "message": "Use trash." } }),
        ),
    ] {
        let server = server(permission("PENDING"), decided).await;
        let said = Pcc::of(&server.base).run(&[&["inbox"], arguments].concat()).await;
        assert_eq!(
            (said.status.code(), said.stdout.as_str()),
            (Some(0), "Allowed once: rm -rf nothing\n"),
            "{said:?}"
        );
        assert_eq!(sent(&server), expected, "{arguments:?}");
    }
    for (arguments, expected) in [
        (
            &["answer", "d", "blue"][..],
            json!({ "question": { "answers": [["Blue"]] } }),
        ),
        (&["answer", "d", "1"], json!({ "question": { "answers": [["Red"]] } })),
        (&["deny", "d"], json!({ "question": { "reject": true } })),
    ] {
        let server = server(question(), decided).await;
        let said = Pcc::of(&server.base).run(&[&["inbox"], arguments].concat()).await;
        assert_eq!(said.status.code(), Some(0), "{said:?}");
        assert_eq!(sent(&server), expected, "{arguments:?}");
    }
}

#[tokio::test]
async fn wrong_answers_are_usage_and_second_ones_name_the_first() {
    for (asked, arguments) in [
        (question(), &["answer", "d", "Green"][..]),
        (question(), &["answer", "d", "Red", "Blue"]),
        (question(), &["deny", "d", "-m", "No."]),
        (permission("PENDING"), &["answer", "d", "Red"]),
    ] {
        let server = server(asked, |_| panic!("nothing is decided")).await;
        let said = Pcc::of(&server.base).run(&[&["inbox"], arguments].concat()).await;
        assert_eq!(said.status.code(), Some(2), "{said:?}");
    }
    let conflict = |_: &Value| {
        Answer::Error(
            "This was decided before.",
            json!({ "code": "CONFLICT", "state": "DECIDED", "decidedAt": AT, "decidedBy": { "id": "x", "name": "iPad" } }),
        )
    };
    let server = server(permission("PENDING"), conflict).await;
    let said = Pcc::of(&server.base).run(&["inbox", "allow", "d"]).await;
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(
        said.stderr,
        "error: It was decided before on iPad, at 2026-11-23 00:00:00 UTC.\n"
    );
    let said = Pcc::of(&server.base).run(&["inbox", "allow", "d", "--json"]).await;
    let error: Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!(
        (&error["error"]["code"], &error["error"]["decidedBy"]["name"]),
        (&json!("CONFLICT"), &json!("iPad"))
    );
}
