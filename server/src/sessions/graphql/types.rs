//! Sessions and messages.

use async_graphql::{
    Context, Enum, MaybeUndefined, Object, SimpleObject,
    connection::{Connection, EmptyFields, OpaqueCursor},
};
use chrono::{DateTime, Utc};
use entity::{
    ids::{MessageId, SessionId},
    message, session,
};

use super::{
    changes::{self, SessionFileChange},
    loaders::{ChangeCountsOf, ChangesOf, Named, PartsOf, TodosOf, load, load_session},
    open::parts_now,
    parts::Part,
    todos::Todo,
};
use crate::{
    db::Database,
    decisions::{
        graphql::{DecisionConnection, DecisionState, decisions},
        store::Of,
    },
    files::graphql::FileDiff,
    graphql::{ContextExt, Failure, Id, PageArguments, Result},
    projects::graphql::{Project, load_project},
    sessions::{Live, part, store},
    usage::{self, graphql::Usage},
};

#[derive(Clone)]
pub struct Session(pub session::Model);

pub type MessageConnection = Connection<OpaqueCursor<i64>, Message>;

/// A conversation with a project's agent.
#[Object]
impl Session {
    /// Its global id.
    pub async fn id(&self) -> Id<SessionId> {
        Id(self.0.id)
    }

    /// Its title: 1 to 200 characters, by a person or by the agent.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it does.
    async fn status(&self) -> SessionStatus {
        self.0.status.into()
    }

    /// What the running turn does now; null when none runs.
    async fn activity(&self) -> Option<SessionActivity> {
        self.0.activity.clone().map(SessionActivity::from)
    }

    /// The project it belongs to.
    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        load_project(ctx, self.0.project_id)
            .await?
            .ok_or_else(|| Failure::not_found("project"))
    }

    /// For a sub-agent: the session that started it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        match self.0.parent_id {
            Some(parent) => load_session(ctx, parent).await,
            None => Ok(None),
        }
    }

    /// The sub-agents it started, the oldest first.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let children = Box::pin(store::children(ctx.service::<Database>()?.reader(), self.0.id)).await?;
        Ok(children.into_iter().map(Session).collect())
    }

    /// Its messages, the oldest first. `last: 30` is the end of the conversation.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<MessageConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .check::<i64>()?;
        let list = store::messages(self.0.id).cursor_by(message::Column::Position);
        let rows = Box::pin(page.read(list, ctx.service::<Database>()?.reader())).await?;
        Ok(rows.connection(EmptyFields, |row| row.position, Message::from))
    }

    /// What it and its sub-agents wait for, the longest waiting first; or what they waited for once.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of every connection")]
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those in this state; those that are pending when left out, of every state when null.")]
        state: MaybeUndefined<DecisionState>,
    ) -> Result<DecisionConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Box::pin(decisions(ctx, Of::Session(self.0.id), state, page)).await
    }

    /// The session it was begun as a copy of; null for others, and when that is gone.
    async fn forked_from(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        match self.0.forked_from {
            Some(original) => load_session(ctx, original).await,
            None => Ok(None),
        }
    }

    /// Whether it is to be a copy and the agent has not made it yet.
    async fn is_fork_pending(&self) -> bool {
        self.0.fork.is_some()
    }

    /// Where it was taken back to: this message and those after it count no more, and go with the next prompt. Null when
    /// nothing was taken back.
    async fn reverted_to(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let Some(external) = &self.0.reverted_to else {
            return Ok(None);
        };
        let (session, external) = (self.0.id, external.clone());
        Ok(load(ctx, Named { session, external }).await?.map(Message::from))
    }

    /// Since when a summary waits to be begun; null when none does.
    async fn summary_requested_at(&self) -> Option<DateTime<Utc>> {
        self.0.summary.as_ref().map(|summary| summary.asked_at)
    }

    /// What its agent has set itself to do, in the agent's order; the last that was heard of it when the agent does not run.
    async fn todos(&self, ctx: &Context<'_>) -> Result<Vec<Todo>> {
        let todos = load(ctx, TodosOf(self.0.id)).await?.unwrap_or_default();
        Ok(todos.into_iter().map(Todo::from).collect())
    }

    /// What its turns changed in files, as the agent told it, by path. What one turn added and the next removed counts as
    /// both; `changes` of a message are those of one turn, with their diffs.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<SessionFileChange>> {
        changes::of_session(ctx, self.0.id).await
    }

    /// What it used, with its sub-agents. What it copied was used by its original.
    async fn usage(&self, ctx: &Context<'_>) -> Result<Usage> {
        usage::graphql::of_session(ctx, self.0.id).await
    }

    /// When it was put away; null when it was not.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "session::SessionStatus")]
pub enum SessionStatus {
    /// No turn runs.
    Idle,
    /// A turn runs.
    Busy,
    /// The model's provider failed and will be asked again.
    Retrying,
    /// The agent was restarted in the middle of a turn: `continueSession`, or the next prompt, goes on.
    Interrupted,
}

/// What a running turn does.
#[derive(Clone, SimpleObject)]
pub struct SessionActivity {
    /// One line, such as `bash: cargo test`: at most 200 characters.
    line: String,
    /// Since when.
    since: DateTime<Utc>,
}

impl From<session::Activity> for SessionActivity {
    fn from(activity: session::Activity) -> Self {
        Self {
            line: activity.line,
            since: activity.since,
        }
    }
}

pub struct Message {
    row: message::Model,
    /// Where its parts were read together with it.
    parts: Option<Vec<part::Part>>,
}

impl From<message::Model> for Message {
    fn from(row: message::Model) -> Self {
        Self { row, parts: None }
    }
}

impl Message {
    pub(super) fn with_parts(row: message::Model, parts: Vec<part::Part>) -> Self {
        Self {
            row,
            parts: Some(parts),
        }
    }
}

/// A prompt or an answer.
#[Object]
impl Message {
    /// Its global id.
    pub async fn id(&self) -> Id<MessageId> {
        Id(self.row.id)
    }

    /// Who wrote it.
    async fn role(&self) -> MessageRole {
        self.row.role.into()
    }

    /// The session it belongs to.
    async fn session(&self, ctx: &Context<'_>) -> Result<Session> {
        load_session(ctx, self.row.session_id)
            .await?
            .ok_or_else(|| Failure::not_found("session"))
    }

    /// What it is made of, in order; parts that are being written with their text so far.
    async fn parts(&self, ctx: &Context<'_>) -> Result<Vec<Part>> {
        if let Some(parts) = &self.parts {
            return Ok(parts.iter().cloned().map(Part::from).collect());
        }
        let stored = async { load(ctx, PartsOf(self.row.id)).await.map(Option::unwrap_or_default) };
        let parts = match self.row.completed_at {
            Some(_) => stored.await?,
            None => parts_now(ctx.service::<Live>()?, self.row.session_id, self.row.id, stored).await?,
        };
        Ok(parts.into_iter().map(Part::from).collect())
    }

    /// Why it failed; null when it did not.
    async fn error(&self) -> Option<AgentFault> {
        self.row.fault.clone().map(AgentFault::from)
    }

    /// How far a prompt has come; null for answers, and for prompts that were not sent from here.
    async fn delivery(&self) -> Option<DeliveryState> {
        self.row.delivery.map(DeliveryState::from)
    }

    /// The agent that was asked or that answered, such as `build`; null for the default.
    async fn agent(&self) -> Option<&str> {
        self.row.agent.as_deref()
    }

    /// The model as `provider/model`; null for the default.
    async fn model(&self) -> Option<&str> {
        self.row.model.as_deref()
    }

    /// For a prompt: what its turn changed in files, as the agent told it at the end of the turn; empty otherwise.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Shows files that a program has written too.")] with_generated: Option<bool>,
    ) -> Result<Vec<FileDiff>> {
        // Who only counts is not made to wait for the diffs to be read and cut.
        let asked = ctx.look_ahead();
        let needs_diffs = ["hunks", "shown", "isCut"]
            .iter()
            .any(|field| asked.field(field).exists());
        let rows = match needs_diffs {
            true => load(ctx, ChangesOf(self.row.id)).await?,
            false => load(ctx, ChangeCountsOf(self.row.id)).await?,
        };
        let rows = rows.unwrap_or_default();
        Ok(changes::diffs(rows, with_generated.unwrap_or_default()))
    }

    /// What an answer used; null for prompts.
    async fn usage(&self) -> Option<MessageUsage> {
        self.row.usage.map(MessageUsage::from)
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it was complete; null while an answer is being written.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.row.completed_at
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "message::Role")]
pub enum MessageRole {
    /// A person, or an agent on behalf of one.
    User,
    /// The agent.
    Assistant,
}

/// How far a prompt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "message::Delivery")]
pub enum DeliveryState {
    /// Kept by the server; the agent does not have it yet.
    Queued,
    /// It was handed to the agent.
    Sent,
    /// The agent has begun to answer it.
    Consumed,
    /// The agent refused it, or it was withdrawn; `error` says why.
    Failed,
    /// It was sent, and what came of it cannot be found out.
    Unknown,
}

/// Why a message failed.
#[derive(SimpleObject)]
pub struct AgentFault {
    /// The agent's own name for it, such as `APIError` or `MessageAbortedError`.
    name: String,
    /// A sentence for people: at most 500 characters.
    message: String,
    /// Whether sending it again may help.
    is_retryable: bool,
    /// The provider's HTTP status; null where it was none.
    status_code: Option<u16>,
}

impl From<message::Fault> for AgentFault {
    fn from(fault: message::Fault) -> Self {
        Self {
            name: fault.name,
            message: fault.message,
            is_retryable: fault.is_retryable,
            status_code: fault.status_code,
        }
    }
}

/// What an answer used, in tokens.
#[derive(SimpleObject)]
pub struct MessageUsage {
    /// Read by the model, without what came from its cache.
    input_tokens: f64,
    /// Written by the model.
    output_tokens: f64,
    /// Thought by the model.
    reasoning_tokens: f64,
    /// Read from the provider's cache.
    cache_read_tokens: f64,
    /// Written to the provider's cache.
    cache_write_tokens: f64,
    /// In US dollars; null where it is not known.
    cost_usd: Option<f64>,
}

impl From<message::Usage> for MessageUsage {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 tokens")]
    fn from(usage: message::Usage) -> Self {
        Self {
            input_tokens: usage.input as f64,
            output_tokens: usage.output as f64,
            reasoning_tokens: usage.reasoning as f64,
            cache_read_tokens: usage.cache_read as f64,
            cache_write_tokens: usage.cache_write as f64,
            cost_usd: usage.cost,
        }
    }
}
