//! The project itself.

use async_graphql::{Context, Enum, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::{ids::ProjectId, project};

use super::{
    Container,
    loaders::{OpenOperationOf, load},
    repository::Repository,
    sleep::{ProjectSleep, SleepSetting},
};
use crate::{
    decisions::{
        graphql::{DecisionConnection, DecisionPolicy, DecisionState, decisions, load_policy},
        store::Of,
    },
    files::graphql::{self as files, File, FoundFiles, FoundText, SearchCase, TextSearch, Tree, WorkingTree},
    graphql::{Failure, Id, Nullable, PageArguments, Result, nullable},
    operations::graphql::{Operation, Problem},
    servers::graphql::Server,
    sessions::graphql::{self as sessions, Agent, Command, Model, SessionConnection, of_project},
    usage::{
        self,
        graphql::{Usage, UsageOfDay},
    },
};

pub struct Project(pub project::Model);

/// A git repository with an agent working in it.
#[Object]
impl Project {
    /// Its global id.
    pub async fn id(&self) -> Id<ProjectId> {
        Id(self.0.id)
    }

    /// Its name for people: 1 to 100 characters.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its name in addresses: 1 to 63 lower-case letters, digits and hyphens. It never changes.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What it is about; at most 2,000 characters.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> ProjectStatus {
        self.0.status.into()
    }

    /// Why it is in `ERROR`, or what it waits for; null when nothing is wrong.
    async fn problem(&self) -> Option<Problem> {
        self.0.problem.clone().map(Problem)
    }

    /// Why its agent sleeps, or slept until now that it wakes; null otherwise.
    async fn sleep(&self) -> Option<ProjectSleep> {
        self.0.sleep.clone().map(ProjectSleep::from)
    }

    /// When its agent is put to sleep.
    async fn sleep_setting(&self, ctx: &Context<'_>) -> Result<SleepSetting> {
        SleepSetting::of(ctx, &self.0)
    }

    /// The operation under way; null when there is none.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load(ctx, OpenOperationOf(self.0.id)).await?.map(Operation))
    }

    /// Its git repository; null until it was made.
    async fn repository(&self, ctx: &Context<'_>) -> Nullable<Repository> {
        nullable(Repository::of(ctx, &self.0)).await
    }

    /// The container its agent works in, as it was last seen; null only when that cannot be told.
    async fn container(&self, ctx: &Context<'_>) -> Nullable<Container> {
        Some(Container::of(ctx, &self.0))
    }

    /// The machine it runs on.
    async fn server(&self, ctx: &Context<'_>) -> Result<Server> {
        load(ctx, self.0.server_id)
            .await?
            .map(Server)
            .ok_or_else(|| Failure::not_found("server"))
    }

    /// Its sessions but those that were put away, the one that changed last first.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of every connection")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those that were put away instead of the others.")] archived: Option<bool>,
    ) -> Result<SessionConnection> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Box::pin(of_project(ctx, self.0.id, archived.unwrap_or_default(), page)).await
    }

    /// The agents that a prompt can name, as its agent program lists them; as they were when that last
    /// ran. Null with an error where that is not known.
    async fn agents(&self, ctx: &Context<'_>) -> Nullable<Vec<Agent>> {
        nullable(sessions::agents(ctx, self.0.id)).await
    }

    /// The models that a prompt can name; as they were when its agent program last ran. Null with an error where that is not
    /// known.
    async fn models(&self, ctx: &Context<'_>) -> Nullable<Vec<Model>> {
        nullable(sessions::models(ctx, self.0.id)).await
    }

    /// The commands that it knows; as they were when its agent program last ran. Null with an error where that is not
    /// known.
    async fn commands(&self, ctx: &Context<'_>) -> Nullable<Vec<Command>> {
        nullable(sessions::commands(ctx, self.0.id)).await
    }

    /// One folder of its workspace, not what is below it; null when there is no such folder. Works whether the agent runs
    /// or not; an error until the workspace has been made.
    async fn tree(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The folder; the workspace itself when left out.")] path: Option<String>,
        #[graphql(desc = "Goes on after the entry of this name, for folders with more than 1,000.")] after: Option<
            String,
        >,
    ) -> Nullable<Tree> {
        nullable(files::tree(ctx, self.0.id, path.as_deref().unwrap_or_default(), after)).await
    }

    /// One file of its workspace; null when there is none. Links are not followed.
    async fn file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its path in the workspace.")] path: String,
        #[graphql(
            desc = "The first line of the text that is wanted, counted from 1; 1 when left out.",
            validator(minimum = 1)
        )]
        first_line: Option<i32>,
        #[graphql(
            desc = "At most so many lines: 1 to 10,000, 2,000 when left out. There are never more than 512 kB in one answer.",
            validator(minimum = 1, maximum = 10000)
        )]
        lines: Option<i32>,
    ) -> Nullable<File> {
        nullable(files::file(ctx, self.0.id, &path, first_line, lines)).await
    }

    /// Files whose paths are like a few letters, the best first; what git ignores is left out. Null with an error.
    async fn find_files(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Letters of the path, in their order, with anything between; at most 200 characters.")]
        query: String,
        #[graphql(
            desc = "At most so many: 1 to 100, 20 when left out.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<i32>,
    ) -> Nullable<FoundFiles> {
        Some(Box::pin(files::find(ctx, self.0.id, &query, first)).await)
    }

    /// Lines that match a text or a pattern; what git ignores, binary files and those above 8 MB are left out. Null with
    /// an error.
    #[allow(clippy::too_many_arguments, reason = "what ripgrep takes; most are left out")]
    async fn search_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for: 1 to 1,000 characters.")] query: String,
        #[graphql(desc = "Takes the query as a regular expression of ripgrep; not when left out.")] is_regex: Option<
            bool,
        >,
        #[graphql(desc = "Whether case matters; `SMART` when left out.")] case: Option<SearchCase>,
        #[graphql(desc = "Only in files like these, as in `.gitignore`; with `!` before it, not in them. At most 20.")]
        globs: Option<Vec<String>>,
        #[graphql(desc = "Only in this folder; everywhere when left out.")] path: Option<String>,
        #[graphql(
            desc = "At most so many lines: 1 to 100, 50 when left out.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<i32>,
    ) -> Nullable<FoundText> {
        let search = TextSearch {
            query,
            is_regex: is_regex.unwrap_or_default(),
            case: case.unwrap_or(SearchCase::Smart),
            globs: globs.unwrap_or_default(),
            path: path.unwrap_or_default(),
            first,
        };
        Some(Box::pin(files::search(ctx, self.0.id, search)).await)
    }

    /// What differs in its workspace from the last commit; null with an error.
    async fn changes(&self, ctx: &Context<'_>) -> Nullable<WorkingTree> {
        Some(Box::pin(files::changes(ctx, self.0.id)).await)
    }

    /// What its agent used, in all sessions, those that were deleted too.
    async fn usage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By answers begun since then; by all when left out.")] since: Option<DateTime<Utc>>,
    ) -> Result<Usage> {
        usage::graphql::of_project(ctx, self.0.id, since).await
    }

    /// What its agent used today.
    async fn usage_today(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Minutes by which your clock is ahead of UTC: -840 to 840, 0 when left out.")]
        utc_offset: Option<i32>,
    ) -> Result<Usage> {
        usage::graphql::today(ctx, self.0.id, utc_offset).await
    }

    /// What its agent used on each of the last days, the oldest first; without the days on which it used nothing.
    async fn usage_by_day(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days, today included: 1 to 366, 30 when left out.")] days: Option<i32>,
        #[graphql(desc = "Minutes by which your clock is ahead of UTC: -840 to 840, 0 when left out.")]
        utc_offset: Option<i32>,
    ) -> Result<Vec<UsageOfDay>> {
        Box::pin(usage::graphql::by_day(ctx, self.0.id, days, utc_offset)).await
    }

    /// What its agent waits for, the longest waiting first; or what it waited for once.
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
        Box::pin(decisions(ctx, Of::Project(self.0.id), state, page)).await
    }

    /// What its agent need not ask a person, and how long a request waits.
    async fn decision_policy(&self, ctx: &Context<'_>) -> Result<DecisionPolicy> {
        load_policy(ctx, self.0.id).await
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

/// Where a project stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "project::ProjectStatus")]
pub enum ProjectStatus {
    /// It is being made.
    Creating,
    /// Its agent is being started, or waits for room: see `problem`. With `sleep`, it wakes.
    Starting,
    /// Its agent answers.
    Running,
    /// Its agent was put to sleep and wakes on the next prompt: see `sleep`.
    Sleeping,
    /// Its agent is being stopped.
    Stopping,
    /// Its agent does not run; files stay.
    Stopped,
    /// It needs a person: see `problem`.
    Error,
    /// It is being removed.
    Deleting,
}
