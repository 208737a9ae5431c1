use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::{AT, project, session};
use crate::support::{Answer, Connection, End, Server, in_time, pcc::Pcc};

fn message(id: &str, role: &str, parts: &[Value], more: Value) -> Value {
    let mut message = json!({ "id": id, "role": role, "session": { "id": "s", "project": { "id": "p" } },
        "parts": parts, "changes": [], "createdAt": AT });
    message
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    message
}

fn text(id: &str, text: &str) -> Value {
    json!({ "__typename": "TextPart", "id": id, "text": text, "isSynthetic": false, "isComplete": false })
}

fn tool(state: &str) -> Value {
    json!({ "__typename": "ToolPart", "id": "tool", "tool": "bash", "state": state, "input": { "command": "ls" },
        "isOutputCut": false })
}

/// What was said before; none of it is new.
fn before() -> Vec<Value> {
    let done = json!({ "completedAt": AT });
    vec![
        message("0", "USER", &[text("t0", "Hello")], json!({ "delivery": "CONSUMED" })),
        message("1", "ASSISTANT", &[text("t1", "Old answer")], done),
    ]
}

fn prompt(delivery: &str) -> Value {
    message(
        "q",
        "USER",
        &[text("tq", "Count crabs")],
        json!({ "delivery": delivery }),
    )
}

fn answer(parts: &[Value], more: Value) -> Value {
    message("a", "ASSISTANT", parts, more)
}

fn snapshot(status: &str, new: &[Value]) -> Value {
    let messages: Vec<_> = before().into_iter().chain(new.iter().cloned()).collect();
    item(
        json!({ "__typename": "SessionSnapshot", "session": session(status), "messages": messages, "todoList": { "todos": [] }, "cursor": "c" }),
    )
}

fn item(item: Value) -> Value {
    json!({ "sessionStream": item })
}

fn changed(message: Value) -> Value {
    item(json!({ "__typename": "MessageChanged", "messageId": message["id"], "message": message }))
}

fn part(part: Value) -> Value {
    item(json!({ "__typename": "PartChanged", "messageId": "a", "part": part }))
}

fn delta(offset: usize, text: &str) -> Value {
    item(json!({ "__typename": "TextAppended", "messageId": "a", "partId": "t", "offset": offset, "text": text }))
}

fn status(status: &str) -> Value {
    item(json!({ "__typename": "SessionStatusChanged", "status": status }))
}

fn answers(body: &Value) -> Answer {
    let page = json!({ "hasNextPage": false });
    match body["operationName"].as_str() {
        Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
        Some("Sessions") => {
            Answer::Data(json!({ "project": { "sessions": { "nodes": [session("IDLE")], "pageInfo": page } } }))
        }
        Some("SessionDecisions") => Answer::Data(json!({ "session": { "decisions": { "nodes": [] } } })),
        Some("SendPrompt") => Answer::Data(json!({ "sendPrompt": { "message": prompt("QUEUED") } })),
        Some("RunCommand") => Answer::Data(json!({ "runCommand": { "message": prompt("QUEUED") } })),
        Some("AbortSession") => Answer::Data(json!({ "abortSession": { "session": session("BUSY") } })),
        other => panic!("{other:?}"),
    }
}

/// Each connection brings the next of the streams.
async fn server(streams: Vec<Vec<Value>>, connections: Vec<Connection>) -> Server {
    let opened = AtomicUsize::new(0);
    let items = move |_: &Value| streams[opened.fetch_add(1, Ordering::SeqCst)].clone();
    Server::start(answers, items, connections).await
}

/// The first connection is cut in the middle of a word; the second starts further on.
async fn server_with_a_break() -> Server {
    let first = vec![
        snapshot("IDLE", &[]),
        changed(prompt("CONSUMED")),
        status("BUSY"),
        changed(answer(&[], json!({}))),
        part(tool("RUNNING")),
        part(tool("COMPLETED")),
        part(text("t", "")),
        delta(0, "Two 🦀"),
        delta(6, "🦀 are"),
    ];
    let answered = answer(
        &[tool("COMPLETED"), text("t", "Two 🦀🦀 are here")],
        json!({ "completedAt": AT }),
    );
    let second = vec![
        snapshot(
            "BUSY",
            &[
                prompt("CONSUMED"),
                answer(&[tool("COMPLETED"), text("t", "Two 🦀🦀 are he")], json!({})),
            ],
        ),
        delta(15, "re"),
        changed(answered),
        status("IDLE"),
    ];
    server(vec![first, second], vec![Connection(9, End::Drop)]).await
}

#[tokio::test]
async fn the_answer_is_printed_once_over_a_break() {
    let server = server_with_a_break().await;
    let said = Pcc::of(&server.base).run(&["chat", "demo", "Count", "crabs"]).await;
    assert_eq!(
        (said.status.code(), said.stdout.as_str()),
        (Some(0), "Two 🦀🦀 are here\n"),
        "{said:?}"
    );
    assert_eq!(said.stderr, "▸ bash ls\n");
    let prompt = server
        .posts()
        .into_iter()
        .find(|post| post["operationName"] == "SendPrompt")
        .unwrap();
    assert_eq!(
        prompt["variables"]["input"]["parts"],
        json!([{ "text": "Count crabs" }])
    );
}

#[tokio::test]
async fn a_prompt_goes_to_the_agent_and_the_model_that_were_named() {
    let server = server_with_a_break().await;
    let words = [
        "chat",
        "demo",
        "--agent",
        "plan",
        "--model",
        "demo/second",
        "Count crabs",
    ];
    let said = Pcc::of(&server.base).run(&words).await;
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    let posts = server.posts();
    let prompt = posts.iter().find(|post| post["operationName"] == "SendPrompt").unwrap();
    let input = &prompt["variables"]["input"];
    assert_eq!(
        (&input["agent"], &input["model"]),
        (&json!("plan"), &json!("demo/second"))
    );
}

#[tokio::test]
async fn a_command_is_run_with_the_words_behind_it() {
    let server = server_with_a_break().await;
    let words = ["chat", "demo", "--command", "count", "--agent", "plan", "all", "crabs"];
    let said = Pcc::of(&server.base).run(&words).await;
    assert_eq!(
        (said.status.code(), said.stdout.as_str()),
        (Some(0), "Two 🦀🦀 are here\n"),
        "{said:?}"
    );
    let posts = server.posts();
    let run = posts.iter().find(|post| post["operationName"] == "RunCommand").unwrap();
    let input = &run["variables"]["input"];
    assert_eq!(
        (&input["command"], &input["arguments"], &input["agent"]),
        (&json!("count"), &json!("all crabs"), &json!("plan"))
    );
}

#[tokio::test]
async fn in_json_each_line_is_an_event_and_the_texts_add_up() {
    let server = server_with_a_break().await;
    let said = Pcc::of(&server.base)
        .run(&["chat", "demo", "Count crabs", "--json"])
        .await;
    let lines = said.json_lines();
    assert_eq!(
        (&lines[0], said.stderr.as_str()),
        (&json!({ "type": "prompt", "session": "s", "message": "q" }), "")
    );
    let texts: String = lines
        .iter()
        .filter(|line| line["type"] == "text")
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert_eq!(texts, "Two 🦀🦀 are here");
    let tools: Vec<_> = lines
        .iter()
        .filter(|line| line["type"] == "tool")
        .map(|line| &line["state"])
        .collect();
    assert_eq!(tools, ["RUNNING", "COMPLETED"]);
    assert_eq!(
        lines.last().unwrap(),
        &json!({ "type": "end", "session": "s", "outcome": { "state": "COMPLETED" } })
    );
}

#[tokio::test]
async fn an_agent_that_fails_is_one_and_its_sentence() {
    let fault = json!({ "name": "APIError", "message": "The model is overloaded.", "isRetryable": true });
    let failed = answer(&[text("t", "Half")], json!({ "error": fault, "completedAt": AT }));
    for (stream, stdout, sentence) in [
        (
            vec![
                snapshot("IDLE", &[]),
                changed(prompt("CONSUMED")),
                changed(failed),
                status("IDLE"),
            ],
            "Half\n",
            "The model is overloaded.",
        ),
        (
            vec![snapshot("IDLE", &[]), changed(prompt("FAILED"))],
            "",
            "The agent did not take the prompt.",
        ),
    ] {
        let server = server(vec![stream], Vec::new()).await;
        let said = Pcc::of(&server.base).run(&["chat", "demo", "Count crabs"]).await;
        assert_eq!(
            (said.status.code(), said.stdout.as_str()),
            (Some(1), stdout),
            "{said:?}"
        );
        assert_eq!(said.stderr, format!("error: {sentence}\n"));
    }
}

/// Nobody is at the terminal: it is said how to decide, once, and the turn goes on when somebody has.
#[tokio::test]
async fn a_decision_in_the_middle_is_told() {
    let decision = json!({ "__typename": "PermissionRequest", "id": "d", "state": "PENDING",
        "project": { "id": "p", "slug": "demo", "name": "Demo" }, "risks": ["READS"], "createdAt": AT,
        "isByPolicy": false, "tool": "bash", "patterns": ["ls"], "command": "ls", "isDiffCut": false, "always": [] });
    let asked = json!({ "session": { "decisions": { "nodes": [decision] } } });
    let answers = move |body: &Value| match body["operationName"].as_str() {
        Some("SessionDecisions") => Answer::Data(asked.clone()),
        _ => answers(body),
    };
    let waiting = vec![
        snapshot("IDLE", &[]),
        changed(prompt("CONSUMED")),
        status("BUSY"),
        changed(answer(&[tool("RUNNING")], json!({}))),
    ];
    let done = answer(&[tool("COMPLETED"), text("t", "Done")], json!({ "completedAt": AT }));
    let after = vec![snapshot("IDLE", &[prompt("CONSUMED"), done])];
    let streams = [waiting, after];
    let opened = AtomicUsize::new(0);
    let items = move |_: &Value| streams[opened.fetch_add(1, Ordering::SeqCst)].clone();
    let server = Server::start(answers, items, [Connection(4, End::DropAfter("SessionDecisions"))]).await;
    let said = Pcc::of(&server.base).run(&["chat", "demo", "Count crabs"]).await;
    assert_eq!(
        (said.status.code(), said.stdout.as_str()),
        (Some(0), "Done\n"),
        "{said:?}"
    );
    let told = "waiting for a decision (reads): ls\n  pcc inbox, or the id d\n";
    assert_eq!(said.stderr.matches(told).count(), 1, "{}", said.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_the_turn() {
    let busy = vec![
        snapshot("IDLE", &[]),
        changed(prompt("CONSUMED")),
        status("BUSY"),
        changed(answer(&[text("t", "Counting for ever\n")], json!({}))),
    ];
    let fault = json!({ "name": "MessageAbortedError", "message": "Aborted.", "isRetryable": false });
    let aborted = answer(&[text("t", "Counting for ever\n")], json!({ "error": fault }));
    let after = vec![snapshot("IDLE", &[prompt("CONSUMED"), aborted])];
    let server = server(vec![busy, after], vec![Connection(4, End::DropAfter("AbortSession"))]).await;
    let mut child = Pcc::of(&server.base).start(&["chat", "demo", "Count crabs"]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    in_time(stdout.read_line(&mut line)).await.unwrap();
    assert_eq!(line, "Counting for ever\n");
    let pid = child.id().unwrap().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = in_time(child.wait()).await.unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
    assert_eq!(status.code(), Some(130), "{stderr}");
    assert_eq!(
        server
            .posts()
            .iter()
            .filter(|post| post["operationName"] == "AbortSession")
            .count(),
        1
    );
}
