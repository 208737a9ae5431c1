//! Commands: run once, whatever becomes of the call that runs them.

use axum::http::Method;
use client::{
    ErrorCode,
    types::{DeliveryState, Message, MessageRole, Part, ProjectBy, RunCommandInput},
};
use fakes::proxy::AnswerFault;

use super::{
    bad_agent::{self, TOO_LATE},
    choices::more,
    stage::{Stage, patiently},
};
use crate::support::database::Kind;

fn greet(session: &str, arguments: &str, id: Option<&str>) -> RunCommandInput {
    RunCommandInput {
        session: session.to_owned(),
        command: "greet".to_owned(),
        arguments: arguments.to_owned(),
        files: Vec::new(),
        agent: None,
        model: None,
        when_busy: None,
        client_mutation_id: id.map(str::to_owned),
    }
}

fn texts(message: &Message) -> Vec<&str> {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::TextPart(part) => Some(part.text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// What was asked, and what OpenCode made of it.
fn is_greeting(message: &Message, arguments: &str) -> bool {
    let Some(Part::CommandPart(command)) = message.parts.first() else {
        return false;
    };
    assert_eq!(
        (command.name.as_str(), command.arguments.as_str()),
        ("greet", arguments)
    );
    let expected = format!("[[text: hello {arguments}]]");
    texts(message) == [expected.as_str()]
}

async fn command_is_run_once(kind: Kind) {
    let stage = Stage::with(kind, more).await;
    let session = stage.session().await.id;
    stage.knows_its_offers().await;
    let unknown = RunCommandInput {
        command: "great".to_owned(),
        ..greet(&session, "", None)
    };
    let error = stage.client.run_command(unknown).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidInput), "{error:?}");
    assert_eq!(error.failure().unwrap().field.as_deref(), Some("command"));
    for odd in ["", "two words", "\u{1b}"] {
        let odd = RunCommandInput {
            command: odd.to_owned(),
            ..greet(&session, "", None)
        };
        let error = stage.client.run_command(odd).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidInput), "{error:?}");
    }

    // Behind a prompt, and asked for twice.
    stage.client.send_prompt(&session, "[[text: first]]").await.unwrap();
    let run = stage
        .client
        .run_command(greet(&session, "all\nof you", Some("once")))
        .await
        .unwrap();
    let again = stage
        .client
        .run_command(greet(&session, "all\nof you", Some("once")))
        .await
        .unwrap();
    assert_eq!((run.delivery, &again.id), (Some(DeliveryState::Queued), &run.id));
    let other = stage
        .client
        .run_command(greet(&session, "others", Some("once")))
        .await
        .unwrap_err();
    assert_eq!(other.code(), Some(&ErrorCode::IdempotencyMismatch));
    let messages = patiently("two answers", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let is_done = |message: &&Message| message.role == MessageRole::Assistant && message.completed_at.is_some();
        (messages.iter().filter(is_done).count() == 2).then_some(messages)
    })
    .await;
    assert_eq!(messages.len(), 4);
    // Where it was put when it was given: before the answer that it waited for.
    assert_eq!(
        (&messages[1].id, &messages[1].delivery),
        (&run.id, &Some(DeliveryState::Consumed))
    );
    assert!(is_greeting(&messages[1], "all\nof you"), "{messages:?}");
    assert_eq!(texts(&messages[3]), ["hello all\nof you"]);
    assert_eq!(stage.llm.counters().chats, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_command_is_run_once_on_sqlite() {
    command_is_run_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_command_is_run_once_on_postgres() {
    command_is_run_once(Kind::Postgres).await;
}

/// Handed over a second time, it would run a second time.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_command_whose_answer_was_lost_is_run_once() {
    let stage = bad_agent::Stage::set_with(Kind::Sqlite, more).await;
    for (name, fault) in [
        ("cut", AnswerFault::Cut),
        ("garbage", AnswerFault::Garbage),
        ("late call", AnswerFault::LateCall(TOO_LATE)),
    ] {
        let session = stage.session(name).await;
        let (chats, since) = (stage.llm.counters().chats, std::time::Instant::now());
        stage.proxy.fail_next(Method::POST, "/command", [fault]);
        let run = stage.client.run_command(greet(&session, name, None)).await.unwrap();
        let messages = patiently(name, async || {
            let messages = stage.client.messages(&session).await.unwrap().unwrap();
            let is_done = messages.last()?.completed_at.is_some() && messages.len() == 2;
            (is_done && stage.proxy.waiting() == 0).then_some(messages)
        })
        .await;
        assert_eq!(
            (&messages[0].id, &messages[0].delivery),
            (&run.id, &Some(DeliveryState::Consumed))
        );
        assert!(is_greeting(&messages[0], name), "{messages:?}");
        assert_eq!(stage.llm.counters().chats, chats + 1, "{name}");
        assert_eq!(stage.theirs(name).await.len(), 2, "{name}");
        if let AnswerFault::LateCall(late) = fault {
            assert!(since.elapsed() >= late, "it was handed over again before it was heard");
        }
    }
}

/// Whether it was heard cannot be found out: that is said after a minute, and it runs when somebody says so.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_command_that_was_not_heard_is_unknown_until_it_is_sent_again() {
    let stage = bad_agent::Stage::set_with(Kind::Sqlite, more).await;
    let session = stage.session("unheard").await;
    // Known before, so that nothing else is asked of the agent.
    stage
        .client
        .commands(ProjectBy::Id(stage.project.clone()))
        .await
        .unwrap();
    stage
        .proxy
        .fail_next(Method::POST, "/command", [AnswerFault::Status(500)]);
    let run = stage.client.run_command(greet(&session, "you", None)).await.unwrap();
    let delivery = async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        messages.into_iter().next()
    };
    let since = std::time::Instant::now();
    patiently("nobody to know", async || {
        let message = delivery().await?;
        (message.delivery == Some(DeliveryState::Unknown)).then(|| {
            assert_eq!(message.error.unwrap().name, "Unanswered");
        })
    })
    .await;
    assert!(
        since.elapsed().as_secs() >= 40,
        "it was given up after {:?}",
        since.elapsed()
    );
    assert_eq!(stage.theirs("unheard").await.len(), 0);
    stage.client.retry_prompt(&run.id).await.unwrap();
    patiently("the answer", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        (messages.len() == 2 && messages[1].completed_at.is_some()).then(|| {
            assert!(is_greeting(&messages[0], "you"), "{messages:?}");
        })
    })
    .await;
    assert_eq!(stage.llm.counters().chats, 1);
}
