//! The composition root: builds everything and knows everything. Nothing is set later.

use std::{future::IntoFuture, io, path::Path, sync::Arc, time::Duration};

use async_graphql::Request;
use axum::Router;
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts::{self, Accounts, GitLogins},
    agent::opencode::{self, OpenCode},
    attachments::{self, Attachments},
    auth::Access,
    caller::Caller,
    clock::Clock,
    config::{self, Config},
    containers::{
        HostError,
        process::{ProcessConfig, ProcessHost},
    },
    data_dir::{self, DataDir},
    db::{Database, OpenError},
    decisions::{self, Decisions, graphql::DecisionLoader},
    events::{EventLog, retention::Retention},
    files::Files,
    forge::{
        git::{Git, GitOptions},
        local::{LocalConfig, LocalForge, LocalLimits},
    },
    github,
    graphql::PublicUrl,
    http::{
        AccessPolicy, Authenticate, GraphqlEndpoint, Health, Limits, Metrics, Reuse, attachment_routes,
        git::GitHttpLimits, graphiql_routes, graphql_routes, guarded, health_routes, web_app_routes,
    },
    projects::{
        Board, Instances, Projects,
        git_access::ProjectRepositories,
        graphql::{FirstPages, ListedParts, ProjectLoader, ProjectRows},
        observe::Outside,
        store,
        sweep::Sweep,
        upkeep::Upkeep,
        worker::Reconciler,
    },
    schema::{self, Graph, ReadFrom},
    secrets::Seal,
    servers::{self, Resources, graphql::Shortcomings},
    sessions::{
        Bridges, Enclosures, Live, Sessions,
        export::{self, Export},
        graphql::{SessionLoader, SessionRows},
    },
    usage::graphql::UsageLoader,
    workspace::local::LocalWorkspaces,
};

/// Everything that serves. Made by [`App::build`], brought to life by [`App::serve`].
pub struct App {
    pub access: Access,
    pub public_url: PublicUrl,
    /// What this machine lacks: a sentence each.
    pub shortcomings: Vec<String>,
    db: Database,
    events: EventLog,
    retention: Retention,
    router: Router,
    machine: Arc<ProcessHost>,
    forge: Arc<LocalForge>,
    reconciler: Reconciler,
    sweep: Sweep,
    bridges: Bridges,
    keeper: decisions::Keeper,
    attachments: attachments::Sweep,
    sign_ins: accounts::Poller,
    stop: CancellationToken,
    /// What outlives its request: sockets, streams, mutations whose client has left.
    requests: TaskTracker,
    /// Held as long as this server uses the folder.
    _data_dir: DataDir,
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    DataDir(#[from] data_dir::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database failed: {0}")]
    Database(#[from] sea_orm::DbErr),
    #[error("agents cannot be kept in the data folder: {0}")]
    Host(#[from] HostError),
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// How long what is under way may take to end.
const DRAIN: Duration = Duration::from_secs(25);

impl App {
    /// Opens the database and puts everything together. Nothing runs yet. `metrics` is the process's recorder.
    pub async fn build(config: &Config, metrics: Metrics, stop: CancellationToken) -> Result<Self, BuildError> {
        let folder = config.data_dir()?;
        let data_dir = DataDir::open(&folder)?;
        // As the kernel names it: agents name their folder so, and so do we.
        let folder = folder.canonicalize().map_err(|source| data_dir::Error::Io {
            path: folder.clone(),
            source,
        })?;
        let clock = Clock::system();
        let db = Database::open(config.database_url(&folder).expose_secret()).await?;
        let events = EventLog::open(db.clone(), clock.clone()).await?;
        servers::store::this_machine(&db, &clock, &machine_name()).await?;

        let hub = github::Api::new(github::http_client()?, config.github.site()?, github::Limits::default());
        let seal = Seal::in_folder(&folder);
        let accounts = Accounts::new(db.clone(), events.clone(), clock.clone(), Arc::new(hub), seal);
        let (machine, forge) = (
            process_host(config, &folder, &clock).await?,
            local_forge(config, &folder, &accounts),
        );
        let shortcomings = shortcomings(&machine);
        let host = machine.clone();
        #[cfg(feature = "failpoints")]
        let host = Arc::new(crate::containers::late::LateHost::new(host, &folder));
        let agents = Arc::new(OpenCode::new(opencode::http_client()?));
        let wake = Arc::new(Notify::new());
        let outside = Outside {
            installation: store::installation(&db, &clock).await?,
            forge: forge.clone(),
            host: host.clone(),
            agents: agents.clone(),
            instances: Instances::new(Arc::clone(&wake)),
            board: Board::default(),
        };
        let live = Live::default();
        let public_url = config.public_url()?;

        let access = Access::new(db.clone(), events.clone(), clock.clone());
        let projects = Projects::new(
            events.clone(),
            clock.clone(),
            forge.clone(),
            config.forge.policy(),
            host.clone(),
            Arc::clone(&wake),
            config.agent.upkeep().sleep_after,
        );
        let workspaces = LocalWorkspaces::new(forge.git().clone(), folder.join("scratch"));
        workspaces.recover();
        let files = Files::new(
            db.clone(),
            events.clone(),
            clock.clone(),
            projects.clone(),
            Arc::new(workspaces),
        );
        let attachments = Attachments::new(db.clone(), clock.clone(), folder.join("attachments"));
        let sessions = Sessions::new(
            db.clone(),
            events.clone(),
            clock.clone(),
            agents,
            outside.instances.clone(),
            live.clone(),
            Enclosures::new(attachments.clone(), Arc::new(files.clone())),
        );
        let decisions = Decisions::new(db.clone(), events.clone(), clock.clone());
        let kept_bytes = usize::try_from(config.http.answer_cache_mb)
            .unwrap_or(usize::MAX)
            .saturating_mul(1024 * 1024);
        let graph: Graph = schema::build()
            .data(db.clone())
            .data(events.clone())
            .data(access.clone())
            .data(accounts.clone())
            .data(projects.clone())
            .data(ListedParts::new(events.clone(), kept_bytes / 2))
            .data(FirstPages::default())
            .data(sessions.clone())
            .data(files)
            .data(decisions.clone())
            .data(live)
            .data(outside.board.clone())
            .data(public_url.clone())
            .data(Resources::new(clock.clone(), folder.clone()))
            .data(Shortcomings(shortcomings.clone()))
            .finish();

        let requests = TaskTracker::new();
        let authenticate: Arc<dyn Authenticate> = Arc::new(access.clone());
        let endpoint = GraphqlEndpoint {
            executor: graph,
            authenticate: authenticate.clone(),
            prepare: prepare(&db, &events),
            limits: Limits::default(),
            reuse: Some(reuse(&events, kept_bytes / 2)),
            is_object: schema::is_object,
            open_introspection: config.listen.ip().is_loopback(),
            shutdown: stop.clone(),
            tasks: requests.clone(),
        };
        let uploads = attachment_routes(Arc::new(attachments.clone()), authenticate.clone());
        let exports = export::routes(Export {
            db: db.clone(),
            authenticate: authenticate.clone(),
        });
        let repositories = ProjectRepositories::new(db.clone(), projects, forge.clone(), authenticate.clone());
        let health = Health {
            db: db.clone(),
            stop: stop.clone(),
            metrics,
            // Whoever is on this machine may read figures; from elsewhere it takes a token.
            metrics_for: (!config.listen.ip().is_loopback()).then_some(authenticate),
        };
        let router = graphql_routes(endpoint)
            .merge(graphiql_routes())
            .merge(uploads)
            .merge(exports)
            .merge(web_app_routes())
            .merge(crate::http::git::router(
                forge.git().clone(),
                Arc::new(repositories),
                GitHttpLimits::default(),
            ))
            .merge(health_routes(health));

        let reconciler = Reconciler {
            db: db.clone(),
            events: events.clone(),
            clock,
            outside: outside.clone(),
            upkeep: Arc::new(Upkeep::new(config.agent.upkeep())),
            wake,
            owner: data_dir.owner(),
        };
        let bridges = Bridges::new(&sessions, decisions.clone());
        Ok(Self {
            access,
            public_url: public_url.clone(),
            shortcomings,
            retention: config.events.retention(),
            router: guarded(router, access_policy(config, &public_url)),
            machine,
            forge,
            reconciler,
            sweep: Sweep::new(db.clone(), outside),
            bridges,
            keeper: decisions::Keeper::new(decisions),
            attachments: attachments::Sweep(attachments),
            sign_ins: accounts::Poller::new(accounts),
            db,
            events,
            stop,
            requests,
            _data_dir: data_dir,
        })
    }

    /// Serves until `stop`, then ends what runs: sockets first, then the work, then the database.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let workers = TaskTracker::new();
        // What may take long and nothing waits for comes after the start, not before it.
        let stop = self.stop.clone();
        let once = [
            tell_versions(self.machine).boxed(),
            finish_deletions(self.forge).boxed(),
        ];
        for task in once {
            workers.spawn(stop.clone().run_until_cancelled_owned(task));
        }
        workers.spawn(self.reconciler.run(self.stop.clone()));
        workers.spawn(self.sweep.run(self.stop.clone()));
        workers.spawn(self.bridges.run(self.stop.clone()));
        workers.spawn(self.keeper.run(self.stop.clone()));
        workers.spawn(self.attachments.run(self.stop.clone()));
        workers.spawn(self.sign_ins.run(self.stop.clone()));
        workers.spawn(self.events.clone().watch_for_others(self.stop.clone()));
        workers.spawn(self.events.keep_trimmed(self.retention, self.stop.clone()));
        workers.close();

        let served = axum::serve(listener, self.router).with_graceful_shutdown(self.stop.clone().cancelled_owned());
        let mut serving = tokio::spawn(served.into_future());
        let result = tokio::select! {
            result = &mut serving => {
                self.stop.cancel();
                result.map_err(io::Error::other).flatten()
            }
            () = self.stop.cancelled() => Ok(()),
        };
        self.requests.close();
        let drained = async {
            workers.wait().await;
            self.requests.wait().await;
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("some work did not end in time; the next start takes it up");
        }
        // Connections that are still open have nothing to wait for any more.
        serving.abort();
        if let Err(error) = self.db.close().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database was not closed properly"
            );
        }
        result
    }
}

async fn process_host(config: &Config, folder: &Path, clock: &Clock) -> Result<Arc<ProcessHost>, BuildError> {
    let process = ProcessConfig {
        agent_command: Some(config.agent.command.clone()),
        agent_config: config.agent.config()?,
        trust_repository_config: config.agent.allow_project_config,
        ..ProcessConfig::new(folder.join("instances"))
    };
    Ok(Arc::new(ProcessHost::new(process, clock.clone()).await?))
}

fn local_forge(config: &Config, folder: &Path, accounts: &Accounts) -> Arc<LocalForge> {
    let root = folder.join("repositories");
    let git = Git::new(GitOptions::in_folder(folder));
    let limits = LocalLimits {
        max_repository_bytes: config.forge.max_repository_mb.saturating_mul(1024 * 1024),
        ..LocalLimits::default()
    };
    let config = LocalConfig {
        root,
        policy: config.forge.policy(),
        limits,
    };
    let logins = Arc::new(GitLogins::new(accounts.clone()));
    Arc::new(LocalForge::new(config, git).with_logins(logins))
}

/// What this machine lacks to run agents: a sentence each.
fn shortcomings(host: &ProcessHost) -> Vec<String> {
    host.missing().iter().map(crate::graphql::sentence).collect()
}

/// For the log. An agent may take a second to tell its version, and nobody waits for that.
async fn tell_versions(host: Arc<ProcessHost>) {
    tracing::info!("{}", host.check().await);
}

/// Deletes what the server had put away to delete when it ended.
async fn finish_deletions(forge: Arc<LocalForge>) {
    if let Err(error) = forge.recover().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what was being deleted is still there"
        );
    }
}

/// What each request gets: its caller, its cursor, loaders of its own.
fn prepare(db: &Database, events: &EventLog) -> crate::http::Prepare {
    let (db, events) = (db.clone(), events.clone());
    let (projects, sessions) = (Arc::new(ProjectRows::new(&events)), Arc::new(SessionRows::new(&events)));
    Arc::new(move |request: Request, caller: Option<Caller>| {
        let request = request
            .data(ReadFrom(events.known()))
            .data(ProjectLoader::for_request(&db, &projects))
            .data(SessionLoader::for_request(&db, &sessions))
            .data(DecisionLoader::for_request(&db))
            .data(UsageLoader::for_request(&db));
        match caller {
            Some(caller) => request.data(caller),
            None => request,
        }
    })
}

/// Answers made of nothing but what the log tells of are true until it grows.
fn reuse(events: &EventLog, bytes: usize) -> Reuse {
    let events = events.clone();
    Reuse {
        head: Arc::new(move || events.head()),
        covers: Arc::new(schema::is_of_the_log),
        bytes,
    }
}

fn access_policy(config: &Config, public_url: &PublicUrl) -> AccessPolicy {
    let public_host = url::Url::parse(public_url.as_str())
        .ok()
        .filter(|_| config.is_public_url_given())
        .and_then(|url| url.host_str().map(str::to_owned));
    AccessPolicy::loopback()
        .with_hosts(config.http.allowed_hosts.iter().cloned().chain(public_host))
        .with_origins(config.http.allowed_origins.iter().cloned())
}

fn machine_name() -> String {
    sysinfo::System::host_name()
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "This machine".to_owned())
}
