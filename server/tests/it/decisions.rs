//! Decisions over a held clock: closed once whoever races, never opened again, refused when their time is up.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use entity::{
    decision::{self, Answer, AnswerDelivery, DecisionState, WithdrawnBecause},
    decision_policy::PolicyMode,
    ids::{DecisionId, ProjectId},
    project::{self, Desired, ProjectStatus, Source},
    session::{self, SessionStatus},
};
use server::{
    agent::{AgentAsk, AskContent, Settlement},
    auth::Access,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    decisions::{Decisions, Error, intake::Agent, new_policy::NewPolicy, store},
    events::{Actor, Event, EventLog, Filter, Kind as EventKind, Page},
    projects, servers, sessions,
};
use uuid::Uuid;

use crate::support::database::{Kind, TestDatabase};

struct Bench {
    db: Database,
    events: EventLog,
    clock: Clock,
    decisions: Decisions,
    callers: Vec<Caller>,
    session: session::Model,
    run: Uuid,
    _database: TestDatabase,
}

impl Bench {
    async fn new(kind: Kind) -> Self {
        let database = TestDatabase::new(kind).await;
        let clock = Clock::held_at(DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        let db = Database::open(&database.url).await.unwrap();
        let events = EventLog::open(db.clone(), clock.clone()).await.unwrap();
        let server = servers::store::this_machine(&db, &clock, "here").await.unwrap();
        let access = Access::new(db.clone(), events.clone(), clock.clone());
        let mut callers = Vec::new();
        for name in ["phone", "tablet"] {
            let scopes = BTreeSet::from([Scope::Manage]);
            let device = access.create_token(name, scopes.clone()).await.unwrap().device;
            callers.push(Caller {
                device: device.id,
                device_name: device.name,
                scopes,
                expires_at: None,
            });
        }
        let now = clock.now();
        let mut tx = events.begin(Actor::Server).await.unwrap();
        let project = project::Model {
            id: ProjectId::generate(),
            name: "Demo".to_owned(),
            slug: "demo".to_owned(),
            description: None,
            server_id: server.id,
            source: Source::Empty,
            desired: Desired::Running,
            generation: 1,
            retired_run: None,
            keep_repository: false,
            status: ProjectStatus::Running,
            problem: None,
            agent_version: None,
            sleep: None,
            sleep_after_seconds: None,
            created_at: now,
            updated_at: now,
        };
        let project = projects::store::insert(&mut tx, project).await.unwrap();
        let session = session::Model {
            external_id: Some("ses_1".to_owned()),
            status: SessionStatus::Busy,
            ..session::Model::new(project.id, "Demo".to_owned(), now)
        };
        let session = sessions::store::insert(&mut tx, session).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            decisions: Decisions::new(db.clone(), events.clone(), clock.clone()),
            db,
            events,
            clock,
            callers,
            session,
            run: Uuid::new_v4(),
            _database: database,
        }
    }

    /// The agent asks to run a command.
    async fn hear(&self, id: &str, command: &str) -> decision::Model {
        let told = AgentAsk {
            id: id.to_owned(),
            session_id: "ses_1".to_owned(),
            call: None,
            content: AskContent::Permission {
                tool: "bash".to_owned(),
                patterns: vec![command.to_owned()],
                always: Vec::new(),
                command: Some(command.to_owned()),
                path: None,
                url: None,
                diff: None,
            },
        };
        let agent = Agent {
            project: self.session.project_id,
            run: self.run,
            workspace: "/w",
        };
        self.decisions
            .asked(agent, &self.session, self.session.id, &told)
            .await
            .unwrap();
        store::by_external(self.db.writer(), agent.project, id)
            .await
            .unwrap()
            .unwrap()
    }

    async fn row(&self, id: DecisionId) -> decision::Model {
        store::get(self.db.writer(), id).await.unwrap().unwrap()
    }

    async fn told(&self) -> Vec<Event> {
        let filter = Filter {
            projects: Vec::new(),
            kinds: vec![EventKind::DecisionRequested, EventKind::DecisionClosed],
        };
        match self.events.page(0, &filter, 1_000).await.unwrap() {
            Page::Events { events, .. } => events,
            Page::TooOld => panic!("nothing was dropped"),
        }
    }

    async fn policy(&self, mode: PolicyMode, wait_seconds: Option<i32>) {
        let new = NewPolicy {
            mode,
            rules: Vec::new(),
            wait_seconds,
        };
        let project = self.session.project_id;
        let set = self.decisions.set_policy(&self.callers[0], project, new, None);
        set.await.unwrap();
    }
}

fn no() -> Answer {
    Answer::Reject {
        message: Some("No.".to_owned()),
    }
}

async fn one_of_many(kind: Kind) {
    const DECISIONS: usize = 20;
    const EACH: usize = 6;
    let bench = Bench::new(kind).await;
    for number in 0..DECISIONS {
        let asked = bench.hear(&format!("per_{number}"), "make").await;
        let tries = (0..EACH).map(|place| {
            let (decisions, caller) = (bench.decisions.clone(), bench.callers[place % 2].clone());
            let answer = if place % 3 == 0 { Answer::Once } else { no() };
            tokio::spawn(async move {
                let outcome = decisions.decide(&caller, asked.id, answer.clone(), None).await;
                (caller.device, answer, outcome)
            })
        });
        let outcomes = futures_util::future::join_all(tries).await;
        let row = bench.row(asked.id).await;
        assert_eq!(
            (row.state, row.delivery),
            (DecisionState::Decided, Some(AnswerDelivery::Queued))
        );
        for outcome in outcomes {
            let (device, answer, outcome) = outcome.unwrap();
            let is_winner = row.decided_by == Some(device) && row.answer.as_ref() == Some(&answer);
            match outcome {
                Ok(decided) => {
                    assert!(is_winner, "{device} was told that {answer:?} counts");
                    assert_eq!(decided, row);
                }
                Err(Error::Closed(closed)) => {
                    assert!(!is_winner);
                    assert_eq!(closed.by.map(|(device, _)| device), row.decided_by);
                    assert_eq!(Some(closed.at), row.decided_at);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    let told = bench.told().await;
    assert_eq!(told.len(), 2 * DECISIONS, "one request and one end each");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_of_many_counts_on_sqlite() {
    one_of_many(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_of_many_counts_on_postgres() {
    one_of_many(Kind::Postgres).await;
}

async fn repeated(kind: Kind) {
    let bench = Bench::new(kind).await;
    let (phone, tablet) = (&bench.callers[0], &bench.callers[1]);
    let asked = bench.hear("per_1", "make").await;
    let decisions = &bench.decisions;
    let decided = decisions
        .decide(phone, asked.id, Answer::Once, Some("m1"))
        .await
        .unwrap();
    bench.clock.advance(TimeDelta::seconds(5));
    // By the id of the mutation, and without.
    for id in [Some("m1"), Some("m2"), None] {
        assert_eq!(
            decisions.decide(phone, asked.id, Answer::Once, id).await.unwrap(),
            decided
        );
    }
    let other_content = decisions.decide(phone, asked.id, no(), Some("m1")).await;
    assert!(matches!(other_content, Err(Error::Idempotency(_))), "{other_content:?}");
    // The same answer of another device is a second one.
    let second = decisions.decide(tablet, asked.id, Answer::Once, None).await;
    let Err(Error::Closed(closed)) = second else {
        panic!("{second:?}")
    };
    assert_eq!(closed.by, Some((phone.device, "phone".to_owned())));

    // However late the agent's list or stream tells of it, what is closed stays closed.
    assert_eq!(bench.hear("per_1", "make").await, decided);
    decisions
        .settled(bench.session.project_id, "per_1", Settlement::Accepted)
        .await
        .unwrap();
    assert_eq!(bench.hear("per_1", "make").await.delivery, Some(AnswerDelivery::Done));
    decisions.turn_ended(bench.session.id).await.unwrap();
    assert_eq!(bench.row(asked.id).await.state, DecisionState::Decided);
    assert_eq!(bench.told().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_repeated_or_late_changes_nothing_on_sqlite() {
    repeated(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_repeated_or_late_changes_nothing_on_postgres() {
    repeated(Kind::Postgres).await;
}

async fn withdrawn(kind: Kind) {
    let bench = Bench::new(kind).await;
    let (decisions, phone) = (&bench.decisions, &bench.callers[0]);
    let project = bench.session.project_id;

    // Settled by something else: not if it went as decided here.
    let covered = bench.hear("per_covered", "make").await;
    decisions
        .settled(project, "per_covered", Settlement::Accepted)
        .await
        .unwrap();
    let against = bench.hear("per_against", "make").await;
    decisions.decide(phone, against.id, Answer::Once, None).await.unwrap();
    decisions
        .settled(project, "per_against", Settlement::Refused)
        .await
        .unwrap();
    // Its turn is over, before and after the answer is on its way.
    let open = bench.hear("per_open", "make").await;
    let unsent = bench.hear("per_unsent", "make").await;
    decisions.decide(phone, unsent.id, Answer::Once, None).await.unwrap();
    let sent = bench.hear("per_sent", "make").await;
    decisions.decide(phone, sent.id, Answer::Once, None).await.unwrap();
    assert!(store::note_tried(bench.db.writer(), sent.id).await.unwrap());
    decisions.turn_ended(bench.session.id).await.unwrap();
    let why = async |asked: &decision::Model| bench.row(asked.id).await.withdrawn_because;
    assert_eq!(why(&covered).await, Some(WithdrawnBecause::SettledElsewhere));
    assert_eq!(why(&against).await, Some(WithdrawnBecause::SettledElsewhere));
    assert_eq!(why(&open).await, Some(WithdrawnBecause::TurnEnded));
    assert_eq!(why(&unsent).await, Some(WithdrawnBecause::TurnEnded));
    assert_eq!(why(&sent).await, None);
    // Nothing is sent of what is withdrawn.
    assert!(!store::note_tried(bench.db.writer(), unsent.id).await.unwrap());

    // Another run: neither what waits nor what was not taken has anybody to go to.
    let waiting = bench.hear("per_waiting", "make").await;
    decisions.agent_began(project, bench.run).await.unwrap();
    assert_eq!(why(&waiting).await, None);
    decisions.agent_began(project, Uuid::new_v4()).await.unwrap();
    assert_eq!(why(&waiting).await, Some(WithdrawnBecause::AgentEnded));
    assert_eq!(why(&sent).await, Some(WithdrawnBecause::AgentEnded));
    let late = decisions.decide(phone, waiting.id, Answer::Once, None).await;
    assert!(matches!(late, Err(Error::Closed(_))), "{late:?}");
    assert!(store::undelivered(bench.db.writer(), project).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_withdrawn_on_sqlite() {
    withdrawn(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_withdrawn_on_postgres() {
    withdrawn(Kind::Postgres).await;
}

async fn expired(kind: Kind) {
    let bench = Bench::new(kind).await;
    let decisions = &bench.decisions;
    let before = bench.hear("per_before", "make").await;
    assert_eq!(before.expires_at, None);
    bench.policy(PolicyMode::Ask, Some(600)).await;
    // Also for what waited already, from when it was asked.
    assert_eq!(
        bench.row(before.id).await.expires_at,
        Some(before.created_at + TimeDelta::seconds(600))
    );
    bench.clock.advance(TimeDelta::seconds(300));
    let after = bench.hear("per_after", "make").await;
    bench.clock.advance(TimeDelta::seconds(299));
    decisions.expire().await.unwrap();
    assert_eq!(bench.row(before.id).await.state, DecisionState::Pending);

    bench.clock.advance(TimeDelta::seconds(1));
    decisions.expire().await.unwrap();
    let row = bench.row(before.id).await;
    assert_eq!(
        (row.state, row.decided_by, row.delivery),
        (DecisionState::Expired, None, Some(AnswerDelivery::Queued))
    );
    let Some(Answer::Reject { message: Some(words) }) = row.answer else {
        panic!("{:?}", row.answer)
    };
    assert!(words.contains("within 10 minutes"), "{words}");
    assert_eq!(bench.row(after.id).await.state, DecisionState::Pending);

    // What is answered does not expire, and without a limit nothing does.
    decisions
        .decide(&bench.callers[0], after.id, Answer::Once, None)
        .await
        .unwrap();
    bench.policy(PolicyMode::Ask, None).await;
    let patient = bench.hear("per_patient", "make").await;
    bench.clock.advance(TimeDelta::days(365));
    decisions.expire().await.unwrap();
    assert_eq!(bench.row(after.id).await.state, DecisionState::Decided);
    assert_eq!(bench.row(patient.id).await.state, DecisionState::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_is_refused_in_time_on_sqlite() {
    expired(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_is_refused_in_time_on_postgres() {
    expired(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_has_limits_and_needs_the_scope() {
    let bench = Bench::new(Kind::Sqlite).await;
    let mut weak = bench.callers[0].clone();
    weak.scopes = BTreeSet::from([Scope::Steer]);
    let policy = |rules: usize, pattern: &str, wait_seconds| NewPolicy {
        mode: PolicyMode::AllowAll,
        rules: vec![
            entity::decision_policy::Rule {
                tool: None,
                pattern: pattern.to_owned(),
                is_allowed: true,
            };
            rules
        ],
        wait_seconds,
    };
    let project = bench.session.project_id;
    let set = async |caller: &Caller, new| bench.decisions.set_policy(caller, project, new, None).await;
    assert!(matches!(
        set(&weak, policy(0, "", None)).await,
        Err(Error::Forbidden(_))
    ));
    let caller = &bench.callers[0];
    assert!(matches!(set(caller, policy(101, "ls", None)).await, Err(Error::Rules)));
    assert!(matches!(set(caller, policy(1, "", None)).await, Err(Error::Rules)));
    assert!(matches!(
        set(caller, policy(1, &"x".repeat(501), None)).await,
        Err(Error::Rules)
    ));
    assert!(matches!(set(caller, policy(0, "", Some(9))).await, Err(Error::Wait)));
    assert!(matches!(
        set(caller, policy(0, "", Some(30 * 86_400 + 1))).await,
        Err(Error::Wait)
    ));
    assert!(set(caller, policy(100, "ls *", Some(10))).await.is_ok());
    weak.scopes = BTreeSet::from([Scope::Read]);
    let asked = bench.hear("per_1", "make").await;
    assert_eq!(
        (asked.state, asked.decided_by),
        (DecisionState::Decided, None),
        "the policy allows it"
    );
    let refused = bench.decisions.decide(&weak, asked.id, Answer::Once, None).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}
