//! The agents that answer right now, by project.

use std::{collections::HashMap, sync::Arc};

use entity::ids::ProjectId;
use tokio::sync::{Notify, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, watch};
use uuid::Uuid;

use crate::agent::Endpoint;

/// An agent that was seen healthy.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Differs for each start of the container.
    pub run: Uuid,
    pub endpoint: Endpoint,
    pub gate: Gate,
}

impl Instance {
    pub fn new(run: Uuid, endpoint: Endpoint) -> Self {
        Self {
            run,
            endpoint,
            gate: Gate::default(),
        }
    }
}

/// What brings an agent something to do passes through its gate. Who closes it knows that nothing is on its way, and that
/// nothing comes any more: so the agent can be let go, and what comes then waits for its next run.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<RwLock<bool>>);

/// Held by whatever is on its way to the agent.
#[must_use]
pub struct Passage(#[expect(dead_code, reason = "held until it is dropped")] OwnedRwLockReadGuard<bool>);

/// Nothing passes while it is held.
#[must_use]
pub struct Halt(OwnedRwLockWriteGuard<bool>);

impl Gate {
    /// Whether they are one. A run that was let go and goes on after all has another gate than before.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// `None` once it is closed.
    pub async fn pass(&self) -> Option<Passage> {
        let is_closed = Arc::clone(&self.0).read_owned().await;
        (!*is_closed).then_some(Passage(is_closed))
    }

    /// `None` while something passes.
    pub fn halt(&self) -> Option<Halt> {
        Arc::clone(&self.0).try_write_owned().ok().map(Halt)
    }
}

impl Halt {
    /// For good.
    pub fn close(mut self) {
        *self.0 = true;
    }
}

/// Written by the reconciler when an agent became healthy or went away; read by whoever talks to agents.
#[derive(Clone, Debug)]
pub struct Instances {
    all: Arc<watch::Sender<HashMap<ProjectId, Instance>>>,
    /// Wakes the reconciler, which wakes agents.
    wake: Arc<Notify>,
}

impl Instances {
    pub fn new(wake: Arc<Notify>) -> Self {
        Self {
            all: Arc::new(watch::Sender::new(HashMap::new())),
            wake,
        }
    }

    /// An agent that sleeps is wanted, as was written.
    pub fn are_wanted(&self) {
        self.wake.notify_one();
    }

    pub fn get(&self, project: ProjectId) -> Option<Instance> {
        self.all.borrow().get(&project).cloned()
    }

    /// Wakes whenever an agent came, went or was replaced.
    pub fn subscribe(&self) -> watch::Receiver<HashMap<ProjectId, Instance>> {
        self.all.subscribe()
    }

    pub fn set(&self, project: ProjectId, instance: Instance) {
        self.all.send_if_modified(|all| {
            // The one that is there has the gate that is used.
            let is_known = all.get(&project).is_some_and(|before| before.run == instance.run);
            if !is_known {
                all.insert(project, instance);
            }
            !is_known
        });
    }

    pub fn remove(&self, project: ProjectId) {
        self.all.send_if_modified(|all| all.remove(&project).is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_gate_is_closed_only_while_nothing_passes() {
        let gate = Gate::default();
        let passage = gate.pass().await.expect("it is open");
        assert!(gate.halt().is_none(), "something passes");
        drop(passage);
        let halt = gate.halt().expect("nothing passes");
        let waiting = gate.clone();
        let waiting = tokio::spawn(async move { waiting.pass().await.is_some() });
        halt.close();
        assert!(!waiting.await.expect("it ends"), "who came meanwhile is turned away");
        assert!(gate.pass().await.is_none());
    }

    #[tokio::test]
    async fn who_lets_a_gate_be_leaves_it_open() {
        let gate = Gate::default();
        drop(gate.halt().expect("nothing passes"));
        assert!(gate.pass().await.is_some());
    }
}
