//! The scripted model under the real OpenCode: what OpenCode makes of it is what the server will see.

use std::time::Duration;

use fakes::{
    llm::{Fault, Kind, Llm, opencode_config},
    opencode::{OpenCode, USERNAME},
};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use sseer::EventStream;
use tokio::time::timeout;

use crate::support::client;

const DEADLINE: Duration = Duration::from_secs(120);

/// A model, an OpenCode that uses it, and what that tells.
struct Stage {
    llm: Llm,
    opencode: OpenCode,
    events: std::pin::Pin<Box<dyn Stream<Item = Value>>>,
}

impl Stage {
    async fn set() -> Self {
        let llm = Llm::start().await.unwrap();
        let opencode = OpenCode::start(&opencode_config(&llm.url())).await.unwrap();
        let watcher = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = watcher
            .get(format!("{}/event", opencode.url))
            .basic_auth(USERNAME, Some(&opencode.password));
        let stream = EventStream::new(request.send().await.unwrap().bytes_stream());
        let events = stream.map(|event| serde_json::from_str(&event.unwrap().data).unwrap());
        let mut stage = Self {
            llm,
            opencode,
            events: Box::pin(events),
        };
        stage.until(|event| event["type"] == "server.connected").await;
        stage
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = client().post(format!("{}{path}", self.opencode.url)).json(&body);
        let response = request
            .basic_auth(USERNAME, Some(&self.opencode.password))
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        let body = response.text().await.unwrap();
        serde_json::from_str(&body).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let request = client().get(format!("{}{path}", self.opencode.url));
        request
            .basic_auth(USERNAME, Some(&self.opencode.password))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn prompt(&self, text: &str) -> String {
        let session = self.post("/session", json!({})).await["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let body = json!({ "parts": [{ "type": "text", "text": text }] });
        self.post(&format!("/session/{session}/prompt_async"), body).await;
        session
    }

    /// Reads on until an event fits; returns all that came, this one last.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut seen = Vec::new();
        let reading = async {
            while let Some(event) = self.events.next().await {
                seen.push(event);
                if seen.last().is_some_and(&fits) {
                    return;
                }
            }
            panic!("the stream of events ended");
        };
        if timeout(DEADLINE, reading).await.is_err() {
            let types: Vec<_> = seen.iter().map(|event| event["type"].to_string()).collect();
            panic!(
                "it did not happen; seen: {types:?}\nOpenCode says:\n{}",
                self.opencode.log()
            );
        }
        seen
    }

    async fn until_idle(&mut self, session: &str) -> Vec<Value> {
        self.until(|event| event["type"] == "session.idle" && event["properties"]["sessionID"] == session)
            .await
    }

    /// Of this session: one that was aborted in the middle of a wait may still tell of it later.
    async fn until_retry(&mut self, session: &str) -> Vec<Value> {
        let is_retry = |event: &Value| event["properties"]["status"]["type"] == "retry";
        self.until(|event| is_retry(event) && event["properties"]["sessionID"] == session)
            .await
    }

    /// The last text of the assistant, from the stored messages.
    async fn answer(&self, session: &str) -> String {
        let messages = self.get(&format!("/session/{session}/message")).await;
        let parts = messages.as_array().unwrap().last().unwrap()["parts"]
            .as_array()
            .unwrap();
        let text = parts.iter().rfind(|part| part["type"] == "text").expect("no text");
        text["text"].as_str().unwrap().to_owned()
    }
}

/// What streamed in one session.
fn deltas(events: &[Value], session: &str) -> String {
    let deltas = events.iter().filter(|event| event["type"] == "message.part.delta");
    deltas
        .filter(|event| event["properties"]["sessionID"] == session)
        .filter_map(|event| event["properties"]["delta"].as_str())
        .collect()
}

/// The states that a tool went through, in order and without repetition.
fn states(events: &[Value], tool: &str) -> Vec<String> {
    let parts = events
        .iter()
        .map(|event| &event["properties"]["part"])
        .filter(|part| part["tool"] == tool);
    let mut states: Vec<_> = parts
        .filter_map(|part| part["state"]["status"].as_str().map(str::to_owned))
        .collect();
    states.dedup();
    states
}

const WHOLE: [&str; 3] = ["pending", "running", "completed"];

#[tokio::test]
async fn text_streams_and_the_session_gets_a_title() {
    let mut stage = Stage::set().await;
    let session = stage
        .prompt("Tell me about rivers [[tokens 20]] [[delay 5]] [[reason]]")
        .await;
    let events = stage.until_idle(&session).await;
    let expected: String = (0..20).map(|n| format!("word{n} ")).collect();
    assert_eq!(deltas(&events, &session), format!("I am thinking about it. {expected}"));
    assert_eq!(stage.answer(&session).await.trim(), expected.trim());

    stage
        .until(|event| event["properties"]["info"]["title"] == "Tell me about rivers")
        .await;
    assert_eq!(stage.llm.counters().titles, 1);
    let chats: Vec<_> = stage
        .llm
        .requests()
        .into_iter()
        .filter(|request| request.kind == Kind::Chat)
        .collect();
    assert_eq!(chats.len(), 1, "the title's request ran the orders too");

    let session = stage.prompt("What is a lifetime?").await;
    let events = stage.until_idle(&session).await;
    assert!(
        deltas(&events, &session).contains("> What is a lifetime?"),
        "{}",
        deltas(&events, &session)
    );
}

#[tokio::test]
async fn tools_run_one_after_another() {
    let mut stage = Stage::set().await;
    let session = stage.prompt("[[bash: echo hi-from-bash]] [[text: done]]").await;
    let events = stage.until_idle(&session).await;
    assert_eq!(states(&events, "bash"), WHOLE);
    assert_eq!(stage.answer(&session).await, "done");

    let session = stage
        .prompt(r"[[write: src/new.txt = one\ntwo\n]] [[bash: cat src/new.txt > copy.txt]] [[todo]]")
        .await;
    let events = stage.until_idle(&session).await;
    for tool in ["write", "bash", "todowrite"] {
        assert_eq!(states(&events, tool), WHOLE, "{tool}");
    }
    for file in ["src/new.txt", "copy.txt"] {
        assert_eq!(
            std::fs::read_to_string(stage.opencode.dir.join(file)).unwrap(),
            "one\ntwo\n",
            "{file}"
        );
    }
    let todos = events
        .iter()
        .find(|event| event["type"] == "todo.updated")
        .expect("no todo.updated");
    assert_eq!(todos["properties"]["todos"][0]["content"], "first");

    let session = stage
        .prompt("[[edit: src/new.txt]] [[edit: copy.txt = two => three]]")
        .await;
    let events = stage.until_idle(&session).await;
    assert_eq!(states(&events, "edit"), WHOLE.repeat(2));
    assert_eq!(
        std::fs::read_to_string(stage.opencode.dir.join("src/new.txt")).unwrap(),
        "one (edited)\ntwo\n"
    );
    assert_eq!(
        std::fs::read_to_string(stage.opencode.dir.join("copy.txt")).unwrap(),
        "one\nthree\n"
    );
}

#[tokio::test]
async fn a_newcomer_gets_a_file_and_a_sub_agent_its_orders() {
    let mut stage = Stage::set().await;
    let session = stage.prompt("Please create hello.txt").await;
    stage.until_idle(&session).await;
    let written = std::fs::read_to_string(stage.opencode.dir.join("hello.txt")).unwrap();
    assert_eq!(written, "This is hello.txt, written by the scripted demo model.\n");
    let answer = stage.answer(&session).await;
    assert!(
        answer.contains("`hello.txt`") && answer.contains("> Wrote file"),
        "{answer}"
    );

    let session = stage.prompt("[[task: [[write: sub.txt = by the sub-agent]]]]").await;
    let events = stage.until_idle(&session).await;
    assert_eq!(states(&events, "task"), WHOLE);
    assert_eq!(
        std::fs::read_to_string(stage.opencode.dir.join("sub.txt")).unwrap(),
        "by the sub-agent"
    );
}

#[tokio::test]
async fn a_question_waits_for_its_answer() {
    let mut stage = Stage::set().await;
    let session = stage.prompt("[[question: Which colour?]]").await;
    let events = stage.until(|event| event["type"] == "question.asked").await;
    let asked = &events.last().unwrap()["properties"];
    assert_eq!(asked["questions"][0]["question"], "Which colour?");
    let reply = format!("/question/{}/reply", asked["id"].as_str().unwrap());
    stage.post(&reply, json!({ "answers": [["Blue"]] })).await;
    stage.until_idle(&session).await;
    let answer = stage.answer(&session).await;
    assert!(answer.contains("Blue"), "{answer}");
}

#[tokio::test]
async fn faults_reach_opencode_as_the_real_ones_do() {
    let mut stage = Stage::set().await;
    let session = stage.prompt("[[http 500]]").await;
    let events = stage.until_retry(&session).await;
    assert_eq!(
        events.last().unwrap()["properties"]["status"]["message"],
        "scripted provider error 500"
    );
    stage.post(&format!("/session/{session}/abort"), json!({})).await;
    stage.until_idle(&session).await;

    let session = stage.prompt("[[tokens 20]] [[delay 200]] [[cut]]").await;
    let events = stage.until_retry(&session).await;
    let seen = deltas(&events, &session);
    assert!(
        seen.starts_with("word0 ") && "word0 word1 word2 word3 word4 word5 ".starts_with(&seen),
        "{seen}"
    );
    stage.post(&format!("/session/{session}/abort"), json!({})).await;
    stage.until_idle(&session).await;

    let session = stage.prompt("[[http 401]]").await;
    let events = stage
        .until(|event| event["type"] == "session.error" && event["properties"]["sessionID"] == session)
        .await;
    assert_eq!(events.last().unwrap()["properties"]["error"]["data"]["statusCode"], 401);

    stage.llm.fail_next([Fault::status(503)]);
    let session = stage.prompt("[[text: recovered]]").await;
    stage.until_retry(&session).await;
    stage.until_idle(&session).await;
    assert_eq!(stage.answer(&session).await, "recovered");
}

#[tokio::test]
async fn dropping_it_ends_the_process_and_its_folders() {
    let opencode = OpenCode::start(&json!({ "autoupdate": false })).await.unwrap();
    let (url, dir) = (opencode.url.clone(), opencode.dir.clone());
    let health = client().get(format!("{url}/global/health"));
    assert_eq!(
        health.try_clone().unwrap().send().await.unwrap().status(),
        401,
        "it has a password"
    );
    drop(opencode);
    health.send().await.expect_err("it still answers");
    assert!(!dir.exists());
}
