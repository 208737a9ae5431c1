//! The machine far away: containers whose creation was not answered appear in its own time (`server::containers::late`).

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;

use crate::{
    chance::{is, millis, source},
    history::Fact,
    world::World,
};

/// What the server is told that a creation may take at most. What it really takes is less; now and then it is more, which
/// nobody can know, and by then its project may be gone.
pub const AT_MOST: Duration = Duration::from_millis(5_000);
const TAKES: std::ops::Range<u64> = 500..4_500;
const TAKES_TOO_LONG: std::ops::Range<u64> = 6_000..20_000;
const TOO_LONG: f64 = 0.35;
const FORGOTTEN: &str = "forgotten-";

pub async fn run(world: Arc<World>) {
    let mut rng = source(world.seed, "remote", 0);
    let (late, instances) = (world.data().join("late"), world.data().join("instances"));
    let mut under_way = HashSet::new();
    // Of these, another may have come by the time theirs does.
    let mut overdue = HashSet::new();
    loop {
        sleep(Duration::from_millis(25)).await;
        let entries = fs::read_dir(&late).into_iter().flatten().flatten();
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            if name.starts_with(FORGOTTEN) {
                continue;
            }
            if let Some(project) = name.strip_prefix("twice-") {
                let project = project.to_owned();
                let _ = fs::remove_file(late.join(&name));
                world.history.note(Fact::TwoContainers { project });
            } else if let Some((project, _)) = name.split_once('.')
                && under_way.insert(name.clone())
            {
                let is_too_long = is(&mut rng, TOO_LONG);
                if is_too_long {
                    overdue.insert(project.to_owned());
                }
                let is_alone = !overdue.contains(project);
                let (from, to) = (late.join(&name), instances.join(project));
                // Whoever asks for another one by then has waited for this one as long as was said.
                let from = match is_too_long {
                    true => forgotten(&late, &from),
                    false => from,
                };
                let pause = millis(&mut rng, if is_too_long { TAKES_TOO_LONG } else { TAKES });
                let (history, project) = (world.history.clone(), project.to_owned());
                tokio::spawn(async move {
                    sleep(pause).await;
                    if fs::rename(&from, &to).is_err() {
                        let _ = fs::remove_dir_all(&from);
                        if is_alone {
                            history.note(Fact::TwoContainers { project });
                        }
                    }
                });
            }
        }
    }
}

/// Puts a creation where it does not count as under way.
fn forgotten(late: &Path, creation: &Path) -> PathBuf {
    let name = creation.file_name().unwrap_or_default().to_string_lossy();
    let to = late.join(format!("{FORGOTTEN}{name}"));
    match fs::rename(creation, &to) {
        Ok(()) => to,
        Err(_) => creation.to_owned(),
    }
}
