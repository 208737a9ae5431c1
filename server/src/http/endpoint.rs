//! One GraphQL endpoint for every transport: what all of them do alike, from the token to the answer.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Executor, Request, Response, ServerError, parser::types::OperationType};
use axum::{Router, http::HeaderMap, routing::any};
use futures_util::{FutureExt, StreamExt, stream, stream::BoxStream};
use secrecy::SecretString;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    Authenticate, Limits, Params, Reuse, answer,
    answers::Answers,
    auth::bearer,
    fanout::{self, Fanout, Outcome, Recipe},
    guard::{Admitted, Guard, IsObject, refusal},
    gzip::Compressors,
    seats::Seats,
};
use crate::{
    caller::{Audience, Caller},
    events::{Begin, Place},
    graphql::{Code, Failure},
};

/// Puts what a request needs into it: the caller, its own data loaders. Called once for each operation.
pub type Prepare = Arc<dyn Fn(Request, Option<Caller>) -> Request + Send + Sync>;

/// What the edge needs of the rest of the server.
pub struct GraphqlEndpoint<E> {
    pub executor: E,
    pub authenticate: Arc<dyn Authenticate>,
    pub prepare: Prepare,
    pub limits: Limits,
    /// What the schema says of a type.
    pub is_object: IsObject,
    /// How answers are given again while they are true; `None` for never.
    pub reuse: Option<Reuse>,
    /// Whether the schema is shown to those without a token.
    pub open_introspection: bool,
    /// Ends sockets and streams, with 1001.
    pub shutdown: CancellationToken,
    /// Holds what outlives its request: sockets, streams, mutations whose client has left. Close it and wait for it after the listener has stopped.
    pub tasks: TaskTracker,
}

/// `/graphql`: POST, GET, graphql-transport-ws and graphql-sse.
pub fn graphql_routes<E: Executor>(endpoint: GraphqlEndpoint<E>) -> Router {
    let answers = Arc::new(Answers::new(endpoint.reuse.clone()));
    let covered = Arc::clone(&answers);
    let edge = Arc::new(Edge {
        guard: Guard::with(
            endpoint.limits.clone(),
            endpoint.is_object,
            Box::new(move |document| covered.covers(document)),
        ),
        answers,
        seats: Seats::new(endpoint.limits.socket.per_device),
        mutations: Arc::new(Semaphore::new(endpoint.limits.mutations)),
        fanout: Fanout::default(),
        compressors: Compressors::default(),
        endpoint,
    });
    Router::new()
        .route("/graphql", any(super::graphql::serve::<E>))
        .with_state(edge)
}

/// An operation that may run.
pub(super) struct Operation {
    pub request: Request,
    pub kind: OperationType,
    /// Its answer may be given again while it is true.
    pub is_reusable: bool,
    /// Its trace in the log.
    pub span: tracing::Span,
    sharing: Option<Sharing>,
}

/// What it takes to share the results of a subscription with others.
struct Sharing {
    caller: Caller,
    recipe: Recipe,
    place: Arc<Place>,
}

pub(super) struct Edge<E> {
    pub endpoint: GraphqlEndpoint<E>,
    pub seats: Seats,
    pub answers: Arc<Answers>,
    pub fanout: Fanout,
    pub compressors: Compressors,
    guard: Guard,
    mutations: Arc<Semaphore>,
}

impl<E: Executor> Edge<E> {
    pub fn limits(&self) -> &Limits {
        &self.endpoint.limits
    }

    /// Whom the request's header names; nobody if it has none.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Failure> {
        match bearer(headers)? {
            Some(token) => self.authenticate(&token).await.map(Some),
            None => Ok(None),
        }
    }

    pub async fn authenticate(&self, token: &SecretString) -> Result<Caller, Failure> {
        timeout(self.limits().deadline, self.endpoint.authenticate.authenticate(token))
            .await
            .unwrap_or_else(|_elapsed| {
                Err(Failure::unavailable(
                    "database",
                    "The token could not be looked up in time.",
                    None,
                ))
            })
    }

    /// Whether the caller may go on. A check that does not answer in time is repeated at the next ping.
    pub async fn still_valid(&self, caller: &Caller) -> bool {
        timeout(self.limits().deadline, self.endpoint.authenticate.still_valid(caller))
            .await
            .unwrap_or(true)
    }

    /// The guard, the rule for introspection, then the caller and their loaders.
    pub fn admit(&self, params: Params, caller: Option<Caller>) -> Result<Operation, ServerError> {
        let mut admitted = self.guard.admit(params)?;
        if caller.is_none() && !self.endpoint.open_introspection {
            if admitted.introspects {
                return Err(refusal::failure(Failure::new(
                    Code::Unauthenticated,
                    "Introspection needs a token on this server.",
                )));
            }
            admitted.request = admitted.request.disable_introspection();
        }
        let span = tracing::info_span!(
            "operation",
            trace = %uuid::Uuid::new_v4().simple(),
            kind = %admitted.kind,
            name = admitted.request.operation_name.as_deref(),
            device = caller.as_ref().map(|caller| tracing::field::display(caller.device)),
        );
        let Admitted {
            mut request,
            kind,
            is_reusable,
            asked,
            ..
        } = admitted;
        if let Some(caller) = caller.as_ref().filter(|_| is_reusable) {
            request = request.data(asked.with(&caller.scopes));
        }
        let sharing = match &caller {
            Some(caller) if kind == OperationType::Subscription => sharing(&mut request, caller),
            _ => None,
        };
        let mut request = (self.endpoint.prepare)(request, caller);
        if let Some(sharing) = &sharing {
            request = request.data(Arc::clone(&sharing.place));
        }
        Ok(Operation {
            request,
            kind,
            is_reusable,
            span,
            sharing,
        })
    }

    /// Executes a subscription again for one caller, from another place.
    pub fn again(
        self: &Arc<Self>,
        params: Params,
        caller: Caller,
        place: &Arc<Place>,
    ) -> Result<BoxStream<'static, Response>, ServerError> {
        let request = self.guard.admit(params)?.request;
        let request = (self.endpoint.prepare)(request, Some(caller));
        Ok(self.subscribe(request.data(Arc::clone(place))))
    }

    /// Executes a subscription for an audience, which takes the place of the caller.
    pub fn shared(
        self: &Arc<Self>,
        params: Params,
        audience: &Arc<Audience>,
        place: &Arc<Place>,
    ) -> Result<BoxStream<'static, Response>, ServerError> {
        let request = self.guard.admit(params)?.request;
        let request = (self.endpoint.prepare)(request, None);
        Ok(self.subscribe(request.data(Arc::clone(audience)).data(Arc::clone(place))))
    }

    /// Runs a query or a mutation, up to the deadline. A mutation goes on when its client leaves: only a query is worth nothing without an answer.
    pub async fn execute(&self, operation: Operation) -> Response {
        let Operation {
            request, kind, span, ..
        } = operation;
        let executor = self.endpoint.executor.clone();
        let deadline = self.limits().deadline;
        let work = async move {
            let work = AssertUnwindSafe(executor.execute(request)).catch_unwind();
            match timeout(deadline, work).await {
                Ok(Ok(response)) => response,
                Ok(Err(_panic)) => answer::failed(panicked()),
                Err(_elapsed) => answer::failed(Failure::busy(format!(
                    "An operation may take {} s.",
                    deadline.as_secs_f32()
                ))),
            }
        }
        .instrument(span);
        let response = match kind {
            OperationType::Mutation => match Arc::clone(&self.mutations).try_acquire_owned() {
                Ok(permit) => {
                    let task = self.endpoint.tasks.spawn(async move {
                        let _permit = permit;
                        work.await
                    });
                    task.await.unwrap_or_else(|_lost| answer::failed(panicked()))
                }
                Err(_busy) => answer::failed(Failure::busy(format!(
                    "{} mutations are under way, which is the most.",
                    self.limits().mutations
                ))),
            },
            OperationType::Query | OperationType::Subscription => work.await,
        };
        answer::tidy(response, self.limits())
    }

    /// The results of any operation: one of a query or mutation, any number of a subscription.
    pub fn results(self: &Arc<Self>, operation: Operation) -> BoxStream<'static, Outcome> {
        let edge = Arc::clone(self);
        if operation.kind != OperationType::Subscription {
            return stream::once(async move { Outcome::Own(edge.execute(operation).await) }).boxed();
        }
        let results = self.subscribe(operation.request);
        match operation.sharing {
            Some(Sharing { caller, recipe, place }) => {
                let kin = self.fanout.join(recipe);
                fanout::results(edge, caller, kin, results, place)
            }
            None => results.map(Outcome::Own).boxed(),
        }
    }

    fn subscribe(self: &Arc<Self>, request: Request) -> BoxStream<'static, Response> {
        let edge = Arc::clone(self);
        let results = self.endpoint.executor.execute_stream(request, None);
        AssertUnwindSafe(results)
            .catch_unwind()
            .map(move |result| {
                let response = result.unwrap_or_else(|_panic| answer::failed(panicked()));
                answer::tidy(response, edge.limits())
            })
            .boxed()
    }
}

fn sharing(request: &mut Request, caller: &Caller) -> Option<Sharing> {
    let params = Params {
        query: request.query.clone(),
        operation_name: request.operation_name.clone(),
        variables: request.variables.clone(),
    };
    let document = request.parsed_query().ok()?;
    Some(Sharing {
        recipe: Recipe::of(document, &params, caller)?,
        caller: caller.clone(),
        place: Arc::new(Place::new(Begin::AsAsked)),
    })
}

/// A panic is logged by the panic hook, with its place; here it only gets an answer.
fn panicked() -> Failure {
    let reference = uuid::Uuid::new_v4().simple().to_string();
    tracing::error!(reference, "an operation panicked");
    Failure {
        message: format!("The server failed. Its log has the cause under {reference}."),
        reference: Some(reference),
        ..Failure::new(Code::Internal, "")
    }
}
