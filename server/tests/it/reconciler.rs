//! The reconciler against a host that loses answers, appears late and fails: never two of anything, never one too many.

use std::collections::BTreeSet;

use entity::{operation::OperationState, project::ProjectStatus, work};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use server::{
    clock::Clock,
    containers::ContainerHost,
    operations,
    projects::{lease, sweep::Sweep},
};
use uuid::Uuid;

use crate::support::{
    bench::Bench,
    database::Kind,
    memory_host::{Fault, Verb},
    until::until,
};

async fn a_lost_answer_makes_one_container(kind: Kind) {
    let bench = Bench::new(kind).await;
    bench.host.inject(Verb::Create, 1, Fault::AnswerLost);
    let ordered = bench.create("Lost").await;
    bench.reaches(&ordered, ProjectStatus::Running).await;
    assert_eq!(bench.host.made(), 1, "found by its label, not made again");
    let operation = operations::store::get(bench.db.reader(), ordered.operation.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(operation.state, OperationState::Succeeded);
    assert!(operation.attempts > 1, "the lost answer was noticed");
}

#[tokio::test]
async fn a_lost_answer_makes_one_container_on_sqlite() {
    a_lost_answer_makes_one_container(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_lost_answer_makes_one_container_on_postgres() {
    a_lost_answer_makes_one_container(Kind::Postgres).await;
}

/// A server that has just started has no bridge to any agent. It does not wait for the next look that was planned.
async fn what_ran_is_looked_at_when_the_server_starts(kind: Kind) {
    let bench = Bench::new(kind).await;
    let (running, stopped) = (bench.create("Runs").await, bench.create("Stopped").await);
    bench.reaches(&running, ProjectStatus::Running).await;
    bench.reaches(&stopped, ProjectStatus::Running).await;
    let stopped = bench
        .projects
        .stop(&bench.caller, stopped.project.id, None)
        .await
        .unwrap();
    bench.reaches(&stopped, ProjectStatus::Stopped).await;
    bench.stop.cancel();
    let now = Clock::system().now();
    until("both at rest", async || {
        let at_rest = work::Entity::find()
            .filter(work::Column::LeaseUntil.is_null())
            .filter(work::Column::DueAt.gt(now));
        (at_rest.count(bench.db.reader()).await.unwrap() == 2).then_some(())
    })
    .await;
    assert_eq!(lease::demand_running(&bench.db, now).await.unwrap(), 1);
    let taken = lease::claim(&bench.db, Uuid::new_v4(), now).await.unwrap().unwrap();
    assert_eq!(taken.project, running.project.id);
}

#[tokio::test]
async fn what_ran_is_looked_at_when_the_server_starts_on_sqlite() {
    what_ran_is_looked_at_when_the_server_starts(Kind::Sqlite).await;
}

#[tokio::test]
async fn what_ran_is_looked_at_when_the_server_starts_on_postgres() {
    what_ran_is_looked_at_when_the_server_starts(Kind::Postgres).await;
}

/// Without the intent a second container would be asked for while the first is on its way.
#[tokio::test]
async fn a_container_that_appears_late_is_waited_for() {
    let bench = Bench::new(Kind::Sqlite).await;
    bench.host.inject(Verb::Create, 1, Fault::AppearsLate);
    let ordered = bench.create("Late").await;
    until("the project to wait", async || {
        bench.project(&ordered).await?.problem.map(|_| ())
    })
    .await;
    assert_eq!(bench.host.calls(Verb::Create), 1, "it is not asked for again meanwhile");
    assert_eq!(bench.host.let_appear(), 1);
    bench.reaches(&ordered, ProjectStatus::Running).await;
    assert_eq!(bench.host.made(), 1);
}

#[tokio::test]
async fn what_belongs_to_nobody_is_swept_and_nothing_else() {
    let bench = Bench::new(Kind::Sqlite).await;
    let ordered = bench.create("Kept").await;
    bench.reaches(&ordered, ProjectStatus::Running).await;
    let mine = bench.outside.installation.0;
    for installation in [mine, Uuid::new_v4()] {
        let mut spec = crate::contracts::containers::spec(installation, Uuid::new_v4(), "unused");
        spec.name = format!("orphan-{installation}");
        bench.host.create(&spec).await.unwrap();
    }
    let mut sweep = Sweep::new(bench.db.clone(), bench.outside.clone());
    assert_eq!(sweep.look().await.unwrap(), 0, "what is seen once may be on its way");
    assert_eq!(sweep.look().await.unwrap(), 1);
    let left: BTreeSet<_> = bench
        .host
        .containers()
        .iter()
        .map(|it| it.owner.installation == mine)
        .collect();
    assert_eq!(
        bench.host.containers().len(),
        2,
        "the project's own, and another installation's"
    );
    assert_eq!(left, BTreeSet::from([true, false]));
}

#[tokio::test]
async fn wishes_that_change_on_the_way_end_as_wished_last() {
    let bench = Bench::new(Kind::Sqlite).await;
    let ordered = bench.create("Fickle").await;
    let id = ordered.project.id;
    for _ in 0..5 {
        bench.projects.stop(&bench.caller, id, None).await.unwrap();
        bench.projects.start(&bench.caller, id, None).await.unwrap();
    }
    let last = bench.projects.stop(&bench.caller, id, None).await.unwrap();
    bench.reaches(&last, ProjectStatus::Stopped).await;
    let first = operations::store::get(bench.db.reader(), ordered.operation.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first.state, OperationState::Canceled);
    let deleted = bench.projects.delete(&bench.caller, id, false, None).await.unwrap();
    until("the project to be gone", async || {
        bench.project(&deleted).await.is_none().then_some(())
    })
    .await;
    assert_eq!(bench.host.containers().len(), 0);
}

/// Failures that pass are tried again; while they last the project says why.
#[tokio::test]
async fn a_host_that_fails_for_a_while_is_asked_again() {
    let bench = Bench::new(Kind::Sqlite).await;
    bench.host.inject(Verb::Start, 2, Fault::AnswerLost);
    let ordered = bench.create("Patient").await;
    until("the problem", async || {
        bench.project(&ordered).await?.problem.map(|_| ())
    })
    .await;
    bench.reaches(&ordered, ProjectStatus::Running).await;
    assert!(bench.project(&ordered).await.unwrap().problem.is_none());
}

/// Who orders and who works lock the same rows. In different orders, PostgreSQL would find them in a circle and fail one.
async fn orders_and_work_do_not_wait_in_a_circle(kind: Kind) {
    let bench = Bench::new(kind).await;
    let mut created = Vec::new();
    for number in 0..4 {
        created.push(bench.create(&format!("Hasty {number}")).await);
    }
    let orders = created.iter().map(|ordered| {
        let (bench, id) = (&bench, ordered.project.id);
        async move {
            for _ in 0..30 {
                bench.projects.stop(&bench.caller, id, None).await.unwrap();
                bench.projects.start(&bench.caller, id, None).await.unwrap();
            }
        }
    });
    futures_util::future::join_all(orders).await;
    for ordered in &created {
        bench.reaches(ordered, ProjectStatus::Running).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_and_work_do_not_wait_in_a_circle_on_sqlite() {
    orders_and_work_do_not_wait_in_a_circle(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_and_work_do_not_wait_in_a_circle_on_postgres() {
    orders_and_work_do_not_wait_in_a_circle(Kind::Postgres).await;
}

/// Of two the one that is worked with stays, although the other was made before it.
#[tokio::test]
async fn a_container_that_appears_far_too_late_goes_and_not_the_one_in_use() {
    let bench = Bench::new(Kind::Sqlite).await;
    bench.host.inject(Verb::Create, 1, Fault::AppearsLate);
    let ordered = bench.create("Doubled").await;
    bench.reaches(&ordered, ProjectStatus::Running).await;
    let in_use: Vec<_> = bench.host.containers().into_iter().map(|it| it.id).collect();
    assert_eq!(in_use.len(), 1);
    assert_eq!(bench.host.let_appear(), 1);
    let mut sweep = Sweep::new(bench.db.clone(), bench.outside.clone());
    sweep.look().await.unwrap();
    assert_eq!(sweep.look().await.unwrap(), 1);
    let left: Vec<_> = bench.host.containers().into_iter().map(|it| it.id).collect();
    assert_eq!(left, in_use);
}
