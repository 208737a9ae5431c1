use serde_json::{Value, json};

use super::project;
use crate::support::{Answer, Server, pcc::Pcc};

async fn server() -> Server {
    let agent = |name: &str, mode: &str, is_default: bool| json!({ "name": name, "description": "Does\nthings", "mode": mode, "isDefault": is_default });
    let agents = json!([agent("build", "PRIMARY", true), agent("explore", "SUBAGENT", false)]);
    let models = json!([{ "name": "a/b", "title": "B", "provider": "A", "contextTokens": 200_000.0, "inputCostUsd": 1.5,
        "outputCostUsd": 2.0, "reasons": false, "readsImages": true, "readsPdf": false, "isDefault": false }]);
    let commands = json!([{ "name": "review", "source": "COMMAND", "isSubtask": true, "arguments": ["$ARGUMENTS"] }]);
    let answer = move |body: &Value| {
        let of_project = |field: &str, value: &Value| Answer::Data(json!({ "project": { field: value } }));
        match body["operationName"].as_str() {
            Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
            Some("Agents") => of_project("agents", &agents),
            Some("Models") => of_project("models", &models),
            Some("Commands") => of_project("commands", &commands),
            other => panic!("{other:?}"),
        }
    };
    Server::start(answer, |_| Vec::new(), []).await
}

#[tokio::test]
async fn what_can_be_named_is_listed() {
    let server = server().await;
    for (what, expected) in [
        (
            "agents",
            "AGENT    FOR     MODEL  WHAT IT IS FOR\nbuild *  people  -      Does things\nexplore  agents  -      Does things\n",
        ),
        (
            "models",
            "MODEL  NAME  CONTEXT  PRICE\na/b    B     200k     $1.5 / $2\n",
        ),
        (
            "commands",
            "COMMAND            FROM     WHAT IT DOES\nreview $ARGUMENTS  COMMAND\n",
        ),
    ] {
        let said = Pcc::of(&server.base).run(&[what, "demo"]).await;
        assert_eq!(
            (said.status.code(), said.stdout.as_str()),
            (Some(0), expected),
            "{said:?}"
        );
    }
    let said = Pcc::of(&server.base).run(&["models", "demo", "--json"]).await;
    let listed: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(listed[0]["name"], "a/b");
}
