//! A bridge between the database and an agent that streams without a pause: what it carries to the agent and what it
//! brings back must not wait for each other.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use entity::{
    ids::{ProjectId, SessionId},
    message::Role,
    project::{self, Desired, ProjectStatus, Source},
};
use fakes::agent::{Options, serve};
use sea_orm::EntityTrait;
use server::{
    agent::{
        Endpoint,
        opencode::{OpenCode, http_client},
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
    },
};
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

/// One project, its light agent, and the bridges.
struct Scene {
    db: Database,
    project: ProjectId,
    caller: Caller,
    sessions: Sessions,
    instances: Instances,
    endpoint: Endpoint,
    stop: CancellationToken,
    bridges: JoinHandle<()>,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn set(kind: Kind) -> Self {
        let (database, folder, clock) = (
            TestDatabase::new(kind).await,
            tempfile::tempdir().unwrap(),
            Clock::system(),
        );
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
        let agents = Arc::new(OpenCode::new(http_client().unwrap()));
        let (instances, live, stop) = (
            Instances::new(Arc::default()),
            Live::default(),
            CancellationToken::new(),
        );
        let attachments = Attachments::new(db.clone(), clock.clone(), folder.path().join("attachments"));
        let sessions = Sessions::new(
            db.clone(),
            events.clone(),
            clock.clone(),
            agents,
            instances.clone(),
            live,
            Enclosures::new(attachments, Arc::new(Nowhere)),
        );
        let decisions = Decisions::new(db.clone(), events, clock);
        let bridges = Bridges::new(&sessions, decisions);
        let bridges = tokio::spawn(bridges.run(stop.clone()));
        let endpoint = light_agent(folder.path()).await;
        Self {
            db,
            project,
            caller,
            sessions,
            instances,
            endpoint,
            stop,
            bridges,
            _database: database,
            _folder: folder,
        }
    }

    async fn session(&self) -> SessionId {
        let session = self.sessions.create(&self.caller, self.project, None, None);
        session.await.unwrap().id
    }

    async fn prompt(&self, session: SessionId, text: &str) {
        let prompt = NewPrompt {
            session,
            parts: vec![NewPart::Text(text.to_owned())],
            agent: None,
            model: None,
            interrupts: false,
        };
        self.sessions.send(&self.caller, prompt, None).await.unwrap();
    }

    async fn answered(&self, count: usize) {
        until(&format!("{count} answers"), async || {
            let messages = entity::message::Entity::find().all(self.db.reader()).await.unwrap();
            let answers = messages
                .iter()
                .filter(|message| message.role == Role::Assistant && message.completed_at.is_some());
            (answers.count() == count).then_some(())
        })
        .await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.bridges.await.unwrap();
    }
}

async fn prompts_are_carried_while_answers_stream(kind: Kind) {
    let scene = Scene::set(kind).await;
    let instance = Instance::new(Uuid::new_v4(), scene.endpoint.clone());
    scene.instances.set(scene.project, instance);
    for _ in 0..SESSIONS {
        let session = scene.session().await;
        for number in 0..PROMPTS {
            scene.prompt(session, &number.to_string()).await;
        }
    }
    scene.answered(SESSIONS * PROMPTS).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_are_carried_while_answers_stream_on_sqlite() {
    prompts_are_carried_while_answers_stream(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_are_carried_while_answers_stream_on_postgres() {
    prompts_are_carried_while_answers_stream(Kind::Postgres).await;
}

/// It was to sleep, and was asked for something before it was stopped. Who keeps the bridges had no time to look between.
#[tokio::test]
async fn a_run_that_was_let_go_and_goes_on_after_all_gets_its_prompts() {
    let scene = Scene::set(Kind::Sqlite).await;
    let (run, session) = (Uuid::new_v4(), scene.session().await);
    let seen = || Instance::new(run, scene.endpoint.clone());
    scene.instances.set(scene.project, seen());
    scene.prompt(session, "one").await;
    scene.answered(1).await;
    let gate = scene.instances.get(scene.project).unwrap().gate;
    let halt = until("nothing to pass", async || gate.halt()).await;
    // From here to the next await this is the only thing that happens.
    halt.close();
    scene.instances.remove(scene.project);
    scene.instances.set(scene.project, seen());
    scene.prompt(session, "two").await;
    scene.answered(2).await;
    scene.end().await;
}
