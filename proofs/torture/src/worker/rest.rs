//! When nothing is asked of a project: it rests, or sleeps.

use client::{
    ErrorCode,
    types::{OperationState, ProblemCode},
};
use tokio::time::sleep;

use super::{GaveUp, Worker};
use crate::{
    history::Fact,
    orders::{Order, Taken},
    run::STALLED,
};

impl Worker {
    /// Restarts, and asks for nothing until whoever has stalled in it and was taken for dead has done its work too late. Its
    /// fence stops it; without one it ends the new run, which the next order notes.
    pub(super) async fn outlast(&mut self) -> Result<(), GaveUp> {
        self.ask(Order::Restart).await?;
        sleep(STALLED).await;
        Ok(())
    }

    /// Lets the agent sleep, unless it has something to do. What is said then wakes it.
    pub(super) async fn nap(&mut self) -> Result<(), GaveUp> {
        if self.is_running {
            let (project, up, later) = (self.slug.clone(), self.up, self.run_now());
            self.world.history.note(Fact::Run { project, up, later });
        }
        (self.up, self.is_running) = (None, false);
        let (order, mutation) = (Order::Sleep, self.next_mutation());
        match order.send(&self.client, &self.project, &mutation).await {
            // It works, or does not run.
            Err(error) if matches!(error.code(), Some(ErrorCode::Conflict)) => {}
            Err(error) => return Err(self.refused(&format!("sleep of {}", self.slug), &error)),
            Ok(Taken { operation, .. }) => {
                self.world.history.note(Fact::Ordered {
                    operation: operation.clone(),
                    project: self.slug.clone(),
                    what: order.name(),
                });
                let end = self.end_of(order.name(), &operation).await?;
                // That something is asked of it is no fault; whatever else keeps it from sleeping is.
                let is_refused = end
                    .problem
                    .as_ref()
                    .is_some_and(|problem| problem.code == ProblemCode::Rejected);
                if end.state == OperationState::Failed && is_refused {
                    self.world.history.note(Fact::StayedAwake { operation });
                } else {
                    self.note_end(&end, false);
                }
            }
        }
        self.talk().await
    }
}
