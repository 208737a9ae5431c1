//! The machine far away: containers whose creation was not answered appear in its own time (`server::containers::late`).

use std::{fs, sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    chance::{millis, source},
    history::Fact,
    world::World,
};

/// What the server is told that a creation may take at most. What it really takes is less.
pub const AT_MOST: Duration = Duration::from_millis(5_000);
const TAKES: std::ops::Range<u64> = 500..4_500;

pub async fn run(world: Arc<World>) {
    let mut rng = source(world.seed, "remote", 0);
    let (late, instances) = (world.data().join("late"), world.data().join("instances"));
    let mut under_way = std::collections::HashSet::new();
    loop {
        sleep(Duration::from_millis(25)).await;
        let entries = fs::read_dir(&late).into_iter().flatten().flatten();
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            if let Some(project) = name.strip_prefix("twice-") {
                let project = project.to_owned();
                let _ = fs::remove_file(late.join(&name));
                world.history.note(Fact::TwoContainers { project });
            } else if let Some((project, _)) = name.split_once('.')
                && under_way.insert(name.clone())
            {
                let (from, to) = (late.join(&name), instances.join(project));
                let (pause, history, project) = (millis(&mut rng, TAKES), world.history.clone(), project.to_owned());
                tokio::spawn(async move {
                    sleep(pause).await;
                    if fs::rename(&from, &to).is_err() {
                        let _ = fs::remove_dir_all(&from);
                        history.note(Fact::TwoContainers { project });
                    }
                });
            }
        }
    }
}
