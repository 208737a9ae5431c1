//! Making and removing instances. Their folders get and lose their name by a rename: what has one is whole.

use std::{fs, sync::Arc};

use uuid::Uuid;

use super::{
    blocking,
    folder::{ContainerRecord, InstanceFolder, remove_tree, sync_folder},
    host::{Inner, unreadable},
    run, sweep,
};
use crate::{
    containers::{ContainerSpec, HostError, Owner},
    crash_point,
};

pub(super) async fn create(host: &Arc<Inner>, spec: &ContainerSpec) -> Result<(), HostError> {
    host.tools.agent()?;
    host.tools.git()?;
    let slot = host.slot(spec.owner.project);
    let _guard = slot.running.lock().await;
    let record = ContainerRecord {
        owner: spec.owner,
        name: spec.name.clone(),
        created_at: host.clock.now(),
    };
    let (folder, root, aside) = (slot.folder.clone(), host.config.root.clone(), sweep::staging(host));
    blocking(move || {
        if let Some(present) = folder.container().map_err(unreadable)? {
            return belongs(&present, record.owner);
        }
        let made = InstanceFolder::new(aside.clone())
            .furnish(&record)
            .inspect(|()| {
                crash_point!("process.make.furnished");
            })
            .and_then(|()| fs::rename(&aside, folder.path()))
            .and_then(|()| sync_folder(&root));
        made.map_err(|error| {
            let _ = remove_tree(&aside);
            HostError::io("the instance's folder could not be made", error)
        })
    })
    .await
}

pub(super) fn belongs(present: &ContainerRecord, owner: Owner) -> Result<(), HostError> {
    if present.owner == owner {
        return Ok(());
    }
    Err(HostError::Rejected(
        "an instance of this id belongs to another installation".to_owned(),
    ))
}

/// It loses its name first, so that it is gone at once; what remains is removed now, or by the next sweep.
pub(super) async fn remove(host: &Arc<Inner>, project: Uuid) -> Result<(), HostError> {
    let present = host.folder(project);
    if !blocking(move || Ok(present.path().exists())).await? {
        return Ok(());
    }
    let slot = host.slot(project);
    if let Some(clone) = &slot.notes().clone {
        clone.cancel.cancel();
    }
    let filling = slot.filling.lock().await;
    let running = slot.running.lock().await;
    run::end(host, &slot).await?;
    crash_point!("process.remove.ended");
    let (folder, root, trash) = (slot.folder.clone(), host.config.root.clone(), sweep::trash(host));
    let renamed = trash.clone();
    blocking(
        move || match fs::rename(folder.path(), renamed).and_then(|()| sync_folder(&root)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(|error| HostError::io("the instance's folder could not be removed", error)),
        },
    )
    .await?;
    crash_point!("process.remove.renamed");
    drop((filling, running));
    host.slots.forget(project, slot);
    host.changed();
    sweep::empty(trash).await;
    Ok(())
}
