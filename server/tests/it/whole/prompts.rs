//! Prompts: one after the other, out of turn, cancelled and sent again.

use client::{
    ErrorCode,
    types::{DeliveryState, Message, MessageRole, Part, PromptPartInput, SendPromptInput, SessionStatus, WhenBusy},
};

use super::stage::{Stage, patiently};
use crate::support::database::Kind;

fn text_of(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::TextPart(part) => Some(part.text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// What the agent said, in its order; nothing of an answer that was broken off.
fn answers(messages: &[Message]) -> Vec<String> {
    let whole = |message: &&Message| {
        message.role == MessageRole::Assistant && message.completed_at.is_some() && message.error.is_none()
    };
    messages.iter().filter(whole).map(text_of).collect()
}

impl Stage {
    async fn answered(&self, session: &str, expected: &[&str]) -> Vec<Message> {
        patiently(&format!("the answers {expected:?}"), async || {
            let messages = self.client.messages(session).await.unwrap().unwrap();
            let said = answers(&messages);
            assert!(said.len() <= expected.len(), "{said:?}");
            (said.len() == expected.len()).then(|| {
                assert_eq!(said, expected);
                messages
            })
        })
        .await
    }

    async fn delivery(&self, session: &str, prompt: &str) -> Option<DeliveryState> {
        let messages = self.client.messages(session).await.unwrap().unwrap();
        messages.into_iter().find(|message| message.id == prompt)?.delivery
    }
}

/// OpenCode answers only the newest of prompts that come together.
async fn one_after_the_other(kind: Kind) {
    let stage = Stage::new(kind).await;
    let session = stage.session().await.id;
    let mut prompts = Vec::new();
    for text in ["one", "two", "three"] {
        let prompt = format!("[[text: {text}]]");
        prompts.push(stage.client.send_prompt(&session, &prompt).await.unwrap().id);
    }
    stage.answered(&session, &["one", "two", "three"]).await;
    for prompt in &prompts {
        assert_eq!(stage.delivery(&session, prompt).await, Some(DeliveryState::Consumed));
    }
    assert_eq!(stage.llm.counters().chats, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompts_sent_at_once_are_each_answered_on_sqlite() {
    one_after_the_other(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompts_sent_at_once_are_each_answered_on_postgres() {
    one_after_the_other(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_waits_interrupts_is_cancelled_and_sent_again() {
    let stage = Stage::new(Kind::Sqlite).await;
    let client = &stage.client;
    let session = stage.session().await.id;
    let long = "[[tokens 4000]] [[delay 50]]";
    let long = client.send_prompt(&session, long).await.unwrap();
    patiently("a turn", async || {
        let status = client.session(&session).await.unwrap().unwrap().status;
        (status == SessionStatus::Busy).then_some(())
    })
    .await;

    // These wait.
    let waiting = client.send_prompt(&session, "[[text: later]]").await.unwrap();
    let unwanted = client.send_prompt(&session, "[[text: unwanted]]").await.unwrap();
    assert_eq!(stage.delivery(&session, &waiting.id).await, Some(DeliveryState::Queued));
    let cancelled = client.cancel_prompt(&unwanted.id).await.unwrap();
    assert_eq!(cancelled.delivery, Some(DeliveryState::Failed));
    assert_eq!(cancelled.error.unwrap().name, "Withdrawn");
    for gone in [&unwanted.id, &long.id] {
        let error = client.cancel_prompt(gone).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::Conflict));
    }
    let error = client.retry_prompt(&waiting.id).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Conflict));

    // This does not, and the turn that ran is over.
    let urgent = SendPromptInput {
        session: session.clone(),
        parts: vec![PromptPartInput::Text("[[text: now]]".to_owned())],
        agent: None,
        model: None,
        when_busy: Some(WhenBusy::Interrupt),
        client_mutation_id: None,
    };
    let urgent = client.send_prompt_input(urgent).await.unwrap();
    let messages = stage.answered(&session, &["now", "later"]).await;
    let broken_off = messages.iter().find(|message| message.role == MessageRole::Assistant);
    let error = broken_off.unwrap().error.as_ref().unwrap();
    assert_eq!(error.name, "MessageAbortedError");
    assert_eq!(
        stage.delivery(&session, &urgent.id).await,
        Some(DeliveryState::Consumed)
    );

    // What was cancelled can still be sent.
    let again = client.retry_prompt(&unwanted.id).await.unwrap();
    assert_eq!(
        (again.id, again.delivery),
        (unwanted.id.clone(), Some(DeliveryState::Queued))
    );
    stage.answered(&session, &["now", "later", "unwanted"]).await;
    let error = client.retry_prompt(&unwanted.id).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Conflict));
}
