//! Agents that use too much memory, or do not answer.

use super::*;

async fn an_agent_that_grew_is_restarted_when_idle_and_told_about_when_not(kind: Kind) {
    let limits = Limits {
        memory_bytes: Some(100 << 20),
        ..Limits::default()
    };
    let bench = Bench::with(kind, limits).await;
    let ordered = bench.running("Big").await;
    let session = bench.session(&ordered).await;
    let prompt = bench.prompt(session).await;
    bench.host.use_memory(200 << 20);
    let told = bench
        .comes_to(&ordered, "the problem", has(ProblemCode::AgentHeavy))
        .await;
    assert_eq!(told.status, ProjectStatus::Running);
    assert_eq!(bench.host.calls(Verb::Stop), 0);
    bench.sessions.cancel(&bench.caller, prompt, None).await.unwrap();
    until("another run", async || {
        bench.look(&ordered).await;
        (bench.host.calls(Verb::Start) > 1).then(|| bench.host.use_memory(50 << 20))
    })
    .await;
    let is_well = |project: &project::Model| project.status == ProjectStatus::Running && project.problem.is_none();
    bench.comes_to(&ordered, "health", is_well).await;
    assert!(bench.host.calls(Verb::Stop) > 0);
}

#[tokio::test]
async fn an_agent_that_grew_is_restarted_when_idle_and_told_about_when_not_on_sqlite() {
    an_agent_that_grew_is_restarted_when_idle_and_told_about_when_not(Kind::Sqlite).await;
}

#[tokio::test]
async fn an_agent_that_grew_is_restarted_when_idle_and_told_about_when_not_on_postgres() {
    an_agent_that_grew_is_restarted_when_idle_and_told_about_when_not(Kind::Postgres).await;
}

#[tokio::test]
async fn an_agent_that_hangs_is_restarted_when_idle_and_told_about_when_not() {
    let bench = Bench::with(Kind::Sqlite, Limits::default()).await;
    let ordered = bench.running("Mute").await;
    let session = bench.session(&ordered).await;
    bench.becomes(session, SessionStatus::Busy).await;
    bench.agents.hangs.store(true, SeqCst);
    bench
        .comes_to(&ordered, "the problem", has(ProblemCode::AgentSilent))
        .await;
    assert_eq!(bench.host.calls(Verb::Stop), 0, "its turn may be alive");
    // A prompt that waits is no reason to leave it as it is.
    bench.prompt(session).await;
    bench.becomes(session, SessionStatus::Idle).await;
    until("another run", async || {
        bench.look(&ordered).await;
        (bench.host.calls(Verb::Start) > 1).then_some(())
    })
    .await;
    bench.agents.hangs.store(false, SeqCst);
    let is_well = |project: &project::Model| project.status == ProjectStatus::Running && project.problem.is_none();
    bench.comes_to(&ordered, "health", is_well).await;
}

/// One that misses a look or two is not restarted for it.
#[tokio::test]
async fn an_agent_that_falters_is_left_alone() {
    let bench = Bench::with(Kind::Sqlite, Limits::default()).await;
    let ordered = bench.running("Slow").await;
    let health = || bench.outside.board.get(ordered.project.id).health;
    bench.agents.hangs.store(true, SeqCst);
    until("it to be missed", async || {
        bench.look(&ordered).await;
        (health() == server::projects::board::Health::Unhealthy).then_some(())
    })
    .await;
    bench.agents.hangs.store(false, SeqCst);
    until("it to be well", async || {
        bench.look(&ordered).await;
        (health() == server::projects::board::Health::Healthy).then_some(())
    })
    .await;
    let project = bench.project(&ordered).await.unwrap();
    assert_eq!((project.status, project.problem), (ProjectStatus::Running, None));
    assert_eq!((bench.host.calls(Verb::Start), bench.host.calls(Verb::Stop)), (1, 0));
}
