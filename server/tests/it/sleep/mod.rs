//! Agents that are put to sleep, woken, and looked after: with agents and containers that do as they are told.

mod ill;
mod room;

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use entity::{
    event,
    ids::{MessageId, SessionId},
    message::Delivery,
    operation::OperationState,
    problem::ProblemCode,
    project::{self, ProjectStatus, SleepReason},
    session::SessionStatus,
    work,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use server::{
    containers::{ContainerHost, ContainerState},
    events::Actor,
    graphql::{Classify, Code},
    operations,
    projects::{lease, orders::Ordered, upkeep::Limits},
    sessions::{
        new_prompt::{NewPart, NewPrompt},
        store as session_store,
    },
};
use tokio::sync::Barrier;

use crate::support::{bench::Bench, database::Kind, memory_host::Verb, until::until};

const SOON: Limits = Limits {
    sleep_after: Some(Duration::from_millis(300)),
    awake: None,
    memory_bytes: None,
};
const ONE: Limits = Limits {
    sleep_after: None,
    awake: Some(1),
    memory_bytes: None,
};

impl Bench {
    async fn running(&self, name: &str) -> Ordered {
        let ordered = self.create(name).await;
        self.reaches(&ordered, ProjectStatus::Running).await;
        ordered
    }

    async fn session(&self, ordered: &Ordered) -> SessionId {
        let session = self.sessions.create(&self.caller, ordered.project.id, None, None);
        session.await.unwrap().id
    }

    /// Nobody carries it to an agent here, so it waits for good.
    async fn prompt(&self, session: SessionId) -> MessageId {
        let prompt = NewPrompt {
            session,
            parts: vec![NewPart::Text("Hello".to_owned())],
            agent: None,
            model: None,
            interrupts: false,
        };
        self.sessions.send(&self.caller, prompt, None).await.unwrap().id
    }

    async fn becomes(&self, session: SessionId, status: SessionStatus) {
        let mut tx = self.reconciler.events.begin(Actor::Agent).await.unwrap();
        let row = session_store::get(&*tx, session).await.unwrap().unwrap();
        let row = entity::session::Model { status, ..row };
        session_store::save(&mut tx, row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The reconciler looks now, and not at the time it has planned.
    async fn look(&self, ordered: &Ordered) {
        let now = self.reconciler.clock.now();
        lease::demand_again(self.db.writer(), ordered.project.id, now)
            .await
            .unwrap();
        self.reconciler.wake.notify_one();
    }

    async fn comes_to(&self, ordered: &Ordered, what: &str, is_it: impl Fn(&project::Model) -> bool) -> project::Model {
        until(what, async || {
            self.look(ordered).await;
            self.project(ordered).await.filter(|project| is_it(project))
        })
        .await
    }

    async fn is_given_back(&self, ordered: &Ordered) {
        until("the project to be given back", async || {
            let work = work::Entity::find_by_id(ordered.project.id);
            let work = work.one(self.db.reader()).await.unwrap().unwrap();
            (work.lease_until.is_none() && work.due_at > self.reconciler.clock.now()).then_some(())
        })
        .await;
    }

    /// How many were told of.
    async fn events(&self) -> u64 {
        event::Entity::find().count(self.db.reader()).await.unwrap()
    }

    async fn awake(&self) -> usize {
        let all = self.host.list(self.outside.installation.0).await.unwrap();
        let runs = |state: &ContainerState| matches!(state, ContainerState::Running { .. });
        all.iter().filter(|container| runs(&container.state)).count()
    }
}

fn has(code: ProblemCode) -> impl Fn(&project::Model) -> bool {
    move |project| project.problem.as_ref().is_some_and(|problem| problem.code == code)
}

/// A project whose agent has gone to sleep by itself.
async fn asleep(kind: Kind) -> (Bench, Ordered) {
    let bench = Bench::with(kind, SOON).await;
    let ordered = bench.create("Dozy").await;
    bench.reaches(&ordered, ProjectStatus::Sleeping).await;
    until("the container to be stopped", async || {
        (bench.awake().await == 0).then_some(())
    })
    .await;
    (bench, ordered)
}

async fn an_idle_agent_sleeps_and_a_prompt_wakes_it(kind: Kind) {
    let (bench, ordered) = asleep(kind).await;
    let asleep = bench.project(&ordered).await.unwrap();
    let sleep = asleep.sleep.unwrap();
    assert_eq!((sleep.because, sleep.waking_since), (SleepReason::Idle, None));
    assert_eq!(
        asleep.desired,
        project::Desired::Running,
        "that it runs is still wanted"
    );

    let session = bench.session(&ordered).await;
    assert_eq!(
        bench.awake().await,
        0,
        "a session is a row: nobody needs to wake for it"
    );
    let starts = bench.host.calls(Verb::Start);
    let prompt = bench.prompt(session).await;
    let waking = bench.project(&ordered).await.unwrap();
    assert_eq!(waking.status, ProjectStatus::Starting);
    assert!(
        waking.sleep.unwrap().waking_since.is_some(),
        "it says why it takes a while"
    );
    bench.reaches(&ordered, ProjectStatus::Running).await;
    assert!(bench.project(&ordered).await.unwrap().sleep.is_none());
    assert_eq!(bench.host.calls(Verb::Start), starts + 1);

    // Another project has been idle as long: when that sleeps, this one could have.
    let marker = bench.create("Marker").await;
    bench.reaches(&marker, ProjectStatus::Sleeping).await;
    bench.look(&ordered).await;
    assert_eq!(
        bench.project(&ordered).await.unwrap().status,
        ProjectStatus::Running,
        "a prompt waits"
    );
    bench.sessions.cancel(&bench.caller, prompt, None).await.unwrap();
    bench
        .comes_to(&ordered, "sleep", |project| project.status == ProjectStatus::Sleeping)
        .await;
}

#[tokio::test]
async fn an_idle_agent_sleeps_and_a_prompt_wakes_it_on_sqlite() {
    an_idle_agent_sleeps_and_a_prompt_wakes_it(Kind::Sqlite).await;
}

#[tokio::test]
async fn an_idle_agent_sleeps_and_a_prompt_wakes_it_on_postgres() {
    an_idle_agent_sleeps_and_a_prompt_wakes_it(Kind::Postgres).await;
}

/// The reconciler has found the project idle and asks its agent when the prompt comes: the agent is not stopped.
async fn a_prompt_that_comes_as_it_goes_to_sleep_keeps_it_awake(kind: Kind) {
    let bench = Bench::with(kind, SOON).await;
    let barrier = Arc::new(Barrier::new(2));
    *bench.agents.hesitates.lock().unwrap() = Some(barrier.clone());
    let ordered = bench.create("Dozy").await;
    barrier.wait().await;
    let session = bench.session(&ordered).await;
    let prompt = bench.prompt(session).await;
    barrier.wait().await;
    bench.is_given_back(&ordered).await;
    let project = bench.project(&ordered).await.unwrap();
    assert_eq!((project.status, project.sleep), (ProjectStatus::Running, None));
    assert_eq!(
        bench.host.calls(Verb::Stop),
        0,
        "the agent was not stopped under the prompt"
    );
    let message = session_store::message(bench.db.reader(), prompt)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(message.delivery, Some(Delivery::Queued));
}

#[tokio::test]
async fn a_prompt_that_comes_as_it_goes_to_sleep_keeps_it_awake_on_sqlite() {
    a_prompt_that_comes_as_it_goes_to_sleep_keeps_it_awake(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_prompt_that_comes_as_it_goes_to_sleep_keeps_it_awake_on_postgres() {
    a_prompt_that_comes_as_it_goes_to_sleep_keeps_it_awake(Kind::Postgres).await;
}

/// What only the agent knows, and what is just being sent.
#[tokio::test]
async fn an_agent_that_works_or_is_being_sent_something_is_left_alone() {
    let bench = Bench::with(Kind::Sqlite, Limits::default()).await;
    let ordered = bench.running("Busy").await;
    let id = ordered.project.id;
    let passage = bench.outside.instances.get(id).unwrap().gate.pass().await.unwrap();
    let refused = async || {
        let asked = bench.projects.sleep(&bench.caller, id, None).await.unwrap();
        until("the operation to end", async || {
            let operation = operations::store::get(bench.db.reader(), asked.operation.id).await;
            operation.unwrap().filter(|operation| !operation.state.is_open())
        })
        .await
    };
    let operation = refused().await;
    assert_eq!(operation.state, OperationState::Failed);
    assert_eq!(operation.problem.unwrap().code, ProblemCode::Rejected);
    drop(passage);
    bench.agents.works.store(true, SeqCst);
    assert_eq!(refused().await.state, OperationState::Failed);
    bench.agents.works.store(false, SeqCst);
    assert_eq!((bench.host.calls(Verb::Stop), bench.awake().await), (0, 1));
    assert_eq!(
        refused().await.state,
        OperationState::Succeeded,
        "now nothing is asked of it"
    );
    assert_eq!(
        bench.project(&ordered).await.unwrap().sleep.unwrap().because,
        SleepReason::Asked
    );
}

#[tokio::test]
async fn what_cannot_be_put_to_sleep_or_woken_says_why() {
    let bench = Bench::with(Kind::Sqlite, Limits::default()).await;
    let ordered = bench.running("Busy").await;
    let id = ordered.project.id;
    let session = bench.session(&ordered).await;
    bench.becomes(session, SessionStatus::Busy).await;
    let error = bench
        .projects
        .sleep(&bench.caller, id, None)
        .await
        .unwrap_err()
        .failure();
    assert_eq!(error.code, Code::Conflict);
    assert!(error.message.contains("it works"), "{}", error.message);
    for seconds in [-1, 1, 59, 30 * 86_400 + 1] {
        let set = bench
            .projects
            .set_sleep_after(&bench.caller, id, Some(seconds), None)
            .await;
        assert_eq!(set.unwrap_err().failure().code, Code::InvalidInput, "{seconds}");
    }
    let stopped = bench.projects.stop(&bench.caller, id, None).await.unwrap();
    bench.reaches(&stopped, ProjectStatus::Stopped).await;
    let error = bench
        .projects
        .wake(&bench.caller, id, None)
        .await
        .unwrap_err()
        .failure();
    assert_eq!(error.code, Code::Conflict);
    assert!(
        bench.projects.sleep(&bench.caller, id, None).await.is_err(),
        "it is stopped"
    );
}

/// Another server over the same database: nobody wakes, and what is to sleep is not forgotten.
async fn sleep_outlives_the_server(kind: Kind) {
    let (bench, ordered) = asleep(kind).await;
    bench.stop.cancel();
    let mut next = bench.reconciler.clone();
    next.upkeep = Arc::new(server::projects::upkeep::Upkeep::new(SOON));
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(next.run(stop.clone()));
    // It has looked at the sleeping one as well once it has brought another to sleep.
    let other = bench.create("Other").await;
    bench.look(&ordered).await;
    bench.reaches(&other, ProjectStatus::Sleeping).await;
    let project = bench.project(&ordered).await.unwrap();
    assert_eq!(project.status, ProjectStatus::Sleeping);
    assert_eq!(project.sleep.unwrap().because, SleepReason::Idle);
    assert_eq!(bench.host.calls(Verb::Start), 2, "one for each project, none to wake");
    bench.projects.wake(&bench.caller, project.id, None).await.unwrap();
    bench.reaches(&ordered, ProjectStatus::Running).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn sleep_outlives_the_server_on_sqlite() {
    sleep_outlives_the_server(Kind::Sqlite).await;
}

#[tokio::test]
async fn sleep_outlives_the_server_on_postgres() {
    sleep_outlives_the_server(Kind::Postgres).await;
}
