//! Many prompts over a bad line, while the server is killed: each is with OpenCode exactly once, or its sender is told that
//! it is not.
//!
//! `PCC_TEST_PROMPTS=500 cargo xtask test prompt_storm` is the whole of it; without it there are fewer, as a test has
//! minutes at most. The line loses requests and answers, holds them back and repeats them; between the server and its
//! OpenCode calls are lost, late and unanswered too; the server is killed after every so many prompts.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::Method;
use client::{
    Client, Settings,
    types::{DeliveryState, Message, MessageRole, Part},
};
use fakes::proxy::AnswerFault;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    bad_agent::{Stage, count_of},
    stage::patiently,
};
use crate::support::{database::Kind, link::Link};

const OF_A_SESSION: usize = 10;
const SESSIONS_AT_A_TIME: usize = 4;
/// One kill for so many prompts.
const PROMPTS_OF_A_LIFE: usize = 25;

fn prompt(session: usize, number: usize) -> String {
    format!("prompt {session}-{number} [[text: answered]]")
}

fn says(message: &Message, wanted: &str) -> bool {
    let is_it = |part: &Part| matches!(part, Part::TextPart(part) if part.text == wanted);
    message.parts.iter().any(is_it)
}

/// A client that goes on for as long as the storm may last.
fn over(link: &Link, token: &str) -> Client {
    let settings = Settings {
        request_timeout: Duration::from_secs(10),
        retry_for: Duration::from_secs(300),
        backoff_min: Duration::from_millis(20),
        backoff_max: Duration::from_millis(300),
        ..Settings::default()
    };
    Client::with_settings(&link.url, Some(token.to_owned().into()), settings).unwrap()
}

/// Waits until it is known of each prompt what came of it, for as long as that becomes known of more and more of them.
async fn come_to_rest(client: &Client, sessions: &[String]) {
    let mut before = usize::MAX;
    while before > 0 {
        before = patiently("what came of more prompts", async || {
            let now = waiting(client, sessions).await;
            (now < before).then_some(now)
        })
        .await;
    }
}

/// Of how many prompts and answers in these sessions it is not known yet; and of a session that is at work, one more.
async fn waiting(client: &Client, sessions: &[String]) -> usize {
    let mut count = 0;
    for session in sessions {
        let messages = client.messages(session).await.unwrap().unwrap();
        let is_open = |message: &&Message| {
            matches!(message.delivery, Some(DeliveryState::Queued | DeliveryState::Sent))
                || message.role == MessageRole::Assistant && message.completed_at.is_none()
        };
        count += messages.iter().filter(is_open).count();
        let session = client.session(session).await.unwrap().unwrap();
        count += usize::from(session.activity.is_some());
    }
    count
}

async fn storm(kind: Kind) {
    let wanted: usize = std::env::var("PCC_TEST_PROMPTS").map_or(40, |text| text.parse().unwrap());
    let sessions = wanted.div_ceil(OF_A_SESSION);
    let mut stage = Stage::set(kind).await;
    let link = Link::before(stage.server.url(), 7).await;
    let phone = over(&link, stage.server.token());
    let (sent, turn) = (
        Arc::<AtomicUsize>::default(),
        Arc::new(Semaphore::new(SESSIONS_AT_A_TIME)),
    );
    let mut senders = JoinSet::new();
    for session in 0..sessions {
        let (phone, project) = (phone.clone(), stage.project.clone());
        let (sent, turn) = (Arc::clone(&sent), Arc::clone(&turn));
        senders.spawn(async move {
            let _turn = turn.acquire().await.unwrap();
            let made = phone
                .create_session(&project, Some(&format!("storm {session}")))
                .await
                .unwrap();
            for number in 0..OF_A_SESSION {
                phone.send_prompt(&made.id, &prompt(session, number)).await.unwrap();
                sent.fetch_add(1, Ordering::SeqCst);
            }
            (session, made.id)
        });
    }
    let mut kills = 0;
    while kills < (wanted / PROMPTS_OF_A_LIFE).max(1) {
        // Now and then a call to OpenCode goes wrong, each in another way.
        let fault = [
            AnswerFault::Cut,
            AnswerFault::LateCall(Duration::from_secs(2)),
            AnswerFault::Status(500),
            AnswerFault::Garbage,
        ][kills % 4];
        stage.proxy.fail_next(Method::POST, "/prompt_async", [fault]);
        patiently("some prompts of this life", async || {
            (sent.load(Ordering::SeqCst) >= (kills + 1) * PROMPTS_OF_A_LIFE - PROMPTS_OF_A_LIFE / 2).then_some(())
        })
        .await;
        stage.server.kill();
        stage.server.run();
        kills += 1;
    }
    let made: HashMap<usize, String> = senders.join_all().await.into_iter().collect();

    let ids: Vec<_> = made.values().cloned().collect();
    come_to_rest(&stage.client, &ids).await;
    let mut states: HashMap<String, usize> = HashMap::new();
    for (session, id) in made {
        let messages = stage.client.messages(&id).await.unwrap().unwrap();
        let theirs = stage.theirs(&format!("storm {session}")).await;
        for number in 0..OF_A_SESSION {
            let text = prompt(session, number);
            let shown: Vec<_> = messages
                .iter()
                .filter(|message| message.role == MessageRole::User && says(message, &text))
                .collect();
            let [shown] = shown[..] else {
                panic!("{text}: shown {} times", shown.len());
            };
            let state = shown.delivery.clone().unwrap();
            let is_reported = matches!(state, DeliveryState::Failed | DeliveryState::Unknown);
            match count_of(&theirs, &text) {
                0 => assert!(is_reported, "{text} is lost, and said to be {state:?}"),
                1 => {}
                times => panic!("{text}: {times} times with OpenCode"),
            }
            *states.entry(format!("{state:?}")).or_default() += 1;
        }
    }
    println!(
        "{kind:?}: {} prompts, {kills} kills, {states:?}; the line: {:?}; between the server and OpenCode: {:?}",
        sessions * OF_A_SESSION,
        link.faults,
        stage.proxy.faults()
    );
    assert!(
        states.get("Consumed").is_some_and(|count| count * 10 >= wanted * 8),
        "{states:?}"
    );
    assert!(link.faults.twice.load(Ordering::SeqCst) > 0 && link.faults.unanswered.load(Ordering::SeqCst) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_storm_on_sqlite() {
    storm(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_storm_on_postgres() {
    storm(Kind::Postgres).await;
}
