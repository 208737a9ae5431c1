//! What the reconciler writes: steps as they go, and how a project is when it is given back. All of it carries the lease.

use std::time::Duration;

use entity::{
    operation::{self, OperationKind, OperationState, StepName, StepState},
    problem::{self, ProblemCode},
    project::{self, ProjectStatus},
};

use super::Reconciler;
use crate::{
    crash_point,
    events::{Actor, Payload, Tx},
    operations,
    projects::{
        lease::{Lease, LeaseError, Outlook},
        lifecycle,
        observe::Found,
        reconcile::Ailment,
        store,
        trouble::{self, Problem, Trouble},
        upkeep::occupation::Occupation,
    },
};

/// Until somebody asks again.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// By when what may be tried at any moment is said to be tried: for so long it is not told again.
const SAID_AHEAD: Duration = Duration::from_secs(60);

impl Reconciler {
    /// Gives a project back as it is.
    pub(super) async fn leave(&self, lease: Lease, pause: Duration, demands: i64) -> Result<(), Trouble> {
        let due_at = self.clock.now() + pause;
        let attempts = lease.attempts;
        let outlook = Outlook {
            due_at,
            attempts,
            demands,
        };
        Ok(lease.release(self.db.writer(), outlook).await?)
    }

    /// A transaction of whoever holds the lease, and the project as it is now. Its row is locked before the lease's: so
    /// does whoever wants something else of it, and two who lock in different orders wait for each other.
    pub(in crate::projects) async fn begin(&self, lease: &Lease) -> Result<(Tx, Option<project::Model>), LeaseError> {
        let tx = self.events.begin(Actor::Server).await?;
        let project = store::get_locked(&*tx, lease.project).await?;
        lease.hold(&*tx, self.clock.now()).await?;
        Ok((tx, project))
    }

    /// `false` when it is not wanted any more: a project that was to be stopped to sleep has been woken.
    pub(super) async fn begin_step(
        &self,
        lease: &Lease,
        project: &project::Model,
        step: StepName,
    ) -> Result<bool, Trouble> {
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
        let is_wanted =
            |now: &project::Model| now.generation == project.generation && now.is_asleep() == project.is_asleep();
        let Some(mut current) = current.filter(is_wanted) else {
            tx.commit().await?;
            return Ok(false);
        };
        let status = status_under_way(&current);
        if current.status != status || current.problem.is_some() {
            current.status = status;
            current.problem = None;
            current.updated_at = now;
            store::save(&mut tx, current).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn finish_step(
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

    pub(super) async fn change_operation(
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

    /// The project is as wanted: says so, ends its operation and gives it back. What is wrong with its agent and cannot be
    /// mended now is said too.
    pub(super) async fn rest(
        &self,
        lease: Lease,
        seen: project::Model,
        found: &Found,
        demands: i64,
        pause: Duration,
        ailment: Option<Ailment>,
    ) -> Result<(), Trouble> {
        crash_point!("projects.before_rest");
        let (mut tx, current) = self.begin(&lease).await?;
        let now = self.clock.now();
        // What was wanted when we looked is what has been reached; what is wanted since is due at once.
        let is_seen =
            |current: &project::Model| current.generation == seen.generation && current.is_asleep() == seen.is_asleep();
        if let Some(mut project) = current.filter(is_seen) {
            let status = lifecycle::arrived(project.desired, project.is_asleep());
            let problem = ailment.map(|ailment| self.said(&project, self.upkeep.watchdog.problem(ailment)));
            let version = found
                .agent_version()
                .map(str::to_owned)
                .or_else(|| project.agent_version.clone());
            let has_woken = project.sleep.is_some() && !project.is_asleep();
            let is_news = project.status != status
                || project.problem != problem
                || project.agent_version != version
                || project.retired_run.is_some()
                || has_woken;
            if is_news {
                project.status = status;
                project.problem = problem;
                project.agent_version = version;
                project.retired_run = None;
                if has_woken {
                    project.sleep = None;
                }
                project.updated_at = now;
                store::save(&mut tx, project.clone()).await?;
            }
            if let Some(mut operation) = open_operation(&tx, &project).await? {
                let mut state = OperationState::Succeeded;
                if operation.kind == OperationKind::SleepProject && !project.is_asleep() {
                    let occupation = Occupation::of(&*tx, project.id).await?;
                    operation.problem = Some(self.said(&project, stays_awake(occupation)));
                    state = OperationState::Failed;
                }
                operations::store::end(&mut tx, operation, state, now).await?;
                // It has no operation any more, whatever else is as it was.
                tx.emit(Payload::ProjectChanged { project: project.id });
            }
            self.note_found(&tx, found, &project).await?;
        }
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

    pub(super) async fn forget(&self, lease: &Lease, project: &project::Model) -> Result<(), Trouble> {
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
        self.upkeep.watchdog.forget(project.id);
        Ok(())
    }

    /// A problem that is there until somebody or something else changes; since when, if it is not new.
    fn said(&self, project: &project::Model, trouble: Problem) -> problem::Problem {
        let since = match &project.problem {
            Some(before) if before.code == trouble.code => before.since,
            _ => self.clock.now(),
        };
        problem::Problem {
            code: trouble.code,
            message: trouble.message,
            since,
            next_attempt_at: None,
        }
    }

    /// Notes a problem and when to try again, if ever.
    pub(super) async fn fail(&self, lease: Lease, trouble: Problem, demands: i64) -> Result<(), LeaseError> {
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
        // To wait is no failure.
        let attempts = match trouble.outlook {
            trouble::Outlook::Wait(_) | trouble::Outlook::Turn(_) => lease.attempts,
            trouble::Outlook::Retry | trouble::Outlook::Stuck => lease.attempts + 1,
        };
        let wait = trouble.wait(attempts);
        let due_at = now + wait.unwrap_or(NEVER);
        let waits_for_its_turn = matches!(trouble.outlook, trouble::Outlook::Turn(_));
        let next_attempt_at = match waits_for_its_turn {
            true => Some(due_at.max(now + SAID_AHEAD)),
            false => wait.map(|_| due_at),
        };
        let Some(mut project) = current else {
            return Ok(());
        };
        let problem = problem::Problem {
            next_attempt_at,
            ..self.said(&project, trouble)
        };
        let is_said = |before: &problem::Problem| {
            let is_ahead = before.next_attempt_at.is_some_and(|at| at > due_at);
            is_ahead && (before.code, &before.message) == (problem.code, &problem.message)
        };
        if !(waits_for_its_turn && project.problem.as_ref().is_some_and(is_said)) {
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
        }
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
    lifecycle::under_way(project.desired, project.is_asleep(), is_new)
}

fn stays_awake(occupation: Occupation) -> Problem {
    let message = match occupation {
        // It told so itself, before anybody here knew.
        Occupation::Nothing => "The project stays awake: its agent works, or did not say that it does not.".to_owned(),
        occupation => format!("The project stays awake: {}.", occupation.sentence()),
    };
    Problem::new(ProblemCode::Rejected, trouble::Outlook::Stuck, message)
}
