//! How many agents may be awake at once.

use super::*;

/// With one agent awake at most: the idle one makes room, the one that is needed does not.
async fn who_has_to_run_gets_the_room_of_who_is_idle(kind: Kind) {
    let bench = Bench::with(kind, ONE).await;
    let first = bench.running("First").await;
    let session = bench.session(&first).await;
    let prompt = bench.prompt(session).await;
    let second = bench.create("Second").await;
    let waiting = bench
        .comes_to(&second, "a reason to wait", has(ProblemCode::NoRoom))
        .await;
    assert!(
        waiting.problem.unwrap().message.contains("only one"),
        "it says what it waits for"
    );
    assert_eq!(bench.awake().await, 1);
    let told = bench.events().await;
    for _ in 0..3 {
        bench.look(&second).await;
        bench.is_given_back(&second).await;
    }
    assert_eq!(bench.events().await, told, "that it still waits is no news");

    bench.sessions.cancel(&bench.caller, prompt, None).await.unwrap();
    bench
        .comes_to(&second, "room", |project| project.status == ProjectStatus::Running)
        .await;
    let first = bench.project(&first).await.unwrap();
    assert_eq!(first.status, ProjectStatus::Sleeping);
    assert_eq!(first.sleep.unwrap().because, SleepReason::Room);
    assert_eq!(bench.awake().await, 1);
    let second = bench.project(&second).await.unwrap();
    assert!(second.problem.is_none());
}

#[tokio::test]
async fn who_has_to_run_gets_the_room_of_who_is_idle_on_sqlite() {
    who_has_to_run_gets_the_room_of_who_is_idle(Kind::Sqlite).await;
}

#[tokio::test]
async fn who_has_to_run_gets_the_room_of_who_is_idle_on_postgres() {
    who_has_to_run_gets_the_room_of_who_is_idle(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_agents_run_than_may_however_many_are_wanted_at_once() {
    let limits = Limits {
        awake: Some(2),
        ..Limits::default()
    };
    let bench = Bench::with(Kind::Sqlite, limits).await;
    let mut all = Vec::new();
    for number in 0..6 {
        all.push(bench.create(&format!("Many {number}")).await);
    }
    let mut most = 0;
    // Each gets its turn: who has been idle for a while makes room.
    for ordered in &all {
        until("its turn", async || {
            most = most.max(bench.awake().await);
            let project = bench.project(ordered).await?;
            matches!(project.status, ProjectStatus::Running | ProjectStatus::Sleeping).then_some(())
        })
        .await;
    }
    assert_eq!(most, 2);
}

#[tokio::test]
async fn who_shall_never_sleep_makes_no_room() {
    let bench = Bench::with(Kind::Sqlite, ONE).await;
    let first = bench.running("First").await;
    let never = bench
        .projects
        .set_sleep_after(&bench.caller, first.project.id, Some(0), None);
    assert_eq!(never.await.unwrap().sleep_after_seconds, Some(0));
    let second = bench.create("Second").await;
    bench
        .comes_to(&second, "a reason to wait", has(ProblemCode::NoRoom))
        .await;
    // Longer than anybody has to have been idle to make room.
    let idle_since = bench.project(&first).await.unwrap().updated_at;
    until("time to go by", async || {
        let idle = bench.reconciler.clock.now() - idle_since;
        (idle > chrono::TimeDelta::seconds(6)).then_some(())
    })
    .await;
    bench
        .comes_to(&second, "a reason to wait", has(ProblemCode::NoRoom))
        .await;
    assert_eq!(bench.project(&first).await.unwrap().status, ProjectStatus::Running);
}
