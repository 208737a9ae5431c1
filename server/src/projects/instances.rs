//! The agents that answer right now, by project.

use std::{collections::HashMap, sync::Arc};

use entity::ids::ProjectId;
use tokio::sync::watch;
use uuid::Uuid;

use crate::agent::Endpoint;

/// An agent that was seen healthy.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Differs for each start of the container.
    pub run: Uuid,
    pub endpoint: Endpoint,
}

/// Written by the reconciler when an agent became healthy or went away; read by whoever talks to agents.
#[derive(Clone, Debug)]
pub struct Instances(Arc<watch::Sender<HashMap<ProjectId, Instance>>>);

impl Default for Instances {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(HashMap::new())))
    }
}

impl Instances {
    pub fn get(&self, project: ProjectId) -> Option<Instance> {
        self.0.borrow().get(&project).cloned()
    }

    /// Wakes whenever an agent came, went or was replaced.
    pub fn subscribe(&self) -> watch::Receiver<HashMap<ProjectId, Instance>> {
        self.0.subscribe()
    }

    pub fn set(&self, project: ProjectId, instance: Instance) {
        self.0.send_if_modified(|all| {
            let run = instance.run;
            all.insert(project, instance).is_none_or(|before| before.run != run)
        });
    }

    pub fn remove(&self, project: ProjectId) {
        self.0.send_if_modified(|all| all.remove(&project).is_some());
    }
}
