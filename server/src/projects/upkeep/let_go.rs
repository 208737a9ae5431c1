//! Letting an idle agent go, so that nothing is lost that is asked of it at that moment.

use entity::{
    problem::Problem,
    project::{self, ProjectStatus, Sleep, SleepReason},
};

use super::occupation::Occupation;
use crate::{
    crash_point,
    failpoints::is_broken,
    projects::{
        lease::Lease,
        observe::Found,
        reconcile::{AgentSeen, ContainerSeen, Occupied},
        store,
        trouble::Trouble,
        worker::Reconciler,
    },
};

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Sleep(SleepReason),
    /// To run again.
    Retire,
}

impl Reconciler {
    /// Notes that an agent is not to run any more, if nothing is asked of it. From then on nothing reaches it, and the next
    /// look stops it. `false` when something is asked of it after all.
    pub(in crate::projects) async fn let_go(
        &self,
        lease: &Lease,
        project: &project::Model,
        found: &Found,
        purpose: Purpose,
    ) -> Result<bool, Trouble> {
        let (Some(run), ContainerSeen::Up { agent, .. }) = (found.run(), &found.seen.container) else {
            return Ok(false);
        };
        let instance = self.outside.instances.get(project.id);
        let halt = instance.as_ref().and_then(|instance| instance.gate.halt());
        // One that does not answer cannot be asked, and what is on its way to it does not arrive.
        if *agent != AgentSeen::Hung {
            let (Some(instance), Some(_)) = (&instance, &halt) else {
                return Ok(false);
            };
            // The rows are as good as the bridge, and that may be broken.
            match self.outside.agents.activities(&instance.endpoint).await {
                Ok(activities) if activities.is_empty() => {}
                Ok(_) => return Ok(false),
                Err(error) => {
                    tracing::info!(
                        project = project.slug,
                        error = &error as &dyn std::error::Error,
                        "an agent does not tell what it does and is left alone"
                    );
                    return Ok(false);
                }
            }
        }
        crash_point!("sleep.checked");
        let (mut tx, current) = self.begin(lease).await?;
        let Some(mut current) = current.filter(|current| current.generation == project.generation) else {
            return Ok(false);
        };
        let occupied = Occupation::of(&*tx, project.id).await?.occupied();
        let is_free = match agent {
            AgentSeen::Hung => occupied != Occupied::InTurn,
            _ => occupied == Occupied::Nothing,
        };
        if !is_free && !is_broken("broken.sleep_unchecked") {
            return Ok(false);
        }
        let now = self.clock.now();
        match purpose {
            Purpose::Sleep(because) => {
                current.sleep = Some(Sleep {
                    because,
                    since: now,
                    waking_since: None,
                });
                current.status = ProjectStatus::Sleeping;
            }
            Purpose::Retire => {
                current.retired_run = Some(run);
                current.status = ProjectStatus::Starting;
            }
        }
        current.problem = None::<Problem>;
        current.updated_at = now;
        store::save(&mut tx, current).await?;
        tx.commit().await?;
        crash_point!("sleep.noted");
        tracing::info!(project = project.slug, ?purpose, "an agent is let go");
        if let Some(halt) = halt {
            halt.close();
        }
        self.outside.instances.remove(project.id);
        Ok(true)
    }
}
