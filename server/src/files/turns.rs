//! One change after the other in each project.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use entity::ids::ProjectId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Whoever changes files of a project holds its turn. Forgotten when nobody holds or waits for it.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<ProjectId, Weak<Turn<()>>>>>);

impl Turns {
    pub async fn take(&self, project: ProjectId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| turn.strong_count() > 0);
            let known = all.get(&project).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::new(Turn::new(()));
                all.insert(project, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
