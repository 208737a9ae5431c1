//! A bridge between the database and a light agent: what it carries to the agent and what it brings back must not wait for
//! each other, and what it reads is whole.

mod upsets;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use entity::{
    ids::{ProjectId, SessionId},
    message::{self, Role},
    project::{self, Desired, ProjectStatus, Source},
    session::{self, Fork},
};
use fakes::agent::{Options, serve};
use sea_orm::EntityTrait;
use server::{
    agent::{
        AgentRuntime, Endpoint, Prompt, PromptContent, PromptPart,
        opencode::{Limits, OpenCode, http_client},
    },
    attachments::Attachments,
    auth::Access,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    decisions::Decisions,
    events::{Actor, EventLog},
    projects::{Instance, Instances, store},
    servers,
    sessions::{
        Bridges, Enclosures, Live, Sessions,
        new_prompt::{NewPart, NewPrompt},
        store as sessions,
    },
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{
    bench::Nowhere,
    database::{Kind, TestDatabase},
    until::until,
};

const SESSIONS: usize = 4;
const PROMPTS: usize = 6;

async fn light_agent(folder: &std::path::Path) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let options = Options {
        username: "opencode".to_owned(),
        password: "secret".to_owned(),
        token_delay: Duration::from_millis(1),
    };
    let folder = folder.canonicalize().unwrap();
    let directory = folder.display().to_string();
    tokio::spawn(async move { serve(listener, &folder, &folder, options).await.unwrap() });
    Endpoint {
        url,
        username: "opencode".to_owned(),
        password: "secret".into(),
        directory,
    }
}

async fn project(db: &Database, events: &EventLog, clock: &Clock) -> ProjectId {
    servers::store::this_machine(db, clock, "here").await.unwrap();
    let mut tx = events.begin(Actor::Server).await.unwrap();
    let server = entity::server::Entity::find().one(&*tx).await.unwrap().unwrap();
    let row = project::Model {
        id: ProjectId::generate(),
        name: "Busy".to_owned(),
        slug: "busy".to_owned(),
        description: None,
        server_id: server.id,
        source: Source::Empty,
        desired: Desired::Running,
        generation: 1,
        retired_run: None,
        keep_repository: false,
        status: ProjectStatus::Running,
        problem: None,
        agent_version: None,
        sleep: None,
        sleep_after_seconds: None,
        created_at: clock.now(),
        updated_at: clock.now(),
    };
    let id = store::insert(&mut tx, row).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

/// A bridge to a light agent.
struct Bridged {
    db: Database,
    events: EventLog,
    clock: Clock,
    agents: Arc<OpenCode>,
    endpoint: Endpoint,
    instances: Instances,
    sessions: Sessions,
    project: ProjectId,
    caller: Caller,
    stop: CancellationToken,
    running: JoinHandle<()>,
    _folder: TempDir,
    _database: TestDatabase,
}

impl Bridged {
    /// Nobody has told it of the agent yet.
    async fn with(kind: Kind, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = light_agent(folder.path()).await;
        Self::at(kind, limits, Clock::system(), endpoint, folder).await
    }

    async fn at(kind: Kind, limits: Limits, clock: Clock, endpoint: Endpoint, folder: TempDir) -> Self {
        let database = TestDatabase::new(kind).await;
        let db = Database::open(&database.url).await.unwrap();
        let events = EventLog::open(db.clone(), clock.clone()).await.unwrap();
        let project = project(&db, &events, &clock).await;
        let access = Access::new(db.clone(), events.clone(), clock.clone());
        let scopes = BTreeSet::from([Scope::Admin]);
        let paired = access.create_token("test", scopes.clone()).await.unwrap();
        let caller = Caller {
            device: paired.device.id,
            device_name: "test".to_owned(),
            scopes,
            expires_at: None,
        };
        let agents = Arc::new(OpenCode::with_limits(http_client().unwrap(), limits));
        let instances = Instances::new(Arc::default());
        let attachments = Attachments::new(db.clone(), clock.clone(), folder.path().join("attachments"));
        let sessions = Sessions::new(
            db.clone(),
            events.clone(),
            clock.clone(),
            agents.clone(),
            instances.clone(),
            Live::default(),
            Enclosures::new(attachments, Arc::new(Nowhere)),
        );
        let stop = CancellationToken::new();
        let decisions = Decisions::new(db.clone(), events.clone(), clock.clone());
        let running = tokio::spawn(Bridges::new(&sessions, decisions).run(stop.clone()));
        Self {
            db,
            events,
            clock,
            agents,
            endpoint,
            instances,
            sessions,
            project,
            caller,
            stop,
            running,
            _folder: folder,
            _database: database,
        }
    }

    fn connect(&self) {
        self.connect_to(self.endpoint.clone());
    }

    /// Another run, found there.
    fn connect_to(&self, endpoint: Endpoint) {
        let instance = Instance::new(Uuid::new_v4(), endpoint);
        self.instances.set(self.project, instance);
    }

    async fn session(&self) -> SessionId {
        let made = self.sessions.create(&self.caller, self.project, None, None).await;
        made.unwrap().id
    }

    async fn ask(&self, session: SessionId, text: String) {
        let prompt = NewPrompt {
            session,
            parts: vec![NewPart::Text(text)],
            agent: None,
            model: None,
            interrupts: false,
        };
        self.sessions.send(&self.caller, prompt, None).await.unwrap();
    }

    async fn messages(&self) -> Vec<message::Model> {
        message::Entity::find().all(self.db.reader()).await.unwrap()
    }

    async fn answered(&self, prompts: usize) {
        until("an answer to each prompt", async || {
            let messages = self.messages().await;
            let answers = messages
                .iter()
                .filter(|message| message.role == Role::Assistant && message.completed_at.is_some());
            (answers.count() == prompts).then_some(())
        })
        .await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

async fn prompts_are_carried_while_answers_stream(kind: Kind) {
    let bridged = Bridged::with(kind, Limits::default()).await;
    bridged.connect();
    for _ in 0..SESSIONS {
        let session = bridged.session().await;
        for number in 0..PROMPTS {
            bridged.ask(session, format!("{number}")).await;
        }
    }
    bridged.answered(SESSIONS * PROMPTS).await;
    bridged.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_are_carried_while_answers_stream_on_sqlite() {
    prompts_are_carried_while_answers_stream(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_are_carried_while_answers_stream_on_postgres() {
    prompts_are_carried_while_answers_stream(Kind::Postgres).await;
}

/// What the agent has said is too large to be listed in one answer.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_a_cut_list_leaves_out_stay() {
    let limits = Limits {
        answer_bytes: 8 << 10,
        ..Limits::default()
    };
    let bridged = Bridged::with(Kind::Sqlite, limits).await;
    bridged.connect();
    let session = bridged.session().await;
    for number in 0..PROMPTS {
        bridged.ask(session, format!("{number} {}", "x".repeat(1_000))).await;
    }
    bridged.answered(PROMPTS).await;
    assert_eq!(bridged.messages().await.len(), 2 * PROMPTS);
    bridged.end().await;
}

/// The server was killed when a copy was made and nothing of it was read.
#[tokio::test(flavor = "multi_thread")]
async fn copy_is_read_whole_by_the_next_bridge() {
    /// More than are looked at of any other session.
    const MANY: usize = 120;
    let bridged = Bridged::with(Kind::Sqlite, Limits::default()).await;
    let (agents, at) = (&bridged.agents, &bridged.endpoint);
    let copy = agents.create_session(at, Some("Copy"), "copy").await.unwrap();
    for number in 0..MANY {
        let now = bridged.clock.now();
        let prompt = Prompt {
            message_id: agents.new_message_id(now),
            parts: vec![PromptPart {
                id: agents.new_part_id(now),
                content: PromptContent::Text(format!("{number}")),
            }],
            agent: None,
            model: None,
        };
        agents.send_prompt(at, &copy.id, &prompt).await.unwrap();
    }
    until("all answers", async || {
        let listed = agents.messages(at, &copy.id, 10_000).await.unwrap();
        let is_at_rest = agents.activities(at).await.unwrap().is_empty();
        (is_at_rest && listed.len() == 2 * MANY).then_some(())
    })
    .await;
    let row = session::Model {
        external_id: Some(copy.id.clone()),
        fork: Some(Fork {
            session: "ses_original".to_owned(),
            before: None,
        }),
        ..session::Model::new(bridged.project, "Copy".to_owned(), bridged.clock.now())
    };
    let mut tx = bridged.events.begin(Actor::Server).await.unwrap();
    let id = sessions::insert(&mut tx, row).await.unwrap().id;
    tx.commit().await.unwrap();

    bridged.connect();
    let read = until("the copy to be read", async || {
        let row = sessions::get(bridged.db.reader(), id).await.unwrap().unwrap();
        row.fork.is_none().then_some(())
    });
    read.await;
    assert_eq!(bridged.messages().await.len(), 2 * MANY);
    bridged.end().await;
}

/// It was to sleep, and was asked for something before it was stopped. Who keeps the bridges had no time to look between.
#[tokio::test]
async fn a_run_that_was_let_go_and_goes_on_after_all_gets_its_prompts() {
    let bridged = Bridged::with(Kind::Sqlite, Limits::default()).await;
    let (run, session) = (Uuid::new_v4(), bridged.session().await);
    let seen = || Instance::new(run, bridged.endpoint.clone());
    bridged.instances.set(bridged.project, seen());
    bridged.ask(session, "one".to_owned()).await;
    bridged.answered(1).await;
    let gate = bridged.instances.get(bridged.project).unwrap().gate;
    let halt = until("nothing to pass", async || gate.halt()).await;
    // From here to the next await this is the only thing that happens.
    halt.close();
    bridged.instances.remove(bridged.project);
    bridged.instances.set(bridged.project, seen());
    bridged.ask(session, "two".to_owned()).await;
    bridged.answered(2).await;
    bridged.end().await;
}
