//! The reconciler's loop: takes projects that are due, looks, acts, looks again, until each is as wanted.
//!
//! Level-triggered: whatever woke it, it goes by what it sees. Everything it writes carries its lease, so a worker that
//! was paused too long can do no harm. It keeps nothing between looks that a restart could lose.

use std::{sync::Arc, time::Duration};

use entity::{
    operation::{self, OperationState, StepName, StepState},
    problem,
    project::{self, Desired, ProjectStatus},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    lease::{self, Lease, LeaseError, Outlook},
    lifecycle,
    observe::{Found, Outside},
    perform::Performance,
    reconcile::{self, Action, Wanted},
    store,
    trouble::{Problem, Trouble},
};
use crate::{
    clock::Clock,
    crash_point,
    db::Database,
    events::{Actor, EventLog, Tx},
    failpoints::stall,
    operations,
};

/// Projects worked on at the same time.
const CONCURRENCY: usize = 4;
/// Looks at the database even when nothing woke it.
const IDLE_POLL: Duration = Duration::from_secs(5);
/// How often a project at rest is looked at: a running one may have stopped answering.
const LOOK_AT_RUNNING: Duration = Duration::from_secs(60);
const LOOK_AT_STOPPED: Duration = Duration::from_secs(6 * 3600);
/// Until somebody asks again.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How often progress is written.
const PROGRESS_PERIOD: Duration = Duration::from_millis(500);
/// How long a step may go on after the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);
/// More steps in one look are a fault of ours.
const MAX_STEPS: usize = 24;

#[derive(Clone)]
pub struct Reconciler {
    pub db: Database,
    pub events: EventLog,
    pub clock: Clock,
    pub outside: Outside,
    pub wake: Arc<Notify>,
    /// The same over restarts of this server, so that it gets back at once what it held when it was killed.
    pub owner: Uuid,
}

/// What one pass over a project came to.
enum Pass {
    /// Something was done; look again.
    Again,
    /// As wanted, or gone.
    Rested,
}

impl Reconciler {
    pub async fn run(self, stop: CancellationToken) {
        match lease::reclaim(&self.db, self.owner).await {
            Ok(0) => {}
            Ok(freed) => tracing::info!(freed, "took up again what was being worked on when the server ended"),
            Err(error) => log("leases cannot be freed", &error),
        }
        if let Err(error) = lease::demand_running(&self.db, self.clock.now()).await {
            log("what ran cannot be looked at yet", &error);
        }
        let mut changes = self.outside.host.changes();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < CONCURRENCY && !stop.is_cancelled() {
                match lease::claim(&self.db, self.owner, self.clock.now()).await {
                    Ok(Some(lease)) => drop(under_way.spawn(self.clone().work_on(lease))),
                    Ok(None) => break,
                    Err(error) => {
                        log("no project can be taken", &error);
                        break;
                    }
                }
            }
            let pause = self.until_next_due().await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified() => {}
                Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
                Ok(()) = changes.changed() => self.look_at_running().await,
                () = tokio::time::sleep(pause) => {}
            }
        }
        // What is in the middle of a step may finish it; what is not is taken up by the next start.
        let finish = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            under_way.shutdown().await;
        }
    }

    async fn until_next_due(&self) -> Duration {
        match lease::next_due(&self.db).await {
            Ok(Some(due)) => (due - self.clock.now()).to_std().unwrap_or_default().min(IDLE_POLL),
            Ok(None) => IDLE_POLL,
            Err(error) => {
                log("the next project cannot be found", &error);
                IDLE_POLL
            }
        }
        // Not at once again when all hands are busy.
        .max(Duration::from_millis(50))
    }

    /// A container may have died: looks at all that ran.
    async fn look_at_running(&self) {
        for project in self.outside.board.running() {
            if let Err(error) = lease::demand_again(self.db.writer(), project, self.clock.now()).await {
                log("a look cannot be asked for", &error);
            }
        }
    }

    async fn work_on(self, lease: Lease) {
        let started = Instant::now();
        let mut steps = 0;
        let mut demands = 0;
        let result = loop {
            match self.pass(&lease, &mut demands).await {
                Ok(Pass::Again) if steps < MAX_STEPS => steps += 1,
                Ok(Pass::Again) => {
                    tracing::error!(project = %lease.project, "a project does not come to rest");
                    break Ok(());
                }
                Ok(Pass::Rested) => break Ok(()),
                Err(trouble) => break Err(trouble),
            }
        };
        metrics::histogram!("pcc_reconcile_seconds").record(started.elapsed().as_secs_f64());
        match result {
            Ok(()) => {}
            Err(Trouble::Problem(problem)) => {
                if let Err(LeaseError::Database(error)) = self.fail(lease, problem, demands).await {
                    log("a problem cannot be noted", &error);
                }
            }
            Err(Trouble::Lease(LeaseError::Lost)) => tracing::debug!(project = %lease.project, "lost the lease"),
            Err(Trouble::Lease(LeaseError::Database(error))) => log("a project cannot be worked on", &error),
        }
        self.wake.notify_one();
    }

    /// One look and one step. `demands` is what had been asked for when it looked.
    async fn pass(&self, lease: &Lease, demands: &mut i64) -> Result<Pass, Trouble> {
        // Read before the project: a demand that comes later is answered by another look.
        *demands = lease.demands(self.db.reader()).await?;
        let Some(project) = store::get(self.db.reader(), lease.project).await? else {
            return Ok(Pass::Rested);
        };
        let known = store::resources(self.db.reader(), project.id).await?;
        let found = self.outside.look(&project, &known).await?;
        let wanted = Wanted {
            desired: project.desired,
            retired_run: project.retired_run,
            keep_repository: project.keep_repository,
        };
        match reconcile::next(&wanted, &found.seen) {
            Action::Rest => {
                self.rest(*lease, project, &found, *demands).await?;
                Ok(Pass::Rested)
            }
            Action::Forget => {
                self.forget(lease, &project).await?;
                Ok(Pass::Rested)
            }
            action => {
                self.act(lease, &project, &found, action).await?;
                Ok(Pass::Again)
            }
        }
    }

    /// Does one step, unless something else is wanted meanwhile: then it is left, and the next look goes by that.
    async fn act(&self, lease: &Lease, project: &project::Model, found: &Found, action: Action) -> Result<(), Trouble> {
        tracing::info!(project = project.slug, ?action, "reconciling");
        stall("projects.stall").await;
        if let Some(step) = action.step() {
            self.begin_step(lease, project, step).await?;
        }
        crash_point!("projects.step_begun");
        let progress = watch::Sender::new(String::new());
        let performance = Performance {
            db: &self.db,
            clock: &self.clock,
            outside: &self.outside,
            lease,
            project,
            found,
            progress: &progress,
        };
        let done = tokio::select! {
            done = performance.perform(action) => done?,
            outcome = self.watch_over(lease, project, action, progress.subscribe()) => return outcome,
        };
        crash_point!("projects.step_done");
        match action.step() {
            Some(step) => self.finish_step(lease, project, step, done).await,
            None => Ok(()),
        }
    }

    /// Keeps the lease and writes progress while a step is done. Ends when the step must be left.
    async fn watch_over(
        &self,
        lease: &Lease,
        project: &project::Model,
        action: Action,
        mut progress: watch::Receiver<String>,
    ) -> Result<(), Trouble> {
        let mut renew_at = Instant::now() + lease::term() / 3;
        loop {
            tokio::time::sleep(PROGRESS_PERIOD).await;
            let now_wanted = store::get(self.db.reader(), project.id).await?;
            if now_wanted.is_none_or(|now| now.generation != project.generation) {
                tracing::info!(
                    project = project.slug,
                    ?action,
                    "something else is wanted; the step is left"
                );
                return Ok(());
            }
            if Instant::now() >= renew_at {
                lease.hold(self.db.writer(), self.clock.now()).await?;
                renew_at = Instant::now() + lease::term() / 3;
            }
            if let (Some(step), true) = (action.step(), progress.has_changed().unwrap_or(false)) {
                let sentence = progress.borrow_and_update().clone();
                self.change_operation(lease, project, |operation, _| {
                    operations::steps::describe(&mut operation.steps, step, sentence);
                })
                .await?;
            }
        }
    }

    /// A transaction of whoever holds the lease, and the project as it is now. Its row is locked before the lease's: so
    /// does whoever wants something else of it, and two who lock in different orders wait for each other.
    async fn begin(&self, lease: &Lease) -> Result<(Tx, Option<project::Model>), LeaseError> {
        let tx = self.events.begin(Actor::Server).await?;
        let project = store::get_locked(&*tx, lease.project).await?;
        lease.hold(&*tx, self.clock.now()).await?;
        Ok((tx, project))
    }

    async fn begin_step(&self, lease: &Lease, project: &project::Model, step: StepName) -> Result<(), Trouble> {
        let attempts = lease.attempts + 1;
        let (mut tx, current) = self.begin(lease).await?;
        let now = self.clock.now();
        if let Some(mut operation) = open_operation(&tx, project).await? {
            operation.state = OperationState::Running;
            operation.attempts = attempts;
            operation.started_at.get_or_insert(now);
            operations::steps::begin(&mut operation.steps, step, now);
            operations::store::save(&mut tx, operation).await?;
        }
        if let Some(mut current) = current.filter(|now| now.generation == project.generation) {
            let status = status_under_way(&current);
            if current.status != status || current.problem.is_some() {
                current.status = status;
                current.problem = None;
                current.updated_at = now;
                store::save(&mut tx, current).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn finish_step(
        &self,
        lease: &Lease,
        project: &project::Model,
        step: StepName,
        fact: String,
    ) -> Result<(), Trouble> {
        self.change_operation(lease, project, |operation, now| {
            operations::steps::describe(&mut operation.steps, step, fact);
            operations::steps::finish(&mut operation.steps, step, StepState::Done, now);
        })
        .await
    }

    async fn change_operation(
        &self,
        lease: &Lease,
        project: &project::Model,
        change: impl FnOnce(&mut operation::Model, chrono::DateTime<chrono::Utc>),
    ) -> Result<(), Trouble> {
        let (mut tx, _) = self.begin(lease).await?;
        let now = self.clock.now();
        if let Some(mut operation) = open_operation(&tx, project).await? {
            change(&mut operation, now);
            operations::store::save(&mut tx, operation).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The project is as wanted: says so, ends its operation and gives it back.
    async fn rest(&self, lease: Lease, seen: project::Model, found: &Found, demands: i64) -> Result<(), Trouble> {
        crash_point!("projects.before_rest");
        let (mut tx, current) = self.begin(&lease).await?;
        let now = self.clock.now();
        // What was wanted when we looked is what has been reached; what is wanted since is due at once.
        if let Some(mut project) = current.filter(|current| current.generation == seen.generation) {
            let status = lifecycle::arrived(project.desired);
            let version = found
                .agent_version()
                .map(str::to_owned)
                .or_else(|| project.agent_version.clone());
            let is_news = project.status != status
                || project.problem.is_some()
                || project.agent_version != version
                || project.retired_run.is_some();
            if is_news {
                project.status = status;
                project.problem = None;
                project.agent_version = version;
                project.retired_run = None;
                project.updated_at = now;
                store::save(&mut tx, project.clone()).await?;
            }
            if let Some(operation) = open_operation(&tx, &project).await? {
                operations::store::end(&mut tx, operation, OperationState::Succeeded, now).await?;
            }
            self.note_found(&tx, found, &project).await?;
        }
        let pause = if seen.desired == Desired::Running {
            LOOK_AT_RUNNING
        } else {
            LOOK_AT_STOPPED
        };
        lease
            .release(
                &*tx,
                Outlook {
                    due_at: now + pause,
                    attempts: 0,
                    demands,
                },
            )
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Names that were found by label are kept, and so is the run that a restart would end.
    async fn note_found(&self, tx: &Tx, found: &Found, project: &project::Model) -> Result<(), Trouble> {
        for (kind, name, run) in [
            (
                entity::resource::ResourceKind::Repository,
                found.repository.as_ref().map(|it| it.id.0.clone()),
                None,
            ),
            (
                entity::resource::ResourceKind::Container,
                found.container.as_ref().map(|it| it.id.0.clone()),
                found.run(),
            ),
        ] {
            if let Some(name) = name {
                let row = entity::resource::Model {
                    project_id: project.id,
                    kind,
                    external_id: Some(name),
                    intent_until: None,
                    run,
                };
                store::put_resource(&**tx, row).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, lease: &Lease, project: &project::Model) -> Result<(), Trouble> {
        crash_point!("projects.before_forget");
        let (mut tx, _) = self.begin(lease).await?;
        let now = self.clock.now();
        if let Some(operation) = open_operation(&tx, project).await? {
            operations::store::end(&mut tx, operation, OperationState::Succeeded, now).await?;
        }
        store::delete(&mut tx, project).await?;
        tx.commit().await?;
        crash_point!("projects.forgotten");
        self.outside.board.remove(project.id);
        self.outside.instances.remove(project.id);
        Ok(())
    }

    /// Notes a problem and when to try again, if ever.
    async fn fail(&self, lease: Lease, trouble: Problem, demands: i64) -> Result<(), LeaseError> {
        crash_point!("projects.before_fail");
        let (mut tx, current) = self.begin(&lease).await?;
        let now = self.clock.now();
        if lease.demands(&*tx).await? != demands {
            // Somebody has asked for something since: the problem may be none any more, and the next look will tell.
            lease
                .release(
                    &*tx,
                    Outlook {
                        due_at: now,
                        attempts: 0,
                        demands,
                    },
                )
                .await?;
            tx.commit().await?;
            return Ok(());
        }
        let attempts = lease.attempts + 1;
        let wait = trouble.wait(attempts);
        let next_attempt_at = wait.map(|wait| now + wait);
        let Some(mut project) = current else {
            return Ok(());
        };
        let since = match &project.problem {
            Some(before) if before.code == trouble.code => before.since,
            _ => now,
        };
        let problem = problem::Problem {
            code: trouble.code,
            message: trouble.message,
            since,
            next_attempt_at,
        };
        tracing::warn!(
            project = project.slug,
            problem = problem.message,
            attempts,
            "a project is not as wanted"
        );
        project.problem = Some(problem.clone());
        if wait.is_none() {
            project.status = ProjectStatus::Error;
        }
        project.updated_at = now;
        if let Some(mut operation) = open_operation(&tx, &project).await? {
            fail_operation(&mut operation, problem, wait.is_some(), now);
            operations::store::save(&mut tx, operation).await?;
        }
        store::save(&mut tx, project).await?;
        let due_at = now + wait.unwrap_or(NEVER);
        lease
            .release(
                &*tx,
                Outlook {
                    due_at,
                    attempts,
                    demands,
                },
            )
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn fail_operation(
    operation: &mut operation::Model,
    problem: problem::Problem,
    is_tried_again: bool,
    now: chrono::DateTime<chrono::Utc>,
) {
    let running = operation
        .steps
        .0
        .iter()
        .find(|step| step.state == StepState::Running)
        .map(|step| step.name);
    if let Some(step) = running {
        operations::steps::finish(&mut operation.steps, step, StepState::Failed, now);
        operations::steps::describe(&mut operation.steps, step, problem.message.clone());
    }
    operation.problem = Some(problem);
    operation.state = if is_tried_again {
        OperationState::Waiting
    } else {
        OperationState::Failed
    };
    operation.finished_at = (!is_tried_again).then_some(now);
}

async fn open_operation(tx: &Tx, project: &project::Model) -> Result<Option<operation::Model>, sea_orm::DbErr> {
    let open = operations::store::open_of(&**tx, &[project.id]).await?;
    Ok(open
        .into_iter()
        .find(|operation| operation.generation <= project.generation))
}

fn status_under_way(project: &project::Model) -> ProjectStatus {
    let is_new = project.status == ProjectStatus::Creating;
    lifecycle::under_way(project.desired, is_new)
}

fn log(what: &str, error: &sea_orm::DbErr) {
    tracing::error!(error = error as &dyn std::error::Error, "{what}");
}
