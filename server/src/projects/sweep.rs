//! Removing what carries this installation's label and belongs to no project, or is there twice.
//!
//! The reconciler looks by label before it creates, so this finds something only where a creation took effect long
//! after its answer was given up. What does not carry our label is never touched.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use entity::{ids::ProjectId, resource::ResourceKind};
use tokio_util::sync::CancellationToken;

use super::{observe::Outside, store};
use crate::{
    containers::ContainerId,
    crash_point,
    db::Database,
    failpoints::{self, is_broken},
    forge::RepositoryId,
};

const PERIOD: Duration = Duration::from_secs(300);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thing {
    Container(ContainerId),
    Repository(RepositoryId),
}

pub struct Sweep {
    db: Database,
    outside: Outside,
    /// What had no owner at the last look. It goes only if it still has none at this one.
    suspects: HashSet<Thing>,
}

impl Sweep {
    pub fn new(db: Database, outside: Outside) -> Self {
        Self {
            db,
            outside,
            suspects: HashSet::new(),
        }
    }

    pub async fn run(mut self, stop: CancellationToken) {
        let period = failpoints::duration("sweep.period", PERIOD);
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(
                    error = &*error as &dyn std::error::Error,
                    "orphans cannot be looked for"
                );
            }
            if stop.run_until_cancelled(tokio::time::sleep(period)).await.is_none() {
                return;
            }
        }
    }

    /// One look. The answer is how many things were removed.
    pub async fn look(&mut self) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        if is_broken("broken.no_sweep") {
            return Ok(0);
        }
        let orphans = self.orphans().await?;
        let mut removed = 0;
        for thing in orphans.iter().filter(|thing| self.suspects.contains(thing)) {
            tracing::warn!(?thing, "removing what belongs to no project");
            crash_point!("sweep.before_remove");
            match thing {
                Thing::Container(id) => self.outside.host.remove(id).await?,
                Thing::Repository(id) => self.outside.forge.remove(id).await?,
            }
            metrics::counter!("pcc_sweep_removed_total").increment(1);
            removed += 1;
        }
        self.suspects = orphans;
        Ok(removed)
    }

    /// Which of a project's containers, the oldest first, is the one that it works with.
    async fn kept(&self, project: ProjectId, containers: &[ContainerId]) -> Result<usize, sea_orm::DbErr> {
        if containers.len() < 2 {
            return Ok(0);
        }
        let row = store::resource(self.db.reader(), project, ResourceKind::Container).await?;
        let name = row.and_then(|row| row.external_id);
        let known = containers.iter().position(|id| Some(&id.0) == name.as_ref());
        Ok(known.unwrap_or(0))
    }

    async fn orphans(&self) -> Result<HashSet<Thing>, Box<dyn std::error::Error + Send + Sync>> {
        let installation = self.outside.installation.0;
        // Outside first: what is made after this list was read has its row by the time the rows are read.
        let mut containers = self.outside.host.list(installation).await?;
        let repositories = self.outside.forge.list(installation).await?;
        let owners: HashSet<ProjectId> = containers
            .iter()
            .map(|it| ProjectId(it.owner.project))
            .chain(repositories.iter().map(|it| ProjectId(it.owner.project)))
            .collect();
        let mut living = HashSet::new();
        for some in owners.into_iter().collect::<Vec<_>>().chunks(500) {
            living.extend(
                store::by_ids(self.db.reader(), some)
                    .await?
                    .into_iter()
                    .map(|project| project.id),
            );
        }
        // Of several for one project, the one that every look finds: the one whose name is known, or else the oldest.
        containers.sort_by_key(|it| it.created_at);
        let mut by_project: HashMap<ProjectId, Vec<ContainerId>> = HashMap::new();
        for container in containers {
            by_project
                .entry(ProjectId(container.owner.project))
                .or_default()
                .push(container.id);
        }
        let mut orphans = HashSet::new();
        for (project, mut containers) in by_project {
            if living.contains(&project) {
                let kept = self.kept(project, &containers).await?;
                containers.remove(kept);
            }
            orphans.extend(containers.into_iter().map(Thing::Container));
        }
        for repository in repositories {
            if !living.contains(&ProjectId(repository.owner.project)) {
                orphans.insert(Thing::Repository(repository.id));
            }
        }
        Ok(orphans)
    }
}
