//! What becomes of sessions: copied, taken back, summed up, put away.

use std::time::Duration;

use axum::http::Method;
use client::{
    ErrorCode,
    types::{
        DecisionMode, DeliveryState, ForkSessionInput, Message, MessageRole, Part, ProjectBy, Session, SessionStatus,
    },
};
use fakes::{
    llm::{Llm, opencode_config},
    proxy::{AgentProxy, AnswerFault},
};

use super::stage::{Stage, patiently};
use crate::support::{database::Kind, opencode, server::TestServer};

/// Longer than it takes to kill the server.
const LATE: Duration = Duration::from_secs(5);

fn texts(messages: &[Message]) -> Vec<String> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts
        .filter_map(|part| match part {
            Part::TextPart(part) => Some(part.text.clone()),
            _ => None,
        })
        .collect()
}

fn summary_requests(messages: &[Message]) -> usize {
    let is_mark = |part: &Part| matches!(part, Part::UnknownPart(part) if part.part_kind == "compaction");
    messages
        .iter()
        .filter(|message| message.parts.iter().any(is_mark))
        .count()
}

impl Stage {
    /// With somebody between the server and its agent.
    pub async fn behind(proxy: &AgentProxy, kind: Kind) -> Self {
        let llm = Llm::start().await.unwrap();
        let command = proxy.command().display().to_string();
        let server = TestServer::with(kind, &opencode_config(&llm.url()), &[("PCC_AGENT_COMMAND", &command)]).await;
        Self::on(llm, server).await
    }

    /// Says something and waits until it is answered.
    pub async fn say(&self, session: &str, text: &str) -> String {
        let prompt = self.client.send_prompt(session, text).await.unwrap();
        patiently("an answer", async || {
            let messages = self.client.messages(session).await.unwrap().unwrap();
            let said = messages.into_iter().find(|message| message.id == prompt.id)?;
            (said.delivery == Some(DeliveryState::Consumed)).then_some(())
        })
        .await;
        self.quiet(session).await;
        prompt.id
    }

    async fn fork(&self, session: &str, before: Option<&str>) -> Session {
        let input = ForkSessionInput {
            session: session.to_owned(),
            before: before.map(str::to_owned),
            title: None,
            client_mutation_id: None,
        };
        self.client.fork_session(input).await.unwrap()
    }

    /// Waits until a copy has so many messages.
    async fn copied(&self, fork: &str, messages: usize) -> Vec<Message> {
        patiently("a copy", async || {
            let session = self.client.session(fork).await.unwrap().unwrap();
            let copied = self.client.messages(fork).await.unwrap().unwrap();
            (!session.is_fork_pending && copied.len() == messages).then_some(copied)
        })
        .await
    }

    async fn listed(&self) -> Vec<String> {
        let by = ProjectBy::Id(self.project.id.clone());
        let mut ids: Vec<_> = self
            .client
            .sessions(by)
            .await
            .unwrap()
            .unwrap()
            .into_iter()
            .map(|session| session.id)
            .collect();
        ids.sort();
        ids
    }

    fn written(&self) -> bool {
        let instances = std::fs::read_dir(self.server.data().join("instances")).unwrap();
        instances
            .filter_map(Result::ok)
            .any(|entry| entry.path().join("workspace/note.txt").exists())
    }

    async fn conflict<T: std::fmt::Debug>(&self, outcome: Result<T, client::Error>) {
        assert_eq!(outcome.unwrap_err().code(), Some(&ErrorCode::Conflict));
    }
}

fn sorted(ids: [&str; 2]) -> Vec<String> {
    let mut ids: Vec<_> = ids.into_iter().map(str::to_owned).collect();
    ids.sort();
    ids
}

async fn a_copy_is_its_own(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    let original = stage.session().await.id;
    stage
        .conflict(
            stage
                .client
                .fork_session(ForkSessionInput {
                    session: original.clone(),
                    before: None,
                    title: None,
                    client_mutation_id: None,
                })
                .await,
        )
        .await;
    stage.say(&original, "[[text: one]]").await;
    let second = stage.say(&original, "[[text: two]]").await;

    // The agent gives the copy the original's label.
    let fork = stage.fork(&original, Some(&second)).await;
    assert_eq!(fork.forked_from.as_ref().unwrap().id, original);
    let copied = stage.copied(&fork.id, 2).await;
    assert_eq!(texts(&copied), ["[[text: one]]", "one"]);
    stage.say(&fork.id, "[[text: other]]").await;
    assert_eq!(stage.client.messages(&original).await.unwrap().unwrap().len(), 4);
    stage.say(&original, "[[text: three]]").await;
    let of_fork = stage.client.messages(&fork.id).await.unwrap().unwrap();
    assert_eq!(texts(&of_fork), ["[[text: one]]", "one", "[[text: other]]", "other"]);
    assert_eq!(stage.listed().await, sorted([&original, &fork.id]));

    // A new server, to which the agent lists both, knows which is which.
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    stage.say(&original, "[[text: four]]").await;
    assert_eq!(stage.listed().await, sorted([&original, &fork.id]));
    assert_eq!(stage.client.messages(&fork.id).await.unwrap().unwrap().len(), 4);

    // What runs is not copied unfinished; what is over by then is.
    let client = &stage.client;
    client
        .send_prompt(&original, "[[tokens 3000]] [[delay 50]]")
        .await
        .unwrap();
    patiently("a turn", async || {
        (client.session(&original).await.unwrap().unwrap().status == SessionStatus::Busy).then_some(())
    })
    .await;
    stage
        .conflict(
            client
                .fork_session(ForkSessionInput {
                    session: original.clone(),
                    before: None,
                    title: None,
                    client_mutation_id: None,
                })
                .await,
        )
        .await;
    let meanwhile = stage.fork(&original, Some(&second)).await;
    assert_eq!(texts(&stage.copied(&meanwhile.id, 2).await), ["[[text: one]]", "one"]);
    stage.conflict(client.revert_session(&original, &second).await).await;
    stage.conflict(client.unrevert_session(&original).await).await;
    stage.conflict(client.summarize_session(&original).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_copy_of_a_session_is_its_own_on_sqlite() {
    a_copy_is_its_own(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_copy_of_a_session_is_its_own_on_postgres() {
    a_copy_is_its_own(Kind::Postgres).await;
}

async fn steps_back_and_forth(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    stage.set_policy(DecisionMode::AllowAll, Vec::new(), None).await;
    let session = stage.session().await.id;
    stage.say(&session, "[[text: one]]").await;
    let writing = stage.say(&session, "[[write: note.txt]]").await;
    stage.say(&session, "[[text: three]]").await;
    let before = stage.client.messages(&session).await.unwrap().unwrap().len();
    assert!(stage.written());

    let client = &stage.client;
    let reverted = client.revert_session(&session, &writing).await.unwrap();
    assert_eq!(reverted.reverted_to.unwrap().id, writing);
    assert!(!stage.written());
    let again = client.unrevert_session(&session).await.unwrap();
    assert!(again.reverted_to.is_none() && stage.written());
    assert_eq!(client.messages(&session).await.unwrap().unwrap().len(), before);

    // Known to a new server, and final with the next prompt.
    client.revert_session(&session, &writing).await.unwrap();
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    let known = stage.client.session(&session).await.unwrap().unwrap();
    assert_eq!(known.reverted_to.unwrap().id, writing);
    stage.say(&session, "[[text: instead]]").await;
    patiently("the end of what was taken back", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let reverted = stage.client.session(&session).await.unwrap().unwrap().reverted_to;
        let said = texts(&messages);
        (said == ["[[text: one]]", "one", "[[text: instead]]", "instead"] && reverted.is_none()).then_some(())
    })
    .await;
    assert!(!stage.written());
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_goes_back_and_forth_on_sqlite() {
    steps_back_and_forth(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_goes_back_and_forth_on_postgres() {
    steps_back_and_forth(Kind::Postgres).await;
}

async fn summed_up_and_put_away(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    let session = stage.session().await.id;
    stage.conflict(stage.client.summarize_session(&session).await).await;
    stage.say(&session, "[[text: one]]").await;
    stage.client.summarize_session(&session).await.unwrap();
    // It goes after the summary, not into it.
    stage.say(&session, "[[text: two]]").await;
    let messages = stage.quiet(&session).await;
    assert_eq!((summary_requests(&messages), stage.llm.counters().summaries), (1, 1));
    assert_eq!(texts(&messages).last().unwrap(), "two");
    assert!(
        stage
            .client
            .session(&session)
            .await
            .unwrap()
            .unwrap()
            .summary_requested_at
            .is_none()
    );

    let by = || ProjectBy::Id(stage.project.id.clone());
    assert!(
        stage
            .client
            .archive_session(&session)
            .await
            .unwrap()
            .archived_at
            .is_some()
    );
    assert_eq!(stage.listed().await, Vec::<String>::new());
    let archived = stage.client.archived_sessions(by()).await.unwrap().unwrap();
    assert_eq!(archived.len(), 1);
    // What it is said in is still away; so it is after a restart, when the agent tells of it.
    stage.say(&session, "[[text: three]]").await;
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    stage.say(&session, "[[text: four]]").await;
    assert_eq!(stage.listed().await, Vec::<String>::new());
    assert!(
        stage
            .client
            .unarchive_session(&session)
            .await
            .unwrap()
            .archived_at
            .is_none()
    );
    stage.say(&session, "[[text: five]]").await;
    assert_eq!(stage.listed().await, [session]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_is_summed_up_and_put_away_on_sqlite() {
    summed_up_and_put_away(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_is_summed_up_and_put_away_on_postgres() {
    summed_up_and_put_away(Kind::Postgres).await;
}

/// OpenCode gives it the label by which the original was found, with all else it knows of it.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_copy_that_somebody_made_in_its_own_interface_is_not_taken_for_the_original() {
    let proxy = AgentProxy::start(&opencode::program()).unwrap();
    let mut stage = Stage::behind(&proxy, Kind::Sqlite).await;
    let original = stage.session().await.id;
    stage.say(&original, "[[text: one]]").await;
    let theirs = proxy.ask("/session?limit=1000").await.unwrap();
    let path = format!("/session/{}/fork", theirs[0]["id"].as_str().unwrap());
    proxy.order(&path, &serde_json::json!({})).await.unwrap();
    let copy = patiently("the copy", async || {
        let listed = stage.listed().await;
        listed.into_iter().find(|id| *id != original)
    })
    .await;
    // A new server is told of both at once.
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    stage.say(&original, "[[text: two]]").await;
    stage.say(&copy, "[[text: other]]").await;
    assert_eq!(stage.listed().await, sorted([&original, &copy]));
    let said = async |session: &str| texts(&stage.client.messages(session).await.unwrap().unwrap());
    assert_eq!(said(&original).await, ["[[text: one]]", "one", "[[text: two]]", "two"]);
    assert_eq!(said(&copy).await, ["[[text: one]]", "one", "[[text: other]]", "other"]);
}

/// The server is killed, or the answer is lost, when OpenCode has done what was asked and nobody has heard of it.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_is_copied_and_summed_up_once_whatever_is_lost() {
    let proxy = AgentProxy::start(&opencode::program()).unwrap();
    let mut stage = Stage::behind(&proxy, Kind::Sqlite).await;
    let session = stage.session().await.id;
    stage.say(&session, "[[text: one]]").await;

    proxy.fail_next(Method::POST, "/fork", [AnswerFault::Cut]);
    let first = stage.fork(&session, None).await.id;
    assert_eq!(stage.copied(&first, 2).await.len(), 2);
    assert_eq!(stage.listed().await, sorted([&session, &first]));

    proxy.fail_next(Method::POST, "/fork", [AnswerFault::Late(LATE)]);
    let second = stage.fork(&session, None).await.id;
    patiently("the call", async || (proxy.waiting() == 0).then_some(())).await;
    let copies = async || {
        let all = proxy.ask("/session?limit=1000").await.unwrap();
        all.as_array().unwrap().len()
    };
    patiently("the copy at the agent", async || (copies().await == 3).then_some(())).await;
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    assert_eq!(stage.copied(&second, 2).await.len(), 2);
    assert_eq!((stage.listed().await.len(), copies().await), (3, 3));
    stage.say(&second, "[[text: mine]]").await;
    assert_eq!(stage.client.messages(&session).await.unwrap().unwrap().len(), 2);

    // The first look is for what was there before; then nobody sees that the summary has begun.
    proxy.fail_next(Method::GET, "/message", [AnswerFault::Late(Duration::ZERO)]);
    proxy.fail_next(Method::GET, "/message", [AnswerFault::Status(500); 8]);
    proxy.fail_next(Method::POST, "/summarize", [AnswerFault::Cut]);
    stage.client.summarize_session(&session).await.unwrap();
    patiently("the faults", async || (proxy.waiting() == 0).then_some(())).await;
    stage.say(&session, "[[text: on]]").await;
    let messages = stage.quiet(&session).await;
    assert_eq!((summary_requests(&messages), stage.llm.counters().summaries), (1, 1));

    // A step back whose answer was lost shows all the same.
    let prompt = messages
        .iter()
        .find(|message| message.role == MessageRole::User)
        .unwrap();
    proxy.fail_next(Method::POST, "/revert", [AnswerFault::Late(LATE)]);
    let (client, of, to) = (stage.client.clone(), session.clone(), prompt.id.clone());
    let asking = tokio::spawn(async move { client.revert_session(&of, &to).await });
    patiently("the call", async || (proxy.waiting() == 0).then_some(())).await;
    stage.server.kill();
    asking.abort();
    stage.server.run();
    stage.client = stage.server.client();
    patiently("the step back", async || {
        let known = stage.client.session(&session).await.unwrap().unwrap();
        (known.reverted_to?.id == prompt.id).then_some(())
    })
    .await;
}
