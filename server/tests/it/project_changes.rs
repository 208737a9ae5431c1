//! What becomes of a project's row that two change at the same time.

use server::{events::Actor, projects::store};

use crate::support::{bench::Bench, database::Kind};

/// A push is noted at the same time: it must not write back what the project was before.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_does_not_undo_what_is_noted_at_the_same_time() {
    let bench = Bench::new(Kind::Postgres).await;
    let ordered = bench.create("Pushed").await;
    bench.reaches(&ordered, entity::project::ProjectStatus::Running).await;
    let mut tx = bench.reconciler.events.begin(Actor::Server).await.unwrap();
    let project = store::get_locked(&*tx, ordered.project.id).await.unwrap();
    let changed = entity::project::Model {
        sleep_after_seconds: Some(3_600),
        ..project.unwrap()
    };
    store::save(&mut tx, changed).await.unwrap();
    let projects = bench.projects.clone();
    let pushed = tokio::spawn(async move { projects.pushed("pushed").await });
    bench.somebody_waits_for_a_lock().await;
    tx.commit().await.unwrap();
    pushed.await.unwrap().unwrap();
    let project = bench.project(&ordered).await.unwrap();
    assert_eq!(project.sleep_after_seconds, Some(3_600));
}
