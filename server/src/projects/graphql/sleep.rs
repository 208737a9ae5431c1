//! Agents that sleep while nothing is asked of them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    ids::ProjectId,
    project::{self, Sleep},
};

use super::Project;
use crate::{
    graphql::{ContextExt, Id, Result, id::id_text},
    operations::graphql::Operation,
    projects::{Projects, orders::Ordered, upkeep::sleep::after},
};

/// An agent that was stopped because nothing is asked of it. It starts when something is, which takes some seconds.
#[derive(SimpleObject)]
pub struct ProjectSleep {
    /// Why it was stopped.
    because: SleepReason,
    /// Since when it sleeps.
    since: DateTime<Utc>,
    /// Since when it wakes; null while it sleeps.
    waking_since: Option<DateTime<Utc>>,
}

/// Why an agent was put to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "project::SleepReason")]
pub enum SleepReason {
    /// Nothing was asked of it for long enough.
    Idle,
    /// No more agents may be awake at once, and another had to be.
    Room,
    /// Somebody wished so.
    Asked,
}

impl From<Sleep> for ProjectSleep {
    fn from(sleep: Sleep) -> Self {
        Self {
            because: sleep.because.into(),
            since: sleep.since,
            waking_since: sleep.waking_since,
        }
    }
}

/// When the agent of a project is put to sleep.
#[derive(SimpleObject)]
pub struct SleepSetting {
    /// After so many seconds without work; null for never.
    after_seconds: Option<i32>,
    /// Whether that is the project's own setting, and not the server's.
    is_own: bool,
    /// What the server's setting is; null for never.
    server_after_seconds: Option<i32>,
}

impl SleepSetting {
    pub(super) fn of(ctx: &Context<'_>, project: &project::Model) -> Result<Self> {
        let of_server = ctx.service::<Projects>()?.sleep_after();
        let seconds = |time: std::time::Duration| i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        Ok(Self {
            after_seconds: after(project, of_server).map(seconds),
            is_own: project.sleep_after_seconds.is_some(),
            server_after_seconds: of_server.map(seconds),
        })
    }
}

/// What `setSleepSetting` sets.
#[derive(InputObject)]
pub struct SetSleepSettingInput {
    /// Which project.
    project: Id<ProjectId>,
    /// After how many seconds without work its agent sleeps: 60 to 2,592,000, or 0 for never. Left out: the server's setting.
    after_seconds: Option<i32>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `setSleepSetting`.
#[derive(SimpleObject)]
pub struct SetSleepSettingPayload {
    /// The project, with its new setting.
    project: Project,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// Names what `sleepProject` is about.
#[derive(InputObject)]
pub struct SleepProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `wakeProject` is about.
#[derive(InputObject)]
pub struct WakeProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `sleepProject`.
#[derive(SimpleObject)]
pub struct SleepProjectPayload {
    /// The project as it is now.
    project: Project,
    /// What puts its agent to sleep. It fails where something is asked of the agent after all.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `wakeProject`.
#[derive(SimpleObject)]
pub struct WakeProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What wakes its agent.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct SleepMutation;

#[Object]
impl SleepMutation {
    /// Says when a project's agent is put to sleep.
    async fn set_sleep_setting(
        &self,
        ctx: &Context<'_>,
        input: SetSleepSettingInput,
    ) -> Result<SetSleepSettingPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let project = projects
            .set_sleep_after(ctx.caller()?, input.project.0, input.after_seconds, id_text(&client_id))
            .await?;
        Ok(SetSleepSettingPayload {
            project: Project(project),
            client_mutation_id: client_id,
        })
    }

    /// Puts a project's agent to sleep now. An error while it works, something waits for it or for a person, or it is not
    /// awake. What was allowed for as long as it runs is asked again afterwards.
    async fn sleep_project(&self, ctx: &Context<'_>, input: SleepProjectInput) -> Result<SleepProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.sleep(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(SleepProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Wakes a project's agent before anything is asked of it. An error when the project is stopped: see `startProject`.
    async fn wake_project(&self, ctx: &Context<'_>, input: WakeProjectInput) -> Result<WakeProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.wake(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(WakeProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }
}
