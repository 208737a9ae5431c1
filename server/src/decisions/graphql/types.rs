//! What agents wait for.

use async_graphql::{Context, Enum, Interface, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    decision::{self, Answer, Ask, Model},
    ids::DecisionId,
};

use super::loaders::load;
use crate::{
    auth::graphql::Device,
    decisions::ask::always_scope,
    graphql::{Failure, Id, Result},
    projects::graphql::{Project, load_project},
    sessions::graphql::{Session, load_session},
};

/// Something an agent waits for. It is closed once, and stays as a record until its session is deleted.
#[allow(clippy::duplicated_attributes, reason = "two fields may have the same type")]
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "Id<DecisionId>", desc = "Its global id."),
    field(
        name = "state",
        ty = "DecisionState",
        desc = "Whether it is open, and how it was closed."
    ),
    field(name = "project", ty = "Project", desc = "The project whose agent asks."),
    field(
        name = "session",
        ty = "Option<Session>",
        desc = "The session that asks: that of a sub-agent, where one does. Null once it was deleted."
    ),
    field(
        name = "root_session",
        ty = "Option<Session>",
        desc = "The session that a person talks to: `session`, or the one whose sub-agent asks. Null once it was deleted."
    ),
    field(
        name = "risks",
        ty = "Vec<Risk>",
        desc = "What it may do, as far as can be told. Empty for a question."
    ),
    field(name = "created_at", ty = "DateTime<Utc>", desc = "Since when it waits."),
    field(
        name = "decided_at",
        ty = "Option<DateTime<Utc>>",
        desc = "When it was closed, in whichever way; null while it is open."
    ),
    field(
        name = "decided_by",
        ty = "Option<Device>",
        desc = "Who decided; null while it is open, and when no person decided."
    ),
    field(
        name = "is_by_policy",
        ty = "bool",
        desc = "Whether the project's policy decided, and nobody was asked."
    ),
    field(
        name = "withdrawn_because",
        ty = "Option<WithdrawnBecause>",
        desc = "Why nobody waits for it any more; null unless it is `WITHDRAWN`."
    ),
    field(
        name = "expires_at",
        ty = "Option<DateTime<Utc>>",
        desc = "When it is refused if nobody answers; null for never."
    )
)]
pub enum Decision {
    PermissionRequest(PermissionRequest),
    Question(Question),
}

impl From<Model> for Decision {
    fn from(row: Model) -> Self {
        match &row.ask {
            Ask::Permission(_) => Self::PermissionRequest(PermissionRequest(Row(row))),
            Ask::Question { .. } => Self::Question(Question(Row(row))),
        }
    }
}

/// What all kinds have in common.
struct Row(Model);

impl Row {
    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        load_project(ctx, self.0.project_id)
            .await?
            .ok_or_else(|| Failure::not_found("project"))
    }

    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        match self.0.decided_by {
            Some(device) => Ok(load(ctx, device).await?.map(Device)),
            None => Ok(None),
        }
    }

    fn risks(&self) -> Vec<Risk> {
        self.0.risks.0.iter().copied().map(Risk::from).collect()
    }

    fn is_by_policy(&self) -> bool {
        self.0.state == decision::DecisionState::Decided && self.0.decided_by.is_none()
    }
}

pub struct PermissionRequest(Row);

impl PermissionRequest {
    fn permission(&self) -> Option<&decision::Permission> {
        match &self.0.0.ask {
            Ask::Permission(permission) => Some(permission),
            Ask::Question { .. } => None,
        }
    }
}

/// An agent wants to do something that it needs leave for.
#[Object]
impl PermissionRequest {
    /// Its global id.
    pub async fn id(&self) -> Id<DecisionId> {
        Id(self.0.0.id)
    }

    /// Whether it is open, and how it was closed.
    pub async fn state(&self) -> DecisionState {
        self.0.0.state.into()
    }

    /// The project whose agent asks.
    pub async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        self.0.project(ctx).await
    }

    /// The session that asks: that of a sub-agent, where one does. Null once it was deleted.
    pub async fn session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0.0.session_id).await
    }

    /// The session that a person talks to: `session`, or the one whose sub-agent asks. Null once it was deleted.
    pub async fn root_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0.0.root_session_id).await
    }

    /// What it may do, as far as can be told: at least one, `UNKNOWN` where it is not clear.
    pub async fn risks(&self) -> Vec<Risk> {
        self.0.risks()
    }

    /// Since when it waits.
    pub async fn created_at(&self) -> DateTime<Utc> {
        self.0.0.created_at
    }

    /// When it was closed, in whichever way; null while it is open.
    pub async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.0.decided_at
    }

    /// Who decided; null while it is open, and when no person decided.
    pub async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        self.0.decided_by(ctx).await
    }

    /// Whether the project's policy decided, and nobody was asked.
    pub async fn is_by_policy(&self) -> bool {
        self.0.is_by_policy()
    }

    /// Why nobody waits for it any more; null unless it is `WITHDRAWN`.
    pub async fn withdrawn_because(&self) -> Option<WithdrawnBecause> {
        self.0.0.withdrawn_because.map(WithdrawnBecause::from)
    }

    /// When it is refused if nobody answers; null for never.
    pub async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.0.expires_at
    }

    /// What it wants, in the agent's words: `bash`, `edit`, `webfetch`, `external_directory` and others.
    async fn tool(&self) -> &str {
        self.permission().map_or("", |permission| &permission.tool)
    }

    /// What it is about: the single commands of a line, files, addresses.
    async fn patterns(&self) -> &[String] {
        self.permission().map_or(&[], |permission| &permission.patterns)
    }

    /// The whole command; null for what is none.
    async fn command(&self) -> Option<&str> {
        self.permission()?.command.as_deref()
    }

    /// The file it would change; null where it is not about one.
    async fn path(&self) -> Option<&str> {
        self.permission()?.path.as_deref()
    }

    /// The address it would fetch; null where it is not about one.
    async fn url(&self) -> Option<&str> {
        self.permission()?.url.as_deref()
    }

    /// How it would change the file, as a unified diff of at most 256 KiB; null where it would not change one.
    async fn diff(&self) -> Option<&str> {
        self.permission()?.diff.as_deref()
    }

    /// Whether `diff` is only the beginning.
    async fn is_diff_cut(&self) -> bool {
        self.permission().is_some_and(|permission| permission.is_diff_cut)
    }

    /// What `ALWAYS` would allow, as the agent's patterns; empty when it offers none.
    async fn always(&self) -> &[String] {
        self.permission().map_or(&[], |permission| &permission.always)
    }

    /// What `ALWAYS` would allow, and for how long, as a sentence; null when the agent offers none.
    async fn always_scope(&self) -> Option<String> {
        always_scope(self.permission()?)
    }

    /// What was decided, also by the policy or because time ran out; null while nothing is.
    async fn answer(&self) -> Option<PermissionAnswer> {
        let (reply, message) = match self.0.0.answer.as_ref()? {
            Answer::Once => (PermissionReply::Once, None),
            Answer::Always => (PermissionReply::Always, None),
            Answer::Reject { message } => (PermissionReply::Reject, message.clone()),
            Answer::Answers { .. } | Answer::Dismiss => return None,
        };
        Some(PermissionAnswer { reply, message })
    }
}

pub struct Question(Row);

/// An agent wants to know something.
#[Object]
impl Question {
    /// Its global id.
    pub async fn id(&self) -> Id<DecisionId> {
        Id(self.0.0.id)
    }

    /// Whether it is open, and how it was closed.
    pub async fn state(&self) -> DecisionState {
        self.0.0.state.into()
    }

    /// The project whose agent asks.
    pub async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        self.0.project(ctx).await
    }

    /// The session that asks: that of a sub-agent, where one does. Null once it was deleted.
    pub async fn session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0.0.session_id).await
    }

    /// The session that a person talks to: `session`, or the one whose sub-agent asks. Null once it was deleted.
    pub async fn root_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        load_session(ctx, self.0.0.root_session_id).await
    }

    /// Always empty: an answer does nothing by itself.
    pub async fn risks(&self) -> Vec<Risk> {
        self.0.risks()
    }

    /// Since when it waits.
    pub async fn created_at(&self) -> DateTime<Utc> {
        self.0.0.created_at
    }

    /// When it was closed, in whichever way; null while it is open.
    pub async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.0.decided_at
    }

    /// Who decided; null while it is open, and when no person decided.
    pub async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        self.0.decided_by(ctx).await
    }

    /// Always false: no policy answers a question.
    pub async fn is_by_policy(&self) -> bool {
        self.0.is_by_policy()
    }

    /// Why nobody waits for it any more; null unless it is `WITHDRAWN`.
    pub async fn withdrawn_because(&self) -> Option<WithdrawnBecause> {
        self.0.0.withdrawn_because.map(WithdrawnBecause::from)
    }

    /// When it is rejected if nobody answers; null for never.
    pub async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.0.expires_at
    }

    /// What it asks, one after another.
    async fn prompts(&self) -> Vec<QuestionPrompt> {
        match &self.0.0.ask {
            Ask::Question { prompts, .. } => prompts.iter().cloned().map(QuestionPrompt::from).collect(),
            Ask::Permission(_) => Vec::new(),
        }
    }

    /// For each prompt, what was chosen or written; null while nothing is, and when it was rejected.
    async fn answers(&self) -> Option<&[Vec<String>]> {
        match self.0.0.answer.as_ref()? {
            Answer::Answers { answers } => Some(answers),
            _ => None,
        }
    }
}

/// One thing that a question asks.
#[derive(SimpleObject)]
pub struct QuestionPrompt {
    /// The whole question.
    question: String,
    /// A few words for it.
    header: String,
    /// What can be chosen.
    options: Vec<QuestionOption>,
    /// Whether several can be chosen.
    is_multiple: bool,
    /// Whether an answer of one's own is taken.
    is_custom: bool,
}

/// What can be chosen.
#[derive(SimpleObject)]
pub struct QuestionOption {
    /// The answer itself.
    label: String,
    /// What it means.
    description: String,
}

impl From<decision::Prompt> for QuestionPrompt {
    fn from(prompt: decision::Prompt) -> Self {
        let option = |option: decision::PromptOption| QuestionOption {
            label: option.label,
            description: option.description,
        };
        Self {
            question: prompt.question,
            header: prompt.header,
            options: prompt.options.into_iter().map(option).collect(),
            is_multiple: prompt.is_multiple,
            is_custom: prompt.is_custom,
        }
    }
}

/// What was decided about a permission request.
#[derive(SimpleObject)]
pub struct PermissionAnswer {
    /// What it was.
    reply: PermissionReply,
    /// What the agent was told with a rejection; null when nothing.
    message: Option<String>,
}

/// What a permission request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PermissionReply {
    /// This once.
    Once,
    /// This, and whatever fits `always`, until the agent is restarted.
    Always,
    /// No. With a message the turn goes on and the agent reads it; without, the turn ends. Other requests of the same
    /// session are refused with it.
    Reject,
}

/// Whether a decision is open, and how it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "decision::DecisionState")]
pub enum DecisionState {
    /// An agent waits.
    Pending,
    /// Somebody decided, or the policy did.
    Decided,
    /// Nobody waits any more: `withdrawnBecause` says why.
    Withdrawn,
    /// Nobody answered in time, so it was refused.
    Expired,
}

/// Why nobody waits any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "decision::WithdrawnBecause")]
pub enum WithdrawnBecause {
    /// Its turn was aborted, or went on without it.
    TurnEnded,
    /// The agent settled it by itself: another request's "always" covers it, or another one's rejection took it along.
    SettledElsewhere,
    /// The agent was stopped, restarted or died.
    AgentEnded,
    /// Its session was deleted.
    SessionDeleted,
}

/// What a request may do, as far as can be told from what it says. Nothing here means that it is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "decision::Risk")]
pub enum Risk {
    /// It reads.
    Reads,
    /// It writes.
    Writes,
    /// It deletes.
    Deletes,
    /// It uses the network.
    Network,
    /// It reaches out of the project's workspace.
    Outside,
    /// There is something in it of which it is not clear what it does.
    Unknown,
}
