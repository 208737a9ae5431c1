//! Operations in the graph.

use async_graphql::{
    Context, Enum, InputObject, Object, SimpleObject,
    connection::{Connection, OpaqueCursor},
};
use chrono::{DateTime, Utc};
use entity::{
    ids::{OperationId, ProjectId},
    operation::{Model, OperationKind as Kind, OperationState as State, Step, StepName, StepState},
    problem,
};
use sea_orm::EntityTrait;

use super::store;
use crate::{
    caller::Scope,
    db::Database,
    graphql::{ContextExt, Id, PageArguments, Result},
    projects::graphql::{Project, load_project},
};

pub struct Operation(pub Model);

/// Something that was asked for and takes longer than a moment: durable, with steps, until it has an end.
#[Object]
impl Operation {
    /// Its global id.
    pub async fn id(&self) -> Id<OperationId> {
        Id(self.0.id)
    }

    /// What was asked for.
    async fn kind(&self) -> OperationKind {
        self.0.kind.into()
    }

    /// How far it is.
    async fn state(&self) -> OperationState {
        self.0.state.into()
    }

    /// The project it is about; null once the project is gone.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        load_project(ctx, self.0.project_id).await
    }

    /// What it takes, in order. Steps that turn out to be needed are added.
    async fn steps(&self) -> Vec<OperationStep> {
        self.0.steps.0.iter().cloned().map(OperationStep::from).collect()
    }

    /// How often it was tried, from 1; 0 before the first try.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Why it waits or failed; null otherwise.
    async fn problem(&self) -> Option<Problem> {
        self.0.problem.clone().map(Problem)
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its first step began; null before.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it ended; null while it is open.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum OperationKind {
    /// Make the repository, the workspace and the agent's container, and start it.
    CreateProject,
    /// Start the agent.
    StartProject,
    /// Stop the agent; files stay.
    StopProject,
    /// Stop the agent and start it again.
    RestartProject,
    /// Put the agent to sleep, if nothing is asked of it.
    SleepProject,
    /// Wake the agent.
    WakeProject,
    /// Remove everything.
    DeleteProject,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum OperationState {
    /// Not begun.
    Pending,
    /// A step is being done.
    Running,
    /// A step failed and will be tried again by itself; the problem says when.
    Waiting,
    /// Everything is as was asked.
    Succeeded,
    /// It cannot go on without a person. `retryOperation` tries again.
    Failed,
    /// Something else was asked for instead.
    Canceled,
}

/// One step of an operation.
#[derive(SimpleObject)]
pub struct OperationStep {
    /// Which step.
    name: OperationStepName,
    /// How far it is.
    state: OperationStepState,
    /// One line of fact: what it does now, what came of it, or why it failed.
    detail: Option<String>,
    /// When it began; null before.
    started_at: Option<DateTime<Utc>>,
    /// When it ended; null before.
    finished_at: Option<DateTime<Utc>>,
}

impl From<Step> for OperationStep {
    fn from(step: Step) -> Self {
        Self {
            name: step.name.into(),
            state: step.state.into(),
            detail: step.detail,
            started_at: step.started_at,
            finished_at: step.finished_at,
        }
    }
}

/// A step of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "StepName")]
pub enum OperationStepName {
    /// Make the git repository and fill it.
    Repository,
    /// Make the agent's container.
    Container,
    /// Clone the repository into the workspace.
    Workspace,
    /// Stop the container.
    Stop,
    /// Start the container.
    Start,
    /// Wait until the agent answers.
    Ready,
    /// Remove the container with its workspace.
    RemoveContainer,
    /// Remove the repository, or give it up where it is to be kept.
    RemoveRepository,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "StepState")]
pub enum OperationStepState {
    /// Not begun.
    Pending,
    /// Being done.
    Running,
    /// Done.
    Done,
    /// It failed; `detail` says why.
    Failed,
    /// It was not needed.
    Skipped,
}

pub struct Problem(pub problem::Problem);

/// Why something does not go on.
#[Object]
impl Problem {
    /// What kind of problem it is: decide on this.
    async fn code(&self) -> ProblemCode {
        self.0.code.into()
    }

    /// A sentence for people.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// Since when.
    async fn since(&self) -> DateTime<Utc> {
        self.0.since
    }

    /// When it will be tried again by itself; null when only a person can help.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_attempt_at
    }
}

/// What kind of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "problem::ProblemCode")]
pub enum ProblemCode {
    /// A program must be installed first; the message says how.
    MissingProgram,
    /// What was asked for cannot be: no such repository, branch or tag.
    Rejected,
    /// The repository wants a login.
    LoginRequired,
    /// The same, and signing in to GitHub would help: see `githubSetup`.
    GithubLoginRequired,
    /// The disk is full, or a limit is reached.
    Exhausted,
    /// A repository of this name is there already and belongs to something else.
    NameTaken,
    /// The agent speaks another version.
    UnsupportedAgent,
    /// The agent's process ended; the message has its last words.
    AgentDied,
    /// The agent runs and does not answer.
    AgentSilent,
    /// The agent uses more memory than it may.
    AgentHeavy,
    /// No further agent may run now: it waits until another sleeps.
    NoRoom,
    /// Something outside does not answer.
    Unavailable,
    /// A fault of the server.
    Internal,
}

/// Which operations a list is of.
#[derive(Debug, Default, InputObject)]
pub struct OperationFilter {
    /// Those of one project.
    project: Option<Id<ProjectId>>,
    /// Those in one of these states; all when left out.
    states: Option<Vec<OperationState>>,
}

pub type OperationConnection = Connection<OpaqueCursor<OperationId>, Operation>;

#[derive(Default)]
pub struct OperationQuery;

#[Object]
impl OperationQuery {
    /// Operations, newest first.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of every connection")]
    async fn operations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<OperationFilter>,
    ) -> Result<OperationConnection> {
        ctx.caller_with(Scope::Read)?;
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .check::<OperationId>()?;
        let filter = filter.unwrap_or_default();
        let states = filter
            .states
            .map(|states| states.into_iter().map(State::from).collect::<Vec<_>>());
        let mut list = store::list(filter.project.map(|id| id.0), states.as_deref())
            .cursor_by(<entity::operation::Entity as EntityTrait>::Column::Id);
        list.desc();
        let rows = page.read(list, ctx.service::<Database>()?.reader()).await?;
        Ok(rows.connection(async_graphql::connection::EmptyFields, |row| row.id, Operation))
    }
}
