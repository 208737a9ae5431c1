//! The routes under test on a port of their own, and the tokens they know.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use entity::ids::DeviceId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use server::{
    caller::{Caller, Scope},
    graphql::{Code, Failure},
    http::{
        AccessPolicy, Authenticate, GraphqlEndpoint, Limits, graphiql_routes, graphql_routes, guarded, web_app_routes,
    },
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::schema::{Levers, schema};

pub const TOKEN: &str = "a-token-that-holds";
pub const PAIRING_CODE: &str = "ABCD-1234";
/// Longer than anything here takes; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Knows one token until it is revoked.
#[derive(Default)]
pub struct Tokens {
    pub revoked: AtomicBool,
}

#[async_trait]
impl Authenticate for Tokens {
    async fn authenticate(&self, token: &SecretString) -> Result<Caller, Failure> {
        match token.expose_secret() {
            TOKEN if !self.revoked.load(Ordering::SeqCst) => Ok(Caller {
                device: DeviceId(Uuid::from_u128(1)),
                device_name: "a phone".to_owned(),
                scopes: BTreeSet::from([Scope::Admin]),
                expires_at: None,
            }),
            "no-database" => Err(Failure::unavailable("database", "Away.", Some(Duration::from_secs(3)))),
            _ => Err(Failure::new(Code::Unauthenticated, "This token is not known.")),
        }
    }

    async fn still_valid(&self, _caller: &Caller) -> bool {
        !self.revoked.load(Ordering::SeqCst)
    }
}

pub struct TestServer {
    pub address: SocketAddr,
    pub levers: Levers,
    pub tokens: Arc<Tokens>,
    pub shutdown: CancellationToken,
    pub tasks: TaskTracker,
    http: reqwest::Client,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::with(Limits::default(), true).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, true).await
    }

    pub async fn with(limits: Limits, open_introspection: bool) -> Self {
        let (levers, tokens) = (Levers::new(), Arc::new(Tokens::default()));
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let endpoint = GraphqlEndpoint {
            executor: schema(&levers),
            authenticate: tokens.clone(),
            prepare: Arc::new(|request, caller| match caller {
                Some(caller) => request.data(caller),
                None => request,
            }),
            limits,
            is_object: |_| false,
            reuse: None,
            open_introspection,
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
        };
        let router = guarded(
            graphql_routes(endpoint)
                .merge(graphiql_routes())
                .merge(web_app_routes()),
            AccessPolicy::loopback(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            levers,
            tokens,
            shutdown,
            tasks,
            http: reqwest::Client::builder()
                .timeout(PATIENCE)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(self.url(path))
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// The same, with the answer left as it came: usually the client asks for gzip, and reads it.
    pub fn as_it_comes(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let http = reqwest::Client::builder().no_gzip().no_proxy().build().unwrap();
        http.request(method, self.url(path))
    }

    /// A POST of this JSON to `/graphql`.
    pub fn post(&self, body: &Value) -> reqwest::RequestBuilder {
        self.http.post(self.url("/graphql")).json(body)
    }

    /// The answer to a document, as plain JSON.
    pub async fn ask(&self, query: &str) -> Value {
        let response = self.post(&serde_json::json!({ "query": query })).send().await.unwrap();
        response.json().await.unwrap()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Waits until it is so.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The code of an answer's first error.
pub fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}
