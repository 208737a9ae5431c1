//! What people change of sessions and prompts, while the bridge changes them too or nobody is there to hear of it.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use chrono::DateTime;
use entity::{
    ids::SessionId,
    message::{self, Delivery},
    session::{self, SessionStatus, Summary},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
};
use server::{
    agent::Endpoint,
    projects::Instance,
    sessions::{
        Error,
        live::News,
        new_prompt::{NewPart, NewPrompt},
        store,
    },
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{bench::Bench, database::Kind};

async fn new_session(bench: &Bench) -> SessionId {
    let project = bench.create("Demo").await.project.id;
    let made = bench.sessions.create(&bench.caller, project, None, None).await;
    made.unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn session_that_is_put_away_as_its_turn_begins_is_both() {
    let bench = Bench::new(Kind::Postgres).await;
    let id = new_session(&bench).await;
    let tx = bench.db.begin().await.unwrap();
    let begun = session::ActiveModel {
        id: Unchanged(id),
        status: Set(SessionStatus::Busy),
        ..Default::default()
    };
    begun.update(&tx).await.unwrap();
    let (sessions, caller) = (bench.sessions.clone(), bench.caller.clone());
    let archiving = tokio::spawn(async move { sessions.archive(&caller, id, true, None).await });
    bench.somebody_waits_for_a_lock().await;
    tx.commit().await.unwrap();
    archiving.await.unwrap().unwrap();
    let kept = store::get(bench.db.reader(), id).await.unwrap().unwrap();
    assert!(kept.archived_at.is_some() && kept.is_archive_untold);
    assert_eq!(kept.status, SessionStatus::Busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_that_is_handed_over_as_it_is_cancelled_is_not_called_cancelled() {
    let bench = Bench::new(Kind::Postgres).await;
    let prompt = NewPrompt {
        session: new_session(&bench).await,
        parts: vec![NewPart::Text("hi".to_owned())],
        agent: None,
        model: None,
        interrupts: false,
    };
    let id = bench.sessions.send(&bench.caller, prompt, None).await.unwrap().id;
    let tx = bench.db.begin().await.unwrap();
    let named = message::ActiveModel {
        id: Unchanged(id),
        external_id: Set(Some("msg_1".to_owned())),
        ..Default::default()
    };
    named.update(&tx).await.unwrap();
    let (sessions, caller) = (bench.sessions.clone(), bench.caller.clone());
    let cancelling = tokio::spawn(async move { sessions.cancel(&caller, id, None).await });
    bench.somebody_waits_for_a_lock().await;
    tx.commit().await.unwrap();
    let outcome = cancelling.await.unwrap();
    assert!(matches!(outcome, Err(Error::NotWaiting)), "{outcome:?}");
    let kept = store::message(bench.db.reader(), id).await.unwrap().unwrap();
    assert_eq!(kept.external_id.as_deref(), Some("msg_1"));
}

async fn abort_withdraws_a_summary(kind: Kind) {
    let bench = Bench::new(kind).await;
    let id = new_session(&bench).await;
    let asked = session::ActiveModel {
        id: Unchanged(id),
        summary: Set(Some(Summary {
            asked_at: DateTime::UNIX_EPOCH,
            model: "demo/gone".to_owned(),
            is_tried: true,
        })),
        ..Default::default()
    };
    asked.update(bench.db.writer()).await.unwrap();
    bench.sessions.abort(&bench.caller, id, None).await.unwrap();
    let kept = store::get(bench.db.reader(), id).await.unwrap().unwrap();
    assert_eq!(kept.summary, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn summary_that_the_agent_does_not_take_is_withdrawn_by_an_abort_on_sqlite() {
    abort_withdraws_a_summary(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summary_that_the_agent_does_not_take_is_withdrawn_by_an_abort_on_postgres() {
    abort_withdraws_a_summary(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_that_cannot_be_kept_everywhere_is_refused() {
    let bench = Bench::new(Kind::Postgres).await;
    let session = new_session(&bench).await;
    let prompt = |text: &str, agent: Option<&str>, model: Option<&str>| NewPrompt {
        session,
        parts: vec![NewPart::Text(text.to_owned())],
        agent: agent.map(str::to_owned),
        model: model.map(str::to_owned),
        interrupts: false,
    };
    let send = async |prompt| bench.sessions.send(&bench.caller, prompt, None).await.unwrap_err();
    assert!(matches!(send(prompt("a\0b", None, None)).await, Error::Nul));
    assert!(matches!(send(prompt("a", Some("pl\0n"), None)).await, Error::Agent));
    assert!(matches!(send(prompt("a", None, Some("demo/\0"))).await, Error::Model));
}

/// What the agent has been given is not being answered yet: told to end it while it loads, OpenCode would answer nothing
/// any more.
#[tokio::test(flavor = "multi_thread")]
async fn abort_waits_until_what_was_sent_is_being_answered() {
    let bench = Bench::new(Kind::Sqlite).await;
    let id = new_session(&bench).await;
    let session = session::ActiveModel {
        id: Unchanged(id),
        external_id: Set(Some("ses_1".to_owned())),
        ..Default::default()
    };
    let project = session.update(bench.db.writer()).await.unwrap().project_id;
    let endpoint = Endpoint {
        url: "http://127.0.0.1:1".parse().unwrap(),
        username: "opencode".to_owned(),
        password: "secret".into(),
        directory: "/w".to_owned(),
    };
    let prompt = NewPrompt {
        session: id,
        parts: vec![NewPart::Text("hi".to_owned())],
        agent: None,
        model: None,
        interrupts: false,
    };
    let prompt = bench.sessions.send(&bench.caller, prompt, None).await.unwrap().id;
    let becomes = async |delivery| {
        let now = message::ActiveModel {
            id: Unchanged(prompt),
            external_id: Set(Some("msg_1".to_owned())),
            delivery: Set(Some(delivery)),
            ..Default::default()
        };
        now.update(bench.db.writer()).await.unwrap();
        bench.live.tell(id, News::Message(prompt));
    };
    for (number, before) in [Delivery::Queued, Delivery::Sent].into_iter().enumerate() {
        becomes(before).await;
        bench
            .outside
            .instances
            .set(project, Instance::new(Uuid::new_v4(), endpoint.clone()));
        let abort = bench.sessions.abort(&bench.caller, id, None);
        tokio::pin!(abort);
        timeout(Duration::from_millis(300), &mut abort)
            .await
            .expect_err("it waits");
        assert_eq!(bench.agents.aborts.load(SeqCst), number, "{before:?}");
        becomes(Delivery::Consumed).await;
        abort.await.unwrap();
        assert_eq!(bench.agents.aborts.load(SeqCst), number + 1);
    }
}
