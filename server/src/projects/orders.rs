//! What users order of projects, and how they think better of it: every order is what is wanted from now on, with its
//! operation and its events, in one transaction.

use entity::{
    ids::{OperationId, ProjectId},
    operation::{self, OperationKind, OperationState},
    project::{self, Desired, ProjectStatus},
    resource::ResourceKind,
};
use serde::{Deserialize, Serialize};

use super::{
    Projects,
    error::Error,
    lease,
    lifecycle::{self, Request},
    store,
    upkeep::{occupation::Occupation, sleep},
};
use crate::{
    caller::{Caller, Scope},
    events::{Actor, Tx},
    idempotency::{self, Attempt, Claim},
    operations,
};

/// The project as wanted now, and the operation that brings it there.
#[derive(Debug)]
pub struct Ordered {
    pub project: project::Model,
    pub operation: operation::Model,
}

/// What is kept of an order for whoever sends it again.
#[derive(Serialize, Deserialize)]
pub(super) struct OrderedIds {
    project: ProjectId,
    operation: OperationId,
}

impl Projects {
    pub async fn start(&self, caller: &Caller, id: ProjectId, client_id: Option<&str>) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Start, false, client_id).await
    }

    pub async fn stop(&self, caller: &Caller, id: ProjectId, client_id: Option<&str>) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Stop, false, client_id).await
    }

    pub async fn restart(&self, caller: &Caller, id: ProjectId, client_id: Option<&str>) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Restart, false, client_id).await
    }

    /// Puts a project's agent to sleep now, unless something is asked of it.
    pub async fn sleep(&self, caller: &Caller, id: ProjectId, client_id: Option<&str>) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Sleep, false, client_id).await
    }

    pub async fn wake(&self, caller: &Caller, id: ProjectId, client_id: Option<&str>) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Wake, false, client_id).await
    }

    pub async fn delete(
        &self,
        caller: &Caller,
        id: ProjectId,
        keep_repository: bool,
        client_id: Option<&str>,
    ) -> Result<Ordered, Error> {
        self.request(caller, id, Request::Delete, keep_repository, client_id)
            .await
    }

    async fn request(
        &self,
        caller: &Caller,
        id: ProjectId,
        request: Request,
        keep_repository: bool,
        client_id: Option<&str>,
    ) -> Result<Ordered, Error> {
        caller.require(Scope::Manage)?;
        let asked = (id, format!("{request:?}"), keep_repository);
        let attempt = Attempt::new("project", client_id, &asked)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(ids) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return self.ordered(&tx, &ids).await;
        }
        let project = store::get_locked(&*tx, id).await?.ok_or(Error::NoProject)?;
        permit(&tx, &project, request).await?;
        let project = self.want(&mut tx, project, request, keep_repository).await?;
        self.order(tx, caller, project, request.operation(), attempt.as_ref())
            .await
    }

    /// Writes what is wanted from now on.
    async fn want(
        &self,
        tx: &mut Tx,
        mut project: project::Model,
        request: Request,
        keep_repository: bool,
    ) -> Result<project::Model, Error> {
        let is_new = project.status == ProjectStatus::Creating;
        project.desired = request.apply(project.desired)?;
        project.generation += 1;
        project.keep_repository = keep_repository;
        if request == Request::Restart {
            let container = store::resource(&**tx, project.id, ResourceKind::Container).await?;
            project.retired_run = container.and_then(|container| container.run);
        }
        let now = self.clock.now();
        match (request, project.desired) {
            (Request::Sleep, _) => {}
            (_, Desired::Running) => sleep::begin_to_wake(&mut project, now),
            (_, Desired::Stopped | Desired::Deleted) => project.sleep = None,
        }
        if request != Request::Sleep {
            project.status = lifecycle::under_way(project.desired, false, is_new);
            project.problem = None;
            project.updated_at = now;
        }
        Ok(store::save(tx, project).await?)
    }

    /// Begins the operation, asks the reconciler for a look, and commits it all.
    pub(super) async fn order(
        &self,
        mut tx: Tx,
        caller: &Caller,
        project: project::Model,
        kind: OperationKind,
        attempt: Option<&Attempt>,
    ) -> Result<Ordered, Error> {
        let now = self.clock.now();
        let new = operations::store::New {
            project: project.id,
            device: Some(caller.device),
            kind,
            generation: project.generation,
            steps: operations::steps::planned(lifecycle::steps(kind)),
            at: now,
        };
        let operation = operations::store::begin(&mut tx, new).await?;
        lease::demand(&*tx, project.id, now).await?;
        idempotency::keep(
            &tx,
            caller,
            attempt,
            &OrderedIds {
                project: project.id,
                operation: operation.id,
            },
        )
        .await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(Ordered { project, operation })
    }

    pub(super) async fn ordered(&self, tx: &Tx, ids: &OrderedIds) -> Result<Ordered, Error> {
        let project = store::get(&**tx, ids.project).await?.ok_or(Error::NoProject)?;
        let operation = operations::store::get(&**tx, ids.operation)
            .await?
            .ok_or(Error::NoOperation)?;
        Ok(Ordered { project, operation })
    }

    /// Tries again now what failed or waits.
    pub async fn retry(
        &self,
        caller: &Caller,
        id: OperationId,
        client_id: Option<&str>,
    ) -> Result<operation::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("retryOperation", client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return operations::store::get(&*tx, id).await?.ok_or(Error::NoOperation);
        }
        let (project, mut operation) = locked(&tx, id).await?;
        let mut project = project.ok_or(Error::NotRetryable)?;
        let is_newest = project.generation == operation.generation;
        if !is_newest || !matches!(operation.state, OperationState::Failed | OperationState::Waiting) {
            return Err(Error::NotRetryable);
        }
        let now = self.clock.now();
        operation.state = OperationState::Pending;
        operation.problem = None;
        operation.finished_at = None;
        operation.steps = operations::steps::planned(lifecycle::steps(operation.kind));
        let operation = operations::store::save(&mut tx, operation).await?;
        if operation.kind != OperationKind::SleepProject {
            project.problem = None;
            let is_new = operation.kind == OperationKind::CreateProject;
            project.status = lifecycle::under_way(project.desired, project.is_asleep(), is_new);
        }
        store::save(&mut tx, project).await?;
        lease::demand(&*tx, operation.project_id, now).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &operation.id).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(operation)
    }

    /// Ends an operation and undoes what it has done so far: a creation ends in a deletion, a start in a stop.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: OperationId,
        client_id: Option<&str>,
    ) -> Result<operation::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("cancelOperation", client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return operations::store::get(&*tx, id).await?.ok_or(Error::NoOperation);
        }
        let (project, operation) = locked(&tx, id).await?;
        let is_undone_failure =
            operation.state == OperationState::Failed && operation.kind == OperationKind::CreateProject;
        if !operation.state.is_open() && !is_undone_failure {
            return Err(Error::Ended);
        }
        let request = lifecycle::undo(operation.kind).ok_or(Error::NotCancellable)?;
        let mut project = project.ok_or(Error::Ended)?;
        if project.generation != operation.generation {
            return Err(Error::Ended);
        }
        project.retired_run = None;
        let project = self.want(&mut tx, project, request, false).await?;
        let cancelled = operations::store::end(&mut tx, operation, OperationState::Canceled, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &cancelled.id).await?;
        self.order(tx, caller, project, request.operation(), None).await?;
        Ok(cancelled)
    }
}

/// An operation as it is now that its project is ours, and the project if there is one still.
async fn locked(tx: &Tx, id: OperationId) -> Result<(Option<project::Model>, operation::Model), Error> {
    let known = operations::store::get(&**tx, id).await?.ok_or(Error::NoOperation)?;
    let project = store::get_locked(&**tx, known.project_id).await?;
    let operation = operations::store::get(&**tx, id).await?.ok_or(Error::NoOperation)?;
    Ok((project, operation))
}

/// Whether the project is in a state that the request is about.
async fn permit(tx: &Tx, project: &project::Model, request: Request) -> Result<(), Error> {
    if project.desired == Desired::Deleted {
        return Ok(());
    }
    match request {
        Request::Wake if project.desired == Desired::Stopped => Err(Error::IsStopped),
        Request::Sleep if project.is_asleep() => Ok(()),
        Request::Sleep if project.status != ProjectStatus::Running => Err(Error::NotAwake),
        Request::Sleep => match Occupation::of(&**tx, project.id).await? {
            Occupation::Nothing => Ok(()),
            occupation => Err(Error::Occupied(occupation)),
        },
        _ => Ok(()),
    }
}
