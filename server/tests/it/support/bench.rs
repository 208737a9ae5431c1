//! A reconciler without agents and containers that are real: what they do comes on command.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{
    ids::{DeviceId, ProjectId},
    project::{self, ProjectStatus},
};
use futures_util::stream::BoxStream;
use sea_orm::{ConnectionTrait, Statement};
use server::{
    agent::{
        AgentAsk, AgentError, AgentEvent, AgentMessageWithParts, AgentRuntime, AgentSession, AskReply, CommandCall,
        Endpoint, Health, OfferedAgent, OfferedCommand, OfferedModel, Prompt, SessionActivity, Todo,
    },
    attachments::Attachments,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::EventLog,
    forge::{
        git::{Git, GitOptions},
        local::{LocalConfig, LocalForge, LocalLimits},
        policy::Policy,
    },
    projects::{
        Board, Instances, Projects,
        observe::Outside,
        orders::Ordered,
        service::{NewProject, NewSource},
        store,
        upkeep::{Limits, Upkeep},
        worker::Reconciler,
    },
    servers,
    sessions::{
        Enclosures, Live, Sessions,
        enclosures::{Place, Places},
    },
    workspace::WorkspacePath,
};
use tokio::sync::{Barrier, Notify};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    database::{Kind, TestDatabase},
    memory_host::MemoryHost,
    until::until,
};

/// A workspace of which nothing can be told.
pub struct Nowhere;

#[async_trait]
impl Places for Nowhere {
    async fn look(&self, _: ProjectId, _: &WorkspacePath) -> Place {
        Place::Unknown
    }
}

/// An agent that is well and does nothing, unless it is told otherwise.
#[derive(Default)]
pub struct Quiet {
    /// It says that it works.
    pub works: AtomicBool,
    /// It does not answer.
    pub hangs: AtomicBool,
    /// How often it was told to end a turn.
    pub aborts: AtomicUsize,
    /// What is waited for before it tells what it does.
    pub hesitates: Mutex<Option<Arc<Barrier>>>,
}

#[async_trait]
impl AgentRuntime for Quiet {
    async fn health(&self, _: &Endpoint) -> Result<Health, AgentError> {
        if self.hangs.load(SeqCst) {
            return Err(AgentError::Unavailable {
                message: "no answer".to_owned(),
                may_be_done: false,
                source: None,
            });
        }
        Ok(Health {
            version: "1.18.33".to_owned(),
        })
    }

    async fn events(&self, _: &Endpoint) -> Result<BoxStream<'static, Result<AgentEvent, AgentError>>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn sessions(&self, _: &Endpoint) -> Result<Vec<AgentSession>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn session(&self, _: &Endpoint, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn create_session(&self, _: &Endpoint, _: Option<&str>, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn rename_session(&self, _: &Endpoint, _: &str, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn delete_session(&self, _: &Endpoint, _: &str) -> Result<(), AgentError> {
        Err(AgentError::NotFound)
    }

    async fn activities(&self, _: &Endpoint) -> Result<Vec<(String, SessionActivity)>, AgentError> {
        let barrier = self.hesitates.lock().unwrap().take();
        if let Some(barrier) = barrier {
            // Once to say that it was asked, once more to be let on.
            barrier.wait().await;
            barrier.wait().await;
        }
        let works = self.works.load(SeqCst);
        Ok(works
            .then(|| ("ses_1".to_owned(), SessionActivity::Busy))
            .into_iter()
            .collect())
    }

    async fn messages(&self, _: &Endpoint, _: &str, _: usize) -> Result<Vec<AgentMessageWithParts>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn message(&self, _: &Endpoint, _: &str, _: &str) -> Result<Option<AgentMessageWithParts>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn todos(&self, _: &Endpoint, _: &str) -> Result<Vec<Todo>, AgentError> {
        Err(AgentError::NotFound)
    }

    fn new_message_id(&self, _: DateTime<Utc>) -> String {
        Uuid::now_v7().to_string()
    }

    fn new_part_id(&self, _: DateTime<Utc>) -> String {
        Uuid::now_v7().to_string()
    }

    async fn send_prompt(&self, _: &Endpoint, _: &str, _: &Prompt) -> Result<(), AgentError> {
        Err(AgentError::NotFound)
    }

    async fn run_command(&self, _: &Endpoint, _: &str, _: &CommandCall) -> Result<(), AgentError> {
        Err(AgentError::NotFound)
    }

    async fn agents(&self, _: &Endpoint) -> Result<Vec<OfferedAgent>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn models(&self, _: &Endpoint) -> Result<Vec<OfferedModel>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn commands(&self, _: &Endpoint) -> Result<Vec<OfferedCommand>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn asks(&self, _: &Endpoint) -> Result<Vec<AgentAsk>, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn reply(&self, _: &Endpoint, _: &str, _: &AskReply) -> Result<(), AgentError> {
        Err(AgentError::NotFound)
    }

    async fn abort(&self, _: &Endpoint, _: &str) -> Result<(), AgentError> {
        self.aborts.fetch_add(1, SeqCst);
        Ok(())
    }

    async fn fork_session(&self, _: &Endpoint, _: &str, _: Option<&str>, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn revert(&self, _: &Endpoint, _: &str, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn unrevert(&self, _: &Endpoint, _: &str) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }

    async fn summarize(&self, _: &Endpoint, _: &str, _: &str) -> Result<(), AgentError> {
        Err(AgentError::NotFound)
    }

    async fn archive(&self, _: &Endpoint, _: &str, _: Option<DateTime<Utc>>) -> Result<AgentSession, AgentError> {
        Err(AgentError::NotFound)
    }
}

/// A reconciler over doubles of the host and of the agents, and the real forge.
pub struct Bench {
    pub db: Database,
    pub host: Arc<MemoryHost>,
    pub projects: Projects,
    pub outside: Outside,
    pub reconciler: Reconciler,
    pub sessions: Sessions,
    pub live: Live,
    pub agents: Arc<Quiet>,
    pub caller: Caller,
    pub stop: CancellationToken,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub async fn new(kind: Kind) -> Self {
        Self::with(kind, Limits::default()).await
    }

    pub async fn with(kind: Kind, limits: Limits) -> Self {
        let database = TestDatabase::new(kind).await;
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let db = Database::open(&database.url).await.unwrap();
        let events = EventLog::open(db.clone(), clock.clone()).await.unwrap();
        servers::store::this_machine(&db, &clock, "here").await.unwrap();
        let host = Arc::new(MemoryHost::at("http://127.0.0.1:1".parse().unwrap()));
        let config = LocalConfig {
            root: folder.path().join("repositories"),
            policy: Policy::default(),
            limits: LocalLimits::default(),
        };
        let agents = Arc::new(Quiet::default());
        let forge = Arc::new(LocalForge::new(config, Git::new(GitOptions::in_folder(folder.path()))));
        let wake = Arc::new(Notify::new());
        let outside = Outside {
            installation: store::installation(&db, &clock).await.unwrap(),
            forge: forge.clone(),
            host: host.clone(),
            agents: agents.clone(),
            instances: Instances::new(wake.clone()),
            board: Board::default(),
        };
        let projects = Projects::new(
            events.clone(),
            clock.clone(),
            forge,
            Policy::default(),
            host.clone(),
            wake.clone(),
            limits.sleep_after,
        );
        let attachments = Attachments::new(db.clone(), clock.clone(), folder.path().join("attachments"));
        let live = Live::default();
        let sessions = Sessions::new(
            db.clone(),
            events.clone(),
            clock.clone(),
            agents.clone(),
            outside.instances.clone(),
            live.clone(),
            Enclosures::new(attachments, Arc::new(Nowhere)),
        );
        let access = server::auth::Access::new(db.clone(), events.clone(), clock.clone());
        let paired = access
            .create_token("test", BTreeSet::from([Scope::Admin]))
            .await
            .unwrap();
        let caller = Caller {
            device: DeviceId(paired.device.id.0),
            device_name: "test".to_owned(),
            scopes: BTreeSet::from([Scope::Admin]),
            expires_at: None,
        };
        let reconciler = Reconciler {
            db: db.clone(),
            events,
            clock,
            outside: outside.clone(),
            upkeep: Arc::new(Upkeep::new(limits)),
            wake,
            owner: Uuid::new_v4(),
        };
        let bench = Self {
            db,
            host,
            projects,
            outside,
            reconciler,
            sessions,
            live,
            agents,
            caller,
            stop: CancellationToken::new(),
            _database: database,
            _folder: folder,
        };
        bench.run();
        bench
    }

    /// On PostgreSQL: somebody wants a row that another transaction holds.
    pub async fn somebody_waits_for_a_lock(&self) {
        const WAITING: &str = "SELECT count(*) AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let reader = self.db.reader();
        until("somebody to wait for a lock", async || {
            let statement = Statement::from_string(reader.get_database_backend(), WAITING);
            let row = reader.query_one_raw(statement).await.unwrap().unwrap();
            (row.try_get::<i64>("", "count").unwrap() > 0).then_some(())
        })
        .await;
    }

    pub fn run(&self) {
        tokio::spawn(self.reconciler.clone().run(self.stop.clone()));
    }

    pub async fn create(&self, name: &str) -> Ordered {
        let new = NewProject {
            name: name.to_owned(),
            slug: None,
            description: None,
            source: NewSource::Empty(true),
            policy: None,
        };
        self.projects.create(&self.caller, new, None).await.unwrap()
    }

    pub async fn project(&self, ordered: &Ordered) -> Option<project::Model> {
        store::get(self.db.reader(), ordered.project.id).await.unwrap()
    }

    pub async fn reaches(&self, ordered: &Ordered, status: ProjectStatus) {
        until(&format!("{status:?}"), async || {
            let project = self.project(ordered).await?;
            (project.status == status).then_some(())
        })
        .await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
