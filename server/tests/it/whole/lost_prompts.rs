//! Prompts of which the server is told wrongly what became, or nothing at all.

use axum::http::Method;
use client::{
    Repeat, operations as ops,
    types::{CancelPromptInput, DeliveryState, Message, MessageRole, RetryPromptInput, SessionStatus},
};
use fakes::proxy::AnswerFault;

use super::{
    bad_agent,
    stage::{Stage, patiently},
};
use crate::support::database::Kind;

impl bad_agent::Stage {
    async fn messages(&self, session: &str) -> Vec<Message> {
        self.client.messages(session).await.unwrap().unwrap()
    }
}

/// The agent said that it has it, and does nothing about it.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_that_is_never_answered_is_unknown_after_a_minute_and_holds_up_no_other() {
    let stage = bad_agent::Stage::set_with(Kind::Sqlite, |_| ()).await;
    let session = stage.session("unanswered").await;
    stage
        .proxy
        .fail_next(Method::POST, "/prompt_async", [AnswerFault::Status(204)]);
    let since = std::time::Instant::now();
    stage.client.send_prompt(&session, "[[text: lost]]").await.unwrap();
    stage.client.send_prompt(&session, "[[text: behind it]]").await.unwrap();
    let first = patiently("nobody to know", async || {
        let first = stage.messages(&session).await.into_iter().next()?;
        assert_ne!(first.delivery, Some(DeliveryState::Consumed));
        (first.delivery == Some(DeliveryState::Unknown)).then_some(first)
    })
    .await;
    let after = since.elapsed().as_secs();
    assert!((40..=120).contains(&after), "it was given up after {after} s");
    let fault = first.error.unwrap();
    assert!(fault.name == "Unanswered" && fault.is_retryable, "{fault:?}");
    patiently("the answer to the one behind it", async || {
        let messages = stage.messages(&session).await;
        (messages.len() == 3 && messages[2].completed_at.is_some()).then_some(())
    })
    .await;
    stage.client.retry_prompt(&first.id).await.unwrap();
    patiently("its answer", async || {
        let messages = stage.messages(&session).await;
        (messages.len() == 4 && messages[3].completed_at.is_some()).then(|| {
            assert_eq!(
                (&messages[0].delivery, &messages[0].error),
                (&Some(DeliveryState::Consumed), &None)
            );
        })
    })
    .await;
    assert_eq!(stage.llm.counters().chats, 2);
}

/// Something between the two said no, and the agent had heard it.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_that_was_said_to_be_refused_and_is_answered_is_consumed() {
    let stage = bad_agent::Stage::set_with(Kind::Sqlite, |_| ()).await;
    let session = stage.session("refused").await;
    stage
        .proxy
        .fail_next(Method::POST, "/prompt_async", [AnswerFault::Instead(400)]);
    stage.client.send_prompt(&session, "[[text: answered]]").await.unwrap();
    patiently("the answer", async || {
        let messages = stage.messages(&session).await;
        let is_over = messages.len() == 2 && messages[1].completed_at.is_some();
        (is_over && messages[0].delivery == Some(DeliveryState::Consumed)).then(|| {
            assert_eq!(messages[0].error, None);
        })
    })
    .await;
    assert_eq!((stage.proxy.waiting(), stage.llm.counters().chats), (0, 1));
}

/// The answer to a change may be lost as well: asked for again, it says what it said and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_is_cancelled_and_sent_again_once_for_each_id() {
    let stage = Stage::new(Kind::Sqlite).await;
    let session = stage.session().await.id;
    stage
        .client
        .send_prompt(&session, "[[tokens 4000]] [[delay 50]]")
        .await
        .unwrap();
    patiently("a turn", async || {
        let status = stage.client.session(&session).await.unwrap().unwrap().status;
        (status == SessionStatus::Busy).then_some(())
    })
    .await;
    let prompt = stage.client.send_prompt(&session, "[[text: once]]").await.unwrap().id;
    let cancel = async || {
        let input = CancelPromptInput {
            id: prompt.clone(),
            client_mutation_id: Some("cancel".to_owned()),
        };
        let variables = ops::cancel_prompt::Variables { input };
        let answer = stage.client.run::<ops::CancelPrompt>(variables, Repeat::Harmless).await;
        answer.unwrap().cancel_prompt.message.delivery
    };
    let retry = async || {
        let input = RetryPromptInput {
            id: prompt.clone(),
            client_mutation_id: Some("retry".to_owned()),
        };
        let variables = ops::retry_prompt::Variables { input };
        let answer = stage.client.run::<ops::RetryPrompt>(variables, Repeat::Harmless).await;
        answer.unwrap().retry_prompt.message.delivery
    };
    assert_eq!(cancel().await, Some(DeliveryState::Failed));
    assert_eq!(cancel().await, Some(DeliveryState::Failed));
    assert_eq!(retry().await, Some(DeliveryState::Queued));
    // Each says what is now, and does nothing more: the prompt is not withdrawn again.
    assert_eq!(cancel().await, Some(DeliveryState::Queued));
    assert_eq!(retry().await, Some(DeliveryState::Queued));
    stage.client.abort_session(&session).await.unwrap();
    patiently("the abort to withdraw it", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let own = messages.into_iter().find(|message| message.id == prompt)?;
        (own.delivery == Some(DeliveryState::Failed)).then_some(())
    })
    .await;
    assert_eq!(retry().await, Some(DeliveryState::Failed), "another try has another id");
    stage.client.retry_prompt(&prompt).await.unwrap();
    patiently("its answer", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let is_answer = |message: &Message| {
            message.role == MessageRole::Assistant && message.completed_at.is_some() && message.error.is_none()
        };
        messages.iter().any(is_answer).then_some(())
    })
    .await;
    assert_eq!(cancel().await, Some(DeliveryState::Consumed));
    // The turn before may have ended before it asked the model.
    assert!((1..=2).contains(&stage.llm.counters().chats));
    assert!(stage.client.messages(&session).await.unwrap().unwrap().len() <= 4);
}
