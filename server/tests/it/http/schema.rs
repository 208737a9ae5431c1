//! A small schema of the tests' own, with a field for each way an operation can go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Context, InputObject, Object, Schema, SimpleObject, Subscription,
    futures_util::{Stream, StreamExt, stream},
};
use server::{
    caller::Caller,
    graphql::{Code, Failure, Result},
};
use tokio::sync::{Notify, broadcast};
use tokio_stream::wrappers::BroadcastStream;

pub type TestSchema = Schema<Query, Mutation, Events>;

/// What a test holds in its hand to move the schema.
#[derive(Clone)]
pub struct Levers {
    pub signals: broadcast::Sender<i32>,
    pub go_on: Arc<Notify>,
    pub executions: Arc<AtomicUsize>,
    pub finished_mutations: Arc<AtomicUsize>,
    pub live_subscriptions: Arc<AtomicUsize>,
}

impl Levers {
    pub fn new() -> Self {
        Self {
            signals: broadcast::channel(4_096).0,
            go_on: Arc::default(),
            executions: Arc::default(),
            finished_mutations: Arc::default(),
            live_subscriptions: Arc::default(),
        }
    }
}

pub fn schema(levers: &Levers) -> TestSchema {
    Schema::build(Query, Mutation, Events)
        .data(levers.clone())
        .disable_suggestions()
        .finish()
}

#[derive(SimpleObject, Clone)]
pub struct Item {
    id: i32,
    name: String,
}

pub struct Items(i32);

#[Object]
impl Items {
    async fn nodes(&self) -> Vec<Item> {
        (0..self.0)
            .map(|id| Item {
                id,
                name: format!("item {id}"),
            })
            .collect()
    }

    async fn total_count(&self) -> i32 {
        self.0
    }
}

pub struct Query;

#[Object]
impl Query {
    async fn hello(&self, ctx: &Context<'_>) -> &'static str {
        levers(ctx).executions.fetch_add(1, Ordering::SeqCst);
        "world"
    }

    async fn echo(&self, text: Option<String>) -> Option<String> {
        text
    }

    async fn sum(&self, numbers: Vec<i32>) -> i32 {
        numbers.iter().sum()
    }

    async fn itself(&self) -> Query {
        Query
    }

    async fn items(&self, #[graphql(default = 50)] first: i32) -> Items {
        Items(first)
    }

    /// Fails alone: of `Result<Option<_>>` the library makes an error of the whole object.
    async fn fails(&self) -> Option<Result<String>> {
        let wait = Some(Duration::from_secs(7));
        Some(Err(Failure::unavailable("forge", "The forge is away.", wait)))
    }

    async fn fails_hard(&self) -> Result<String> {
        Err(Failure::new(Code::Conflict, "It failed."))
    }

    async fn many_errors(&self) -> Vec<Failing> {
        (0..100).map(|_| Failing).collect()
    }

    async fn panics(&self, #[graphql(default = true)] now: bool) -> bool {
        assert!(!now, "as the test asked");
        true
    }

    /// Never answers.
    async fn slow(&self) -> bool {
        std::future::pending().await
    }

    async fn whoami(&self, ctx: &Context<'_>) -> Result<String> {
        match ctx.data_opt::<Caller>() {
            Some(caller) => Ok(caller.device_name.clone()),
            None => Err(Failure::new(Code::Unauthenticated, "This needs a token.")),
        }
    }
}

pub struct Failing;

#[Object]
impl Failing {
    async fn value(&self) -> Option<Result<bool>> {
        Some(Err(Failure::new(Code::Conflict, "long ".repeat(1_000))))
    }
}

#[derive(InputObject)]
pub struct RedeemPairing {
    code: String,
    device_name: String,
}

#[derive(SimpleObject)]
pub struct Redeemed {
    token: String,
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn set_note(&self, text: String) -> String {
        text
    }

    async fn redeem_pairing(&self, input: RedeemPairing) -> Result<Redeemed> {
        if input.code != super::serve::PAIRING_CODE || input.device_name.is_empty() {
            return Err(Failure::invalid("code", "This code is used up."));
        }
        Ok(Redeemed {
            token: super::serve::TOKEN.to_owned(),
        })
    }

    /// Ends when the test says so.
    async fn wait(&self, ctx: &Context<'_>) -> bool {
        let levers = levers(ctx);
        levers.executions.fetch_add(1, Ordering::SeqCst);
        levers.go_on.notified().await;
        levers.finished_mutations.fetch_add(1, Ordering::SeqCst);
        true
    }
}

pub struct Events;

/// Counts a subscription as long as its stream is held.
struct Live(Arc<AtomicUsize>);

impl Live {
    fn new(ctx: &Context<'_>) -> Self {
        let counter = Arc::clone(&levers(ctx).live_subscriptions);
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[Subscription]
impl Events {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// What the test sends.
    async fn signals(&self, ctx: &Context<'_>) -> impl Stream<Item = i32> + use<> {
        let live = Live::new(ctx);
        BroadcastStream::new(levers(ctx).signals.subscribe()).filter_map(move |signal| {
            let _held = &live;
            std::future::ready(signal.ok())
        })
    }

    /// More than any buffer holds.
    async fn flood(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 65536)] bytes: usize,
    ) -> impl Stream<Item = String> + use<> {
        let live = Live::new(ctx);
        stream::repeat_with(move || {
            let _held = &live;
            "x".repeat(bytes)
        })
    }

    async fn no_source(&self) -> Result<stream::Empty<i32>> {
        Err(Failure::new(Code::Unauthenticated, "This needs a token."))
    }

    /// One event that fails, one that does not.
    async fn one_event_fails(&self) -> impl Stream<Item = Result<i32>> {
        stream::iter([Err(Failure::new(Code::Conflict, "It failed.")), Ok(2)])
    }
}

fn levers<'a>(ctx: &Context<'a>) -> &'a Levers {
    ctx.data_unchecked()
}
