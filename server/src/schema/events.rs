//! The event log in the graph: one cursor over everything.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject, Subscription, Union};
use chrono::{DateTime, Utc};
use entity::ids::{DecisionId, DeviceId, OperationId, ProjectId, SessionId};
use futures_util::{Stream, StreamExt};

use crate::{
    accounts::graphql::{GithubAccount, load_github_account},
    auth::graphql::{Device, load_device},
    caller::Scope,
    db::Database,
    decisions::graphql::{Decision, load_decision},
    events::{self, Begin, Delivery, EventLog, Filter, Kind, Payload, Place, Resync},
    graphql::{ContextExt, Failure, Id, Result, scalar::Cursor},
    operations::{self, graphql::Operation},
    projects::graphql::{Project, load_project},
    sessions::graphql::{MessageChanged, Session, TodosChanged, load_session},
};

/// The cursor of an operation, taken before anything else of it was read. Put into each request.
#[derive(Clone, Copy)]
pub struct ReadFrom(pub events::Cursor);

#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// The place in the event log from which this answer was read. Going on from it with `events(after:)` may repeat a
    /// change that the answer already shows, and misses none.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        ctx.caller_with(Scope::Read)?;
        Ok(Cursor(ctx.service::<ReadFrom>()?.0))
    }
}

/// Which events a subscription is about.
#[derive(Default, InputObject)]
pub struct EventFilter {
    /// Those of these projects, at most 100; those of all and of none when left out.
    projects: Option<Vec<Id<ProjectId>>>,
    /// Those of these kinds; all when left out.
    kinds: Option<Vec<Kind>>,
}

/// Something that happened.
#[derive(SimpleObject)]
pub struct Event {
    /// The place after it: keep it with what you made of the event.
    cursor: Cursor,
    /// When it was committed.
    at: DateTime<Utc>,
    /// Who did it.
    actor: Actor,
    /// What changed.
    change: Change,
}

pub struct Actor(events::Actor);

/// What kind of actor made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ActorKind {
    /// Somebody on a device.
    Device,
    /// The server itself.
    Server,
    /// An agent.
    Agent,
}

/// Who made a change.
#[Object]
impl Actor {
    /// What kind of actor.
    async fn kind(&self) -> ActorKind {
        match self.0 {
            events::Actor::Device(_) => ActorKind::Device,
            events::Actor::Server => ActorKind::Server,
            events::Actor::Agent => ActorKind::Agent,
        }
    }

    /// The device; null for other kinds.
    async fn device(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        match self.0 {
            events::Actor::Device(id) => load_device(ctx, id).await,
            events::Actor::Server | events::Actor::Agent => Ok(None),
        }
    }
}

/// What changed. It carries the thing as it is now, which may be newer than the event: applying one twice is harmless.
#[derive(Union)]
pub enum Change {
    ProjectChanged(ProjectChanged),
    ProjectDeleted(ProjectDeleted),
    OperationProgressed(OperationProgressed),
    SessionChanged(SessionChanged),
    SessionDeleted(SessionDeleted),
    MessageChanged(MessageChanged),
    TodosChanged(TodosChanged),
    DecisionRequested(DecisionRequested),
    DecisionClosed(DecisionClosed),
    DeviceChanged(DeviceChanged),
    GithubAccountChanged(GithubAccountChanged),
    Bookmark(Bookmark),
    ResyncRequired(ResyncRequired),
}

pub struct ProjectChanged(ProjectId);

/// A project was made or changed.
#[Object]
impl ProjectChanged {
    /// Which project.
    async fn project_id(&self) -> Id<ProjectId> {
        Id(self.0)
    }

    /// The project as it is now; null when it is gone by now.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        load_project(ctx, self.0).await
    }
}

/// A project is gone.
#[derive(SimpleObject)]
pub struct ProjectDeleted {
    /// Which project it was.
    project_id: Id<ProjectId>,
    /// The slug it had.
    slug: String,
}

pub struct OperationProgressed(OperationId);

/// An operation began, made a step, waits or ended.
#[Object]
impl OperationProgressed {
    /// Which operation.
    async fn operation_id(&self) -> Id<OperationId> {
        Id(self.0)
    }

    /// The operation as it is now.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        let db = ctx.service::<Database>()?.reader();
        Ok(Box::pin(operations::store::get(db, self.0)).await?.map(Operation))
    }
}

pub struct SessionChanged(SessionId);

/// A session was made or changed.
#[Object]
impl SessionChanged {
    /// Which session.
    async fn session_id(&self) -> Id<SessionId> {
        Id(self.0)
    }

    /// The session as it is now; null when it is gone by now.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0).await
    }
}

/// A session is gone.
#[derive(SimpleObject)]
pub struct SessionDeleted {
    /// Which session it was.
    session_id: Id<SessionId>,
    /// The project it belonged to.
    project_id: Id<ProjectId>,
}

pub struct DecisionRequested(DecisionId);

/// An agent waits for a decision.
#[Object]
impl DecisionRequested {
    /// Which decision.
    async fn decision_id(&self) -> Id<DecisionId> {
        Id(self.0)
    }

    /// The decision as it is now, which may be closed already; null when it is gone with its session.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<Decision>> {
        load_decision(ctx, self.0).await
    }
}

pub struct DecisionClosed(DecisionId);

/// A decision was made, or is not waited for any more. It leaves the inbox.
#[Object]
impl DecisionClosed {
    /// Which decision.
    async fn decision_id(&self) -> Id<DecisionId> {
        Id(self.0)
    }

    /// The decision as it is now; null when it is gone with its session.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<Decision>> {
        load_decision(ctx, self.0).await
    }
}
pub struct DeviceChanged(DeviceId);

/// A device was paired or revoked.
#[Object]
impl DeviceChanged {
    /// Which device.
    async fn device_id(&self) -> Id<DeviceId> {
        Id(self.0)
    }

    /// The device as it is now.
    async fn device(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        load_device(ctx, self.0).await
    }
}

pub struct GithubAccountChanged;

/// Somebody signed in to GitHub or out, or the account there is of no use any more.
#[Object]
impl GithubAccountChanged {
    /// The account as it is now; null when there is none.
    async fn github_account(&self, ctx: &Context<'_>) -> Result<Option<GithubAccount>> {
        load_github_account(ctx).await
    }
}

/// Nothing for this subscription up to here. Keep the cursor, so that it does not become too old.
#[derive(SimpleObject)]
pub struct Bookmark {
    /// The same as the event's.
    cursor: Cursor,
}

/// Events were missed: read everything again, then go on. The subscription itself goes on from this cursor.
#[derive(SimpleObject)]
pub struct ResyncRequired {
    /// Why.
    reason: Resync,
    /// Where the subscription goes on. State that is read after this was received is not older.
    cursor: Cursor,
}

impl From<Payload> for Change {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::ProjectChanged { project } => Self::ProjectChanged(ProjectChanged(project)),
            Payload::ProjectDeleted { project, slug } => Self::ProjectDeleted(ProjectDeleted {
                project_id: Id(project),
                slug,
            }),
            Payload::OperationProgressed { operation, .. } => Self::OperationProgressed(OperationProgressed(operation)),
            Payload::SessionChanged { session, .. } => Self::SessionChanged(SessionChanged(session)),
            Payload::SessionDeleted { session, project } => Self::SessionDeleted(SessionDeleted {
                session_id: Id(session),
                project_id: Id(project),
            }),
            Payload::MessageChanged { message, .. } => Self::MessageChanged(MessageChanged(message)),
            Payload::TodosChanged { session, .. } => Self::TodosChanged(TodosChanged(session)),
            Payload::DecisionRequested { decision, .. } => Self::DecisionRequested(DecisionRequested(decision)),
            Payload::DecisionClosed { decision, .. } => Self::DecisionClosed(DecisionClosed(decision)),
            Payload::DeviceChanged { device } => Self::DeviceChanged(DeviceChanged(device)),
            Payload::GithubAccountChanged => Self::GithubAccountChanged(GithubAccountChanged),
        }
    }
}

#[derive(Default)]
pub struct EventSubscription;

#[Subscription]
impl EventSubscription {
    /// Every durable change in order: those after the cursor, then each new one as it is committed. Without a cursor,
    /// those from now on. A cursor that is too old, or of another database, gets `ResyncRequired` first.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to begin; now, when left out.")] after: Option<Cursor>,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<Event>>> {
        const MAX_PROJECTS: usize = 100;
        ctx.require(Scope::Read)?;
        let filter = filter.unwrap_or_default();
        let projects: Vec<_> = filter.projects.into_iter().flatten().map(|id| id.0).collect();
        if projects.len() > MAX_PROJECTS {
            return Err(Failure::invalid(
                "filter.projects",
                format!("At most {MAX_PROJECTS} projects."),
            ));
        }
        let filter = Filter {
            projects,
            kinds: filter.kinds.unwrap_or_default(),
        };
        let log = ctx.service::<EventLog>()?.clone();
        // Where the edge knows how to go on with a subscription, it has put a place to be told of.
        let place = ctx.data_opt::<Arc<Place>>().cloned();
        let place = place.unwrap_or_else(|| Arc::new(Place::new(Begin::AsAsked)));
        let deliveries = log.follow_at(place, after.map(|cursor| cursor.0), filter).await?;
        Ok(deliveries.map(move |delivery| Ok(event(&log, delivery?))))
    }
}

fn event(log: &EventLog, delivery: Delivery) -> Event {
    let by_server = |cursor, change| Event {
        cursor: Cursor(cursor),
        at: log.now(),
        actor: Actor(events::Actor::Server),
        change,
    };
    match delivery {
        Delivery::Event(event) => Event {
            cursor: Cursor(log.at(event.seq)),
            at: event.at,
            actor: Actor(event.actor),
            change: event.payload.into(),
        },
        Delivery::Bookmark(cursor) => by_server(cursor, Change::Bookmark(Bookmark { cursor: Cursor(cursor) })),
        Delivery::Resync { reason, cursor } => by_server(
            cursor,
            Change::ResyncRequired(ResyncRequired {
                reason,
                cursor: Cursor(cursor),
            }),
        ),
    }
}
