//! Everything that can go wrong between the server and its agent: in the end the server's messages are the agent's own,
//! part by part, and each prompt is there exactly once.

use std::{path::PathBuf, time::Duration};

use axum::http::Method;
use client::{
    Client, Transcript,
    types::{CreateProjectInput, Message, MessageRole, OperationState, Part, ProjectSourceInput, SessionStatus},
};
use fakes::{
    llm::{Llm, opencode_config},
    proxy::{AgentProxy, AnswerFault, StreamFault},
};
use serde_json::Value;
use tokio::{sync::watch, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::support::{database::Kind, opencode, policy::allow_all, server::TestServer, until::until};

/// Longer than the server waits for an answer of its agent.
pub const TOO_LATE: Duration = Duration::from_secs(22);
/// How long a watcher may take to be shown what has been stored.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Stage {
    pub llm: Llm,
    pub proxy: AgentProxy,
    pub server: TestServer,
    pub client: Client,
    pub project: String,
}

/// A part, as far as both sides tell of it: its id, its kind, its text or output.
pub type Told = (String, String, String);

impl Stage {
    pub async fn set(kind: Kind) -> Self {
        Self::set_with(kind, |_| ()).await
    }

    /// With something else in OpenCode's configuration.
    pub async fn set_with(kind: Kind, configure: impl FnOnce(&mut Value)) -> Self {
        let llm = Llm::start().await.unwrap();
        let mut config = opencode_config(&llm.url());
        configure(&mut config);
        let proxy = AgentProxy::start(&opencode::program()).unwrap();
        let command = proxy.command().display().to_string();
        let server = TestServer::with(kind, &config, &[("PCC_AGENT_COMMAND", &command)]).await;
        let client = server.client();
        let accepted = client
            .create_project(CreateProjectInput {
                name: "Far away".to_owned(),
                slug: None,
                description: None,
                source: ProjectSourceInput::Empty(true),
                decision_policy: None,
                client_mutation_id: None,
            })
            .await
            .unwrap();
        let made = client.wait_for_operation(&accepted.operation.id).await.unwrap();
        assert_eq!(made.state, OperationState::Succeeded, "{made:?}\n{}", server.log());
        allow_all(&client, &accepted.project.id).await;
        Self {
            llm,
            proxy,
            server,
            client,
            project: accepted.project.id,
        }
    }

    pub async fn session(&self, title: &str) -> String {
        self.client.create_session(&self.project, Some(title)).await.unwrap().id
    }

    /// Waits until the session rests with what OpenCode has itself, which is the answer. Somebody who watches meanwhile
    /// is shown the same.
    pub async fn is_the_agents_own(&self, what: &str, session: &str, answers: usize) -> Vec<Vec<Told>> {
        let title = self.client.session(session).await.unwrap().unwrap().title;
        let mut stream = self.client.session_stream(session);
        let (show, mut shown) = watch::channel(Vec::new());
        let watching = AbortOnDropHandle::new(tokio::spawn(async move {
            let told = |transcript: &Transcript| {
                show.send_replace(ours_told(transcript.messages()));
                false
            };
            stream.until(told).await.map(|_| ())
        }));
        let theirs = until(what, async || {
            let ours = self.client.messages(session).await.unwrap().unwrap();
            let status = self.client.session(session).await.unwrap().unwrap().status;
            let theirs = self.theirs(&title).await;
            let is_same = status == SessionStatus::Idle && complete(&ours) >= answers && ours_told(&ours) == theirs;
            is_same.then_some(theirs)
        })
        .await;
        let is_shown = timeout(PATIENCE, shown.wait_for(|told| *told == theirs)).await;
        assert!(
            is_shown.is_ok_and(|same| same.is_ok()),
            "{what}: {:?} is shown and not {theirs:?}\n{}",
            shown.borrow(),
            self.server.log()
        );
        drop(watching);
        theirs
    }

    /// The folder of the only project.
    fn workspace(&self) -> PathBuf {
        let folders = std::fs::read_dir(self.server.data().join("instances")).unwrap();
        let mut folders = folders.map(|entry| entry.unwrap().path().join("workspace"));
        folders.find(|folder| folder.is_dir()).unwrap().canonicalize().unwrap()
    }

    /// What OpenCode's own list says.
    pub async fn theirs(&self, title: &str) -> Vec<Vec<Told>> {
        let query = format!("directory={}", self.workspace().display());
        let sessions = self.proxy.ask(&format!("/session?{query}&limit=1000")).await.unwrap();
        let sessions = sessions.as_array().unwrap();
        let Some(session) = sessions.iter().find(|session| session["title"] == title) else {
            return Vec::new();
        };
        let path = format!("/session/{}/message?{query}", session["id"].as_str().unwrap());
        let messages = self.proxy.ask(&path).await.unwrap();
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(|message| told(&message["parts"]))
            .collect()
    }
}

fn complete(messages: &[Message]) -> usize {
    let is_complete = |message: &&Message| message.role == MessageRole::Assistant && message.completed_at.is_some();
    messages.iter().filter(is_complete).count()
}

fn told(parts: &Value) -> Vec<Told> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = |part: &Value| {
        let content = match part["type"].as_str() {
            Some("text" | "reasoning") => text(&part["text"]),
            Some("tool") => text(&part["state"]["output"]),
            _ => String::new(),
        };
        (text(&part["id"]), text(&part["type"]), content)
    };
    parts.as_array().unwrap().iter().map(told).collect()
}

fn ours_told(messages: &[Message]) -> Vec<Vec<Told>> {
    let part = |part: &Part| {
        let id = client::part_id(part).unwrap().to_owned();
        let (kind, content) = match part {
            Part::TextPart(part) => ("text", part.text.clone()),
            Part::ReasoningPart(part) => ("reasoning", part.text.clone()),
            Part::ToolPart(part) => ("tool", part.output.clone().unwrap_or_default()),
            Part::StepPart(part) if part.reason.is_none() => ("step-start", String::new()),
            Part::StepPart(_) => ("step-finish", String::new()),
            Part::PatchPart(_) => ("patch", String::new()),
            other => panic!("{other:?}"),
        };
        (id, kind.to_owned(), content)
    };
    let message = |message: &Message| message.parts.iter().map(part).collect();
    messages.iter().map(message).collect()
}

pub fn count_of(messages: &[Vec<Told>], prompt: &str) -> usize {
    messages.iter().flatten().filter(|(_, _, text)| text == prompt).count()
}

async fn faults_of_the_stream(kind: Kind, faults: &[(&str, StreamFault)]) {
    let stage = Stage::set(kind).await;
    for (name, fault) in faults {
        let session = stage.session(name).await;
        let before = stage.proxy.faults().streams;
        stage.proxy.fail_stream(*fault);
        let prompt = "[[reason]] [[bash: echo one; echo two]] [[tokens 60]] [[delay 15]]";
        stage.client.send_prompt(&session, prompt).await.unwrap();
        let theirs = stage.is_the_agents_own(name, &session, 2).await;
        assert!(stage.proxy.faults().streams > before, "{name}: nothing went wrong");
        assert_eq!(count_of(&theirs, prompt), 1, "{name}");
        stage.proxy.fail_stream(StreamFault::None);
    }
    let steps = 2 * faults.len() as u64;
    assert_eq!(
        stage.llm.counters().chats,
        steps,
        "two steps for each prompt, none of them twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_stream_may_be_doubled_shuffled_and_garbled_on_sqlite() {
    let faults = [
        ("twice", StreamFault::Duplicate),
        ("out of order", StreamFault::Reorder),
        ("garbled", StreamFault::Garble { every: 3 }),
        ("noise", StreamFault::Noise),
        ("a burst", StreamFault::Burst { size: 200 }),
        ("a trickle", StreamFault::Trickle),
    ];
    faults_of_the_stream(Kind::Sqlite, &faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_stream_may_be_shuffled_garbled_and_cut_on_postgres() {
    let faults = [
        ("out of order", StreamFault::Reorder),
        ("garbled", StreamFault::Garble { every: 3 }),
        ("cut", StreamFault::Cut { after: 10 }),
    ];
    faults_of_the_stream(Kind::Postgres, &faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_stream_may_be_cut_and_fall_silent_in_the_middle_of_a_part() {
    let faults = [
        ("cut", StreamFault::Cut { after: 10 }),
        ("silent", StreamFault::Silence { after: 10 }),
    ];
    faults_of_the_stream(Kind::Sqlite, &faults).await;
}

/// Nothing can be read from the middle of the turn until it is over, its end included.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_comes_to_rest_although_the_news_of_it_was_lost() {
    let stage = Stage::set(Kind::Sqlite).await;
    let session = stage.session("restless").await;
    let mut stream = stage.client.session_stream(&session);
    stage
        .client
        .send_prompt(&session, "[[tokens 60]] [[delay 15]]")
        .await
        .unwrap();
    stream
        .until(|transcript| transcript.session().status == SessionStatus::Busy)
        .await
        .unwrap();
    stage.proxy.fail_stream(StreamFault::Garble { every: 1 });
    until("OpenCode's own end of the turn", async || {
        let theirs = stage.theirs("restless").await;
        theirs
            .last()?
            .last()
            .filter(|(_, kind, _)| kind == "step-finish")
            .map(|_| ())
    })
    .await;
    // It says that it is idle a moment later than that.
    until("OpenCode to be idle", async || {
        let folder = stage.workspace();
        let status = stage
            .proxy
            .ask(&format!("/session/status?directory={}", folder.display()))
            .await
            .unwrap();
        status.as_object()?.is_empty().then_some(())
    })
    .await;
    stage.proxy.fail_stream(StreamFault::None);
    stage.is_the_agents_own("the rest", &session, 1).await;
}

/// The turn ends while nobody listens, and then the list of its messages is refused.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_turn_that_ended_unheard_is_read_although_the_first_reading_fails() {
    let stage = Stage::set(Kind::Sqlite).await;
    let session = stage.session("unheard").await;
    stage.proxy.fail_stream(StreamFault::Cut { after: 5 });
    let refused = [AnswerFault::Status(500); 3];
    stage.proxy.fail_next(Method::GET, "/global/event", refused);
    let unread = [AnswerFault::Status(500), AnswerFault::Garbage];
    stage.proxy.fail_next(Method::GET, "/message", unread);
    stage
        .client
        .send_prompt(&session, "[[tokens 40]] [[delay 10]]")
        .await
        .unwrap();
    stage.is_the_agents_own("the answer", &session, 1).await;
    assert_eq!(stage.proxy.waiting(), 0, "every fault has happened");
}

/// Whatever becomes of the answer to its POST, a prompt is there once and answered once.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_whose_answer_was_lost_is_there_exactly_once() {
    let stage = Stage::set(Kind::Sqlite).await;
    for (name, fault) in [
        ("cut", AnswerFault::Cut),
        ("refused", AnswerFault::Status(500)),
        ("garbage", AnswerFault::Garbage),
        ("late call", AnswerFault::LateCall(TOO_LATE)),
        // Takes long enough for the call before to have come.
        ("late", AnswerFault::Late(TOO_LATE)),
    ] {
        let session = stage.session(name).await;
        let chats = stage.llm.counters().chats;
        stage.proxy.fail_next(Method::POST, "/prompt_async", [fault]);
        let prompt = format!("[[text: to {name}]]");
        stage.client.send_prompt(&session, &prompt).await.unwrap();
        let theirs = stage.is_the_agents_own(name, &session, 1).await;
        assert_eq!(stage.proxy.waiting(), 0, "{name}: nothing went wrong");
        assert_eq!(count_of(&theirs, &prompt), 1, "{name}: {theirs:?}");
        assert_eq!(stage.llm.counters().chats, chats + 1, "{name}");
    }
    let late = stage.theirs("late call").await;
    assert_eq!(
        (late.len(), count_of(&late, "[[text: to late call]]")),
        (2, 1),
        "{late:?}"
    );
}
