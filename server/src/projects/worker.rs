//! The reconciler's loop: takes projects that are due, looks, acts, looks again, until each is as wanted.
//!
//! Level-triggered: whatever woke it, it goes by what it sees. Everything it writes carries its lease, so a worker that
//! was paused too long can do no harm. It keeps nothing between looks that a restart could lose.

mod written;

use std::{sync::Arc, time::Duration};

use entity::project::{self, Desired};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    lease::{self, Lease, LeaseError},
    observe::{Found, Outside},
    perform::Performance,
    reconcile::{self, Action, Ailment, Wanted},
    store,
    trouble::Trouble,
    upkeep::{Upkeep, let_go::Purpose},
};
use crate::{clock::Clock, crash_point, db::Database, events::EventLog, failpoints::stall, operations};

/// Projects worked on at the same time.
const CONCURRENCY: usize = 4;
/// Looks at the database even when nothing woke it.
const IDLE_POLL: Duration = Duration::from_secs(5);
/// How often a project at rest is looked at: a running one may have stopped answering.
const LOOK_AT_RUNNING: Duration = Duration::from_secs(60);
/// One that is ill gets well, or comes to rest.
const LOOK_AT_ILL: Duration = Duration::from_secs(10);
/// Before an agent that did not answer is asked once more.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const LOOK_AT_STOPPED: Duration = Duration::from_secs(6 * 3600);
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
    pub upkeep: Arc<Upkeep>,
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
        self.call_who_waits(lease.project).await;
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
        let mut found = self.outside.look(&project, &known).await?;
        let drowse = self.examine(&project, &mut found).await?;
        let wanted = Wanted {
            desired: project.desired,
            retired_run: project.retired_run,
            keep_repository: project.keep_repository,
            is_asleep: project.is_asleep(),
            drowsy: drowse.reason(),
        };
        let action = reconcile::next(&wanted, &found.seen);
        self.note_room(&project, action);
        let pause = match project.desired {
            Desired::Running if !project.is_asleep() => drowse.next_look(LOOK_AT_RUNNING),
            _ => LOOK_AT_STOPPED,
        };
        match action {
            Action::Rest => {
                self.rest(*lease, project, &found, *demands, pause, None).await?;
                Ok(Pass::Rested)
            }
            Action::Warn(ailment) => {
                self.rest(*lease, project, &found, *demands, LOOK_AT_ILL, Some(ailment))
                    .await?;
                Ok(Pass::Rested)
            }
            Action::Sleep(because) => {
                if self.let_go(lease, &project, &found, Purpose::Sleep(because)).await? {
                    return Ok(Pass::Again);
                }
                self.upkeep.room.has_answered(project.id);
                self.rest(*lease, project, &found, *demands, pause, None).await?;
                Ok(Pass::Rested)
            }
            Action::Retire => {
                if self.let_go(lease, &project, &found, Purpose::Retire).await? {
                    return Ok(Pass::Again);
                }
                let ailment = found.agent_version().map_or(Ailment::Hung, |_| Ailment::Grown);
                self.rest(*lease, project, &found, *demands, LOOK_AT_ILL, Some(ailment))
                    .await?;
                Ok(Pass::Rested)
            }
            Action::LookAgain => {
                self.leave(*lease, LOOK_AGAIN, *demands).await?;
                Ok(Pass::Rested)
            }
            Action::AwaitRoom => {
                self.ask_for_room(&project).await?;
                Err(self.upkeep.room.full().into())
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
        match action {
            // What comes too late does most harm here: it would end what others have begun meanwhile.
            Action::Stop => stall("projects.stall_stop").await,
            _ => stall("projects.stall").await,
        }
        if let Some(step) = action.step()
            && !self.begin_step(lease, project, step).await?
        {
            return Ok(());
        }
        crash_point!("projects.step_begun");
        let progress = watch::Sender::new(String::new());
        let performance = Performance {
            db: &self.db,
            clock: &self.clock,
            outside: &self.outside,
            room: &self.upkeep.room,
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
}

fn log(what: &str, error: &sea_orm::DbErr) {
    tracing::error!(error = error as &dyn std::error::Error, "{what}");
}
