//! What OpenCode was recorded doing, done again through the graph: at the end the graph's messages, those that were read
//! and those that somebody watched come, are the ones that OpenCode's own list has, part by part.
//!
//! Each scenario says what its messages are in outline, so that it is seen to be the one that was recorded.

mod scenario;
mod side_by_side;

use client::types::{
    DecisionAnswerInput, Message, MessageRole, Part, PermissionReply, QuestionAnswerInput, SessionStatus, ToolPart,
};
use fakes::llm::Fault;
use serde_json::json;

use self::{
    scenario::{Recorder, Scenario},
    side_by_side::{GIVEN_UP, text},
};
use super::stage::{once, patiently, reply};
use crate::support::database::Kind;

const USER: &str = "user text";
const ANSWER: &str = "assistant step-start text step-finish";

fn tool(messages: &[Message]) -> &ToolPart {
    let mut parts = messages.iter().flat_map(|message| &message.parts);
    let found = parts.find_map(|part| match part {
        Part::ToolPart(tool) => Some(tool),
        _ => None,
    });
    found.unwrap()
}

/// a, a2, c, j: said, thought, broken off, said while busy.
async fn what_is_said(kind: Kind) {
    let recorder = Recorder::new(kind).await;
    let mut scenario = recorder.begin("plain text").await;
    scenario.say("[[tokens 12]] [[delay 10]]").await;
    scenario.ends(&[USER, ANSWER]).await;

    let mut scenario = recorder.begin("warm reasoning").await;
    scenario.say("[[reason]] say hi [[delay 30]]").await;
    let answer = "assistant step-start reasoning text step-finish";
    scenario.ends(&[USER, answer]).await;

    let mut scenario = recorder.begin("abort mid stream").await;
    scenario.say("[[tokens 400]] [[delay 20]]").await;
    scenario.shows("word10 ").await;
    scenario.abort().await;
    let broken_off = "assistant !MessageAbortedError step-start text";
    scenario.ends(&[USER, broken_off]).await;

    let mut scenario = recorder.begin("prompt while busy").await;
    scenario.say("[[tokens 100]] [[delay 20]]").await;
    scenario.shows("word10 ").await;
    scenario.say("[[text: second]]").await;
    scenario.ends(&[USER, ANSWER, USER, ANSWER]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_recording_of_what_is_said_on_sqlite() {
    what_is_said(Kind::Sqlite).await;
}

/// d, d2, d3, d4: the provider refuses, fails and is asked again, breaks off, or is given up.
async fn what_goes_wrong(kind: Kind) {
    let recorder = Recorder::new(kind).await;
    for (name, prompt) in [("error 401", "[[http 401]]"), ("error 400", "[[http 400]]")] {
        let mut scenario = recorder.begin(name).await;
        scenario.say(prompt).await;
        scenario.ends(&[USER, "assistant !APIError"]).await;
    }

    let mut scenario = recorder.begin("error 500, then an answer").await;
    recorder.stage.llm.fail_next([Fault::status(500)]);
    scenario.say("[[text: at last]]").await;
    scenario.ends(&[USER, ANSWER]).await;

    let mut scenario = recorder.begin("stream cut, then an answer").await;
    recorder.stage.llm.fail_next([Fault::cut_after(6)]);
    scenario.say("[[tokens 20]] [[delay 30]]").await;
    scenario
        .ends(&[USER, "assistant step-start text step-start text step-finish"])
        .await;

    let mut scenario = recorder.begin("error 500, given up").await;
    scenario.say("[[http 500]]").await;
    patiently("a retry", async || {
        (scenario.status(&scenario.session).await == SessionStatus::Retrying).then_some(())
    })
    .await;
    scenario.abort().await;
    // OpenCode does not say of it that it was aborted: the server does.
    let messages = scenario.ends(&[USER, "assistant"]).await;
    let error = messages[1].error.as_ref().unwrap();
    assert_eq!((error.name.as_str(), error.is_retryable), (GIVEN_UP, true));
    assert!(
        error.message.ends_with("again. scripted provider error 500"),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_recording_of_what_goes_wrong_on_sqlite() {
    what_goes_wrong(Kind::Sqlite).await;
}

/// b, b2, c2, e, f, f2, i: asked, refused, aborted meanwhile, written, answered, done by a sub-agent.
async fn what_is_asked_and_done(kind: Kind) {
    let recorder = Recorder::new(kind).await;
    let calls = |tool: &str| format!("assistant step-start text {tool} step-finish");

    let mut scenario = recorder.begin("bash, allowed once").await;
    let asked = scenario
        .asked("[[bash: echo hi-from-bash; sleep 0.3; echo done]]")
        .await;
    scenario.decide(&asked, once()).await;
    scenario.ends(&[USER, &calls("bash:completed"), ANSWER]).await;

    let mut scenario = recorder.begin("bash, refused").await;
    let asked = scenario.asked("[[bash: rm -rf nothing]]").await;
    let no = reply(PermissionReply::Reject, Some("not now please"));
    scenario.decide(&asked, no).await;
    let messages = scenario.ends(&[USER, &calls("bash:error"), ANSWER]).await;
    assert!(tool(&messages).error.as_deref().unwrap().contains("not now please"));

    let mut scenario = recorder.begin("abort during permission").await;
    let asked = scenario.asked("[[bash: echo never]]").await;
    scenario.abort().await;
    recorder.stage.closed(&asked.id).await;
    let broken_off = "assistant !MessageAbortedError step-start text bash:error";
    scenario.ends(&[USER, broken_off]).await;

    let mut scenario = recorder.begin("write, todo, diff").await;
    let asked = scenario.asked("[[write: src/new.txt]] [[todo]]").await;
    scenario.decide(&asked, once()).await;
    let wrote = format!("{} patch", calls("write:completed"));
    let messages = scenario
        .ends(&[USER, &wrote, &calls("todowrite:completed"), ANSWER])
        .await;
    has_its_todos_and_changes(&scenario, &messages).await;

    let mut scenario = recorder.begin("question").await;
    let asked = scenario.asked("[[question]]").await;
    let answer = QuestionAnswerInput::Answers(vec![vec!["Blue".to_owned()]]);
    scenario.decide(&asked, DecisionAnswerInput::Question(answer)).await;
    scenario.ends(&[USER, &calls("question:completed"), ANSWER]).await;

    let mut scenario = recorder.begin("question, dismissed").await;
    let asked = scenario.asked("[[question]]").await;
    let dismissed = QuestionAnswerInput::Reject(true);
    scenario.decide(&asked, DecisionAnswerInput::Question(dismissed)).await;
    scenario.ends(&[USER, &calls("question:error")]).await;

    let mut scenario = recorder.begin("task of a sub-agent").await;
    scenario.say("[[task]]").await;
    let messages = scenario.ends(&[USER, &calls("task:completed"), ANSWER]).await;
    // What the sub-agent said is in a session of its own.
    let child = &tool(&messages).child_session.as_ref().unwrap().id;
    let external = recorder.external(scenario.name).await.unwrap();
    let children = recorder
        .proxy
        .ask(&format!("/session/{external}/children"))
        .await
        .unwrap();
    scenario
        .is_the_same(child, text(&children[0]["id"]), &[USER, ANSWER])
        .await;
}

/// OpenCode sums the changes up a moment after the turn.
async fn has_its_todos_and_changes(scenario: &Scenario<'_>, messages: &[Message]) {
    let (recorder, client) = (scenario.of, &scenario.of.stage.client);
    let external = recorder.external(scenario.name).await.unwrap();
    let todos = client.todos(&scenario.session).await.unwrap().unwrap();
    let todos: Vec<_> = todos.iter().map(|todo| json!(todo.content)).collect();
    let own = recorder.proxy.ask(&format!("/session/{external}/todo")).await.unwrap();
    let own: Vec<_> = own
        .as_array()
        .unwrap()
        .iter()
        .map(|todo| todo["content"].clone())
        .collect();
    assert_eq!((todos, own.len()), (own.clone(), 2));

    let prompt = messages
        .iter()
        .find(|message| message.role == MessageRole::User)
        .unwrap();
    let id = recorder.own_list(&external).await[0]["info"]["id"].clone();
    let path = format!("/session/{external}/diff?messageID={}", text(&id));
    patiently("the changes that OpenCode tells", async || {
        let own = recorder.proxy.ask(&path).await.unwrap();
        let own: Vec<_> = own
            .as_array()?
            .iter()
            .map(|diff| {
                (
                    text(&diff["file"]).to_owned(),
                    diff["additions"].as_i64(),
                    diff["deletions"].as_i64(),
                )
            })
            .collect();
        let changes = client.turn_changes(&prompt.id, true).await.unwrap().unwrap();
        let changes: Vec<_> = changes
            .into_iter()
            .map(|change| (change.path, change.additions, change.deletions))
            .collect();
        (changes == own && changes == [("src/new.txt".to_owned(), Some(2), Some(0))]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_recording_of_what_is_asked_and_done_on_sqlite() {
    what_is_asked_and_done(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_recording_of_what_is_asked_and_done_on_postgres() {
    what_is_asked_and_done(Kind::Postgres).await;
}
