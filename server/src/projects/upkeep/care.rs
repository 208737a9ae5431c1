//! What the reconciler does about agents that run, besides starting and stopping them.

use entity::{
    ids::ProjectId,
    project::{self, Desired, ProjectStatus},
};

use super::{
    occupation::Occupation,
    sleep::{Drowse, after, drowse},
};
use crate::{
    operations,
    projects::{
        board::State,
        lease,
        observe::Found,
        reconcile::{Action, AgentSeen, ContainerSeen, Occupied},
        trouble::Trouble,
        worker::Reconciler,
    },
};

impl Reconciler {
    /// Looks closer at an agent that is to run: what is asked of it, how it is, whether it may sleep.
    pub(in crate::projects) async fn examine(
        &self,
        project: &project::Model,
        found: &mut Found,
    ) -> Result<Drowse, Trouble> {
        if project.desired != Desired::Running || project.is_asleep() {
            return Ok(Drowse::Never);
        }
        let (upkeep, run) = (&self.upkeep, found.run());
        match &mut found.seen.container {
            ContainerSeen::Absent => {}
            ContainerSeen::Down { .. } => {
                found.seen.is_full = upkeep.room.is_full_for(&self.outside, project.id).await?;
            }
            ContainerSeen::Up { .. } if run == project.retired_run => {}
            ContainerSeen::Up { run, agent, .. } => {
                let occupied = Occupation::of(self.db.reader(), project.id).await?.occupied();
                found.seen.occupation = occupied;
                let now = self.clock.now();
                match (agent, &found.container) {
                    (AgentSeen::Healthy { weight, .. }, Some(container)) => {
                        let host = &*self.outside.host;
                        *weight = upkeep.watchdog.answered(host, project.id, container, now).await;
                        if occupied != Occupied::Nothing {
                            // Were it to come to rest now, it could sleep then.
                            return Ok(after(project, upkeep.sleep_after).map_or(Drowse::Never, Drowse::In));
                        }
                        let open = operations::store::open_of(self.db.reader(), &[project.id]).await?;
                        return Ok(drowse(self.db.reader(), upkeep, project, &open, now).await?);
                    }
                    (agent @ AgentSeen::Silent, _) if project.status == ProjectStatus::Running => {
                        *agent = upkeep.watchdog.missed(project.id, *run);
                    }
                    _ => {}
                }
            }
        }
        Ok(Drowse::Never)
    }

    /// Who does not wait for room has left the queue; who does not make room has answered.
    pub(in crate::projects) fn note_room(&self, project: &project::Model, action: Action) {
        let room = &self.upkeep.room;
        if action != Action::AwaitRoom {
            room.enter(project.id);
        }
        let makes_room = matches!(action, Action::Sleep(_)) || (project.is_asleep() && action == Action::Stop);
        if !makes_room {
            room.has_answered(project.id);
        }
    }

    pub(in crate::projects) async fn ask_for_room(&self, project: &project::Model) -> Result<(), Trouble> {
        let now = self.clock.now();
        for asked in self.upkeep.room.wait(&self.db, &self.outside, project.id, now).await? {
            lease::demand_again(self.db.writer(), asked, now).await?;
        }
        self.wake.notify_one();
        Ok(())
    }

    /// A project was worked on: where its agent does not run any more, another may.
    pub(in crate::projects) async fn call_who_waits(&self, project: ProjectId) {
        let Some(first) = self.upkeep.room.first().filter(|first| *first != project) else {
            return;
        };
        if self.outside.board.get(project).state == State::Running {
            return;
        }
        if let Err(error) = lease::demand_again(self.db.writer(), first, self.clock.now()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "who waits for room cannot be called"
            );
        }
    }
}
