//! What a bridge must outlive: a clock that jumps, and an agent that is another project's.

use chrono::TimeDelta;
use entity::{message::Delivery, session::SessionStatus};
use fakes::{
    llm::{Llm, opencode_config},
    opencode,
};

use super::*;

impl Bridged {
    async fn row(&self, session: SessionId) -> session::Model {
        sessions::get(self.db.reader(), session).await.unwrap().unwrap()
    }

    /// In the order of the session.
    async fn told(&self, session: SessionId) -> Vec<message::Model> {
        let mut messages = self.messages().await;
        messages.retain(|message| message.session_id == session);
        messages.sort_by_key(|message| message.position);
        messages
    }
}

/// Ahead, far back, and back and forth within an answer, while the agent's own clock goes on as it should: each prompt is
/// answered, and once. OpenCode goes by the order of ids, which are made from the time.
async fn over_a_clock_that_jumps(kind: Kind) {
    let llm = Llm::start().await.unwrap();
    let agent = opencode::OpenCode::start(&opencode_config(&llm.url())).await.unwrap();
    let endpoint = Endpoint {
        url: agent.url.parse().unwrap(),
        username: opencode::USERNAME.to_owned(),
        password: agent.password.clone().into(),
        directory: agent.dir.display().to_string(),
    };
    let clock = Clock::held_at(Clock::system().now());
    let folder = tempfile::tempdir().unwrap();
    let bridged = Bridged::at(kind, Limits::default(), clock.clone(), endpoint, folder).await;
    bridged.connect();
    let session = bridged.session().await;
    let jumps = [
        TimeDelta::days(1),
        TimeDelta::days(-3),
        TimeDelta::days(3),
        TimeDelta::days(-1),
    ];
    for (number, jump) in jumps.into_iter().enumerate() {
        bridged
            .ask(session, format!("[[tokens 40]] [[delay 20]] number {number}"))
            .await;
        until("a turn", async || {
            (bridged.row(session).await.status == SessionStatus::Busy).then_some(())
        })
        .await;
        clock.advance(jump);
        bridged.answered(number + 1).await;
    }
    until("rest", async || {
        (bridged.row(session).await.status == SessionStatus::Idle).then_some(())
    })
    .await;
    let messages = bridged.told(session).await;
    let prompts = messages.iter().filter(|message| message.role == Role::User);
    assert!(
        prompts
            .clone()
            .all(|prompt| prompt.delivery == Some(Delivery::Consumed)),
        "{messages:?}"
    );
    assert_eq!((prompts.count(), messages.len()), (jumps.len(), 2 * jumps.len()));
    assert_eq!(
        llm.counters().chats,
        u64::try_from(jumps.len()).unwrap(),
        "asked once for each"
    );
    let external = bridged.row(session).await.external_id.unwrap();
    let theirs = bridged
        .agents
        .messages(&bridged.endpoint, &external, 100)
        .await
        .unwrap();
    let theirs: Vec<_> = theirs.into_iter().map(|told| Some(told.message.id)).collect();
    let ours: Vec<_> = messages.into_iter().map(|message| message.external_id).collect();
    assert_eq!(ours, theirs);
    bridged.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_turns_over_a_clock_that_jumps_on_sqlite() {
    over_a_clock_that_jumps(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_turns_over_a_clock_that_jumps_on_postgres() {
    over_a_clock_that_jumps(Kind::Postgres).await;
}

/// Where the project's agent should be, that of another one answers: with the same password, and with what was said there.
/// Nothing of it gets in here, nothing of ours gets there, and what there was is still there afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_another_projects_gives_and_takes_nothing() {
    let bridged = Bridged::with(Kind::Sqlite, Limits::default()).await;
    bridged.connect();
    let session = bridged.session().await;
    bridged.ask(session, "ours".to_owned()).await;
    bridged.answered(1).await;
    let ours = bridged.told(session).await;

    let folder = tempfile::tempdir().unwrap();
    let other = light_agent(folder.path()).await;
    let theirs = bridged
        .agents
        .create_session(&other, Some("Theirs"), "theirs")
        .await
        .unwrap();
    let say = async |text: &str| {
        let now = bridged.clock.now();
        let prompt = Prompt {
            message_id: bridged.agents.new_message_id(now),
            parts: vec![PromptPart {
                id: bridged.agents.new_part_id(now),
                content: PromptContent::Text(text.to_owned()),
            }],
            agent: None,
            model: None,
        };
        bridged.agents.send_prompt(&other, &theirs.id, &prompt).await.unwrap();
    };
    let said = async |messages: usize| {
        until("an answer there", async || {
            let listed = bridged.agents.messages(&other, &theirs.id, 100).await.unwrap();
            (listed.len() == messages && bridged.agents.activities(&other).await.unwrap().is_empty()).then_some(())
        })
        .await;
    };
    say("theirs").await;
    said(2).await;
    // By its address the other agent, by everything else ours.
    bridged.connect_to(Endpoint {
        url: other.url.clone(),
        ..bridged.endpoint.clone()
    });
    let begun = bridged.session().await;
    bridged.ask(session, "to ours".to_owned()).await;
    bridged.ask(begun, "to a new one".to_owned()).await;
    until("the end of what cannot be known", async || {
        let messages = bridged.told(session).await;
        let prompt = messages.get(2)?;
        (prompt.delivery == Some(Delivery::Unknown)).then_some(())
    })
    .await;
    say("theirs too").await;
    said(4).await;
    assert_eq!(bridged.told(session).await[..2], ours, "what was said stays as it was");
    let all = sessions::all_of(bridged.db.reader(), bridged.project).await.unwrap();
    assert_eq!(all.len(), 2, "none of theirs: {all:?}");
    assert!(
        all.iter().all(|row| row.deleted_at.is_none() && row.title != "Theirs"),
        "{all:?}"
    );
    let listed = bridged.agents.sessions(&other).await.unwrap();
    assert_eq!(listed.len(), 1, "nothing of ours: {listed:?}");

    // Where it should be again, it gets what waited.
    bridged.connect();
    bridged.ask(session, "ours again".to_owned()).await;
    for (session, count) in [(session, 5), (begun, 2)] {
        until("an answer", async || {
            let messages = bridged.told(session).await;
            let last = messages.last()?;
            let is_answered = last.role == Role::Assistant && last.completed_at.is_some();
            (is_answered && messages.len() == count).then_some(())
        })
        .await;
    }
    bridged.end().await;
}
