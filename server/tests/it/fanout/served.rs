//! The real graph over a log that the test writes to, served on a port of its own. How often an event was made into a
//! result is counted, because that is what sharing saves.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
};
use async_trait::async_trait;
use entity::ids::{DeviceId, ProjectId};
use secrecy::ExposeSecret;
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    db::Database,
    events::{Actor, EventLog, Payload},
    http::{GraphqlEndpoint, Limits, SocketLimits, graphql_routes},
    schema,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::reader::PATIENCE;
use crate::support::database::{Kind, TestDatabase};

pub struct Served {
    pub address: SocketAddr,
    pub log: EventLog,
    pub access: Access,
    made: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
    shutdown: CancellationToken,
    _database: TestDatabase,
}

/// A device and its token.
pub struct Phone {
    pub device: DeviceId,
    pub token: String,
}

impl Served {
    pub async fn start(kind: Kind) -> Self {
        let database = TestDatabase::new(kind).await;
        let db = Database::open(&database.url).await.unwrap();
        let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
        let access = Access::new(db.clone(), log.clone(), Clock::system());
        let (made, begun) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let shutdown = CancellationToken::new();
        let endpoint = GraphqlEndpoint {
            executor: schema::build()
                .data(db)
                .data(log.clone())
                .extension(Count(Arc::clone(&made)))
                .finish(),
            authenticate: Arc::new(access.clone()),
            prepare: Arc::new({
                let begun = Arc::clone(&begun);
                move |request, caller| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    match caller {
                        Some(caller) => request.data(caller),
                        None => request,
                    }
                }
            }),
            limits: Limits {
                socket: SocketLimits {
                    ping_interval: Duration::from_millis(200),
                    // A test reads its readers one after the other, and some not at all.
                    silence: PATIENCE,
                    write_timeout: PATIENCE,
                    ..SocketLimits::default()
                },
                ..Limits::default()
            },
            reuse: None,
            is_object: |_| false,
            open_introspection: true,
            shutdown: shutdown.clone(),
            tasks: TaskTracker::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, graphql_routes(endpoint)).await });
        Self {
            address,
            log,
            access,
            made,
            begun,
            shutdown,
            _database: database,
        }
    }

    pub async fn phone(&self, scope: Scope) -> Phone {
        let paired = self
            .access
            .create_token("a phone", BTreeSet::from([scope]))
            .await
            .unwrap();
        Phone {
            device: paired.device.id,
            token: paired.token.expose_secret().to_owned(),
        }
    }

    /// How often an event was made into a result, for one or for all.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    /// How often an execution began, for one or for all.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// One event of this project.
    pub async fn write(&self, project: ProjectId) -> i64 {
        let mut tx = self.log.begin(Actor::Server).await.unwrap();
        tx.emit(Payload::ProjectChanged { project });
        tx.commit().await.unwrap().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Counts each `Event.at`, which every document of these tests asks for once.
struct Count(Arc<AtomicUsize>);

impl ExtensionFactory for Count {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

#[async_trait]
impl Extension for Count {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.parent_type == "Event" && info.name == "at" {
            self.0.fetch_add(1, Ordering::SeqCst);
            // As a field does that asks the database: whoever looks meanwhile finds a result under way.
            tokio::task::yield_now().await;
        }
        next.run(ctx, info).await
    }
}
