//! What projects are made and told to be. Every method writes what is wanted, with its events, in one transaction; the
//! reconciler does the rest.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use entity::{
    ids::ProjectId,
    operation::OperationKind,
    project::{self, Desired, Source},
    server,
};
use sea_orm::EntityTrait;
use serde::Serialize;
use tokio::sync::Notify;

use super::{error::Error, lease, lifecycle, orders::Ordered, slug::Slug, store, trouble::Problem};
use crate::{
    caller::{Caller, Scope},
    clock::Clock,
    containers::ContainerHost,
    decisions::{self, new_policy::NewPolicy},
    events::{Actor, EventLog},
    forge::{GitForge, RemoteCheck, policy::Policy, reference::GitRef, url::GitUrl},
    idempotency::{self, Attempt, Claim},
};

pub const MAX_NAME: usize = 100;
pub const MAX_DESCRIPTION: usize = 2_000;
/// Seconds after which a project's agent may be made to sleep.
pub const SLEEP_AFTER: RangeInclusive<i32> = 60..=30 * 86_400;

/// What `createProject` asks for.
#[derive(Clone, Debug, Serialize)]
pub struct NewProject {
    pub name: String,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub source: NewSource,
    /// What its agent need not ask, checked: in force before anything can be asked. Without one everything is asked. Left out
    /// of what is compared when it is asked for again, as it once was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<NewPolicy>,
}

#[derive(Clone, Debug, Serialize)]
pub enum NewSource {
    Empty(bool),
    Git { url: String, reference: Option<String> },
}

/// What `updateProject` asks for; `None` leaves a field as it is.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectPatch {
    pub id: ProjectId,
    pub name: Option<String>,
    pub description: Option<Option<String>>,
}

#[derive(Clone)]
pub struct Projects {
    pub(super) events: EventLog,
    pub(super) clock: Clock,
    pub(super) forge: Arc<dyn GitForge>,
    pub(super) policy: Policy,
    pub(super) host: Arc<dyn ContainerHost>,
    /// Wakes the reconciler.
    pub(super) wake: Arc<Notify>,
    /// After how long without work agents sleep, where a project does not say otherwise.
    pub(super) sleep_after: Option<Duration>,
}

impl Projects {
    pub fn new(
        events: EventLog,
        clock: Clock,
        forge: Arc<dyn GitForge>,
        policy: Policy,
        host: Arc<dyn ContainerHost>,
        wake: Arc<Notify>,
        sleep_after: Option<Duration>,
    ) -> Self {
        Self {
            events,
            clock,
            forge,
            policy,
            host,
            wake,
            sleep_after,
        }
    }

    pub fn sleep_after(&self) -> Option<Duration> {
        self.sleep_after
    }

    pub fn forge(&self) -> &dyn GitForge {
        &*self.forge
    }

    pub fn host(&self) -> &dyn ContainerHost {
        &*self.host
    }

    /// A problem that was found just now and is not tried again.
    pub fn noted(&self, problem: Problem) -> entity::problem::Problem {
        let Problem { code, message, .. } = problem;
        entity::problem::Problem {
            code,
            message,
            since: self.clock.now(),
            next_attempt_at: None,
        }
    }

    pub async fn create(&self, caller: &Caller, new: NewProject, client_id: Option<&str>) -> Result<Ordered, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("createProject", client_id, &new)?;
        let name = checked_name(&new.name)?;
        let description = checked_description(new.description.as_deref())?;
        let slug = new.slug.as_deref().map_or_else(|| Slug::of_name(&name), Slug::parse)?;
        let source = self.checked_source(&new.source)?;

        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(ids) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return self.ordered(&tx, &ids).await;
        }
        if store::by_slug(&*tx, slug.as_str()).await?.is_some() {
            return Err(Error::SlugTaken(slug.into_string()));
        }
        let server = server::Entity::find().one(&*tx).await?.ok_or(Error::NoServer)?;
        let now = self.clock.now();
        let row = project::Model {
            id: ProjectId::generate(),
            name,
            slug: slug.into_string(),
            description,
            server_id: server.id,
            source,
            desired: Desired::Running,
            generation: 1,
            retired_run: None,
            keep_repository: false,
            status: lifecycle::under_way(Desired::Running, false, true),
            problem: None,
            agent_version: None,
            sleep: None,
            sleep_after_seconds: None,
            created_at: now,
            updated_at: now,
        };
        let slug = row.slug.clone();
        // Two at once may both have found the slug free: the unique index decides.
        let project = store::insert(&mut tx, row)
            .await
            .map_err(|error| match error.sql_err() {
                Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::SlugTaken(slug),
                _ => error.into(),
            })?;
        if let Some(policy) = new.policy {
            decisions::store::put_policy(&mut tx, policy.of(project.id)).await?;
        }
        self.order(tx, caller, project, OperationKind::CreateProject, attempt.as_ref())
            .await
    }

    pub async fn update(
        &self,
        caller: &Caller,
        patch: ProjectPatch,
        client_id: Option<&str>,
    ) -> Result<project::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("updateProject", client_id, &patch)?;
        let name = patch.name.as_deref().map(checked_name).transpose()?;
        let description = patch
            .description
            .as_ref()
            .map(|text| checked_description(text.as_deref()))
            .transpose()?;

        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoProject);
        }
        let mut project = store::get_locked(&*tx, patch.id).await?.ok_or(Error::NoProject)?;
        project.name = name.unwrap_or(project.name);
        project.description = description.unwrap_or(project.description);
        project.updated_at = self.clock.now();
        let project = store::save(&mut tx, project).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &project.id).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Says after how many seconds without work a project's agent sleeps: 0 for never, `None` for when the server says.
    pub async fn set_sleep_after(
        &self,
        caller: &Caller,
        id: ProjectId,
        seconds: Option<i32>,
        client_id: Option<&str>,
    ) -> Result<project::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("setSleepSetting", client_id, &(id, seconds))?;
        if seconds.is_some_and(|seconds| seconds != 0 && !SLEEP_AFTER.contains(&seconds)) {
            return Err(Error::SleepAfter);
        }
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoProject);
        }
        let mut project = store::get_locked(&*tx, id).await?.ok_or(Error::NoProject)?;
        project.sleep_after_seconds = seconds;
        let project = store::save(&mut tx, project).await?;
        // What is asleep stays so; what is awake may be due earlier.
        lease::demand_again(&*tx, project.id, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &project.id).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(project)
    }

    /// Asks what is behind a git URL, before a project is made from it.
    pub async fn check_url(&self, caller: &Caller, url: &str) -> Result<Result<RemoteCheck, Problem>, Error> {
        caller.require(Scope::Manage)?;
        let url = self.checked_url(url)?;
        Ok(self.forge.check(&url).await.map_err(Into::into))
    }

    /// A push from outside has changed the repository.
    pub async fn pushed(&self, slug: &str) -> Result<(), Error> {
        let mut tx = self.events.begin(Actor::Server).await?;
        let Some(found) = store::by_slug(&*tx, slug).await? else {
            return Ok(());
        };
        // All of it is written back: what it is called and how it is must not change meanwhile.
        let Some(mut project) = store::get_locked(&*tx, found.id).await? else {
            return Ok(());
        };
        project.updated_at = self.clock.now();
        store::save(&mut tx, project).await?;
        tx.commit().await?;
        Ok(())
    }

    fn checked_source(&self, source: &NewSource) -> Result<Source, Error> {
        match source {
            NewSource::Empty(true) => Ok(Source::Empty),
            NewSource::Empty(false) => Err(Error::NotEmpty),
            NewSource::Git { url, reference } => {
                let url = self.checked_url(url)?;
                let reference = reference.as_deref().map(GitRef::parse).transpose()?;
                let reference = reference.map(|reference| reference.as_str().to_owned());
                Ok(Source::Git {
                    url: url.as_str().to_owned(),
                    reference,
                })
            }
        }
    }

    fn checked_url(&self, text: &str) -> Result<GitUrl, Error> {
        let url = GitUrl::parse(text)?;
        self.policy.permit(&url)?;
        Ok(url)
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    let length = name.chars().count();
    let is_fine = (1..=MAX_NAME).contains(&length) && !name.chars().any(char::is_control);
    if is_fine {
        Ok(name.to_owned())
    } else {
        Err(Error::Name { length })
    }
}

fn checked_description(text: Option<&str>) -> Result<Option<String>, Error> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text.map(|text| text.chars().count()) {
        Some(length) if length > MAX_DESCRIPTION => Err(Error::Description { length }),
        _ => Ok(text.map(str::to_owned)),
    }
}
