//! The event log against a model of a few lines: whatever is appended, undone, dropped and asked for in whatever order,
//! both say the same.

use entity::ids::ProjectId;
use futures_util::StreamExt;
use proptest::{prelude::*, test_runner::TestRunner};
use server::{
    clock::Clock,
    db::Database,
    events::{Actor, Cursor, Delivery, EventLog, Filter, Payload, Resync, retention::Retention},
};

use crate::support::database::{Kind, TestDatabase};

const PROJECTS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    /// One transaction with an event of each of these projects.
    Append(Vec<usize>),
    Undo(Vec<usize>),
    /// Drops all but so many.
    Trim(u64),
    /// Another process opens the same log.
    Reopen,
    Follow {
        from: From,
        of: Option<usize>,
    },
}

#[derive(Clone, Debug)]
enum From {
    /// So many events before the newest.
    Back(i64),
    Future(i64),
    AnotherLog,
    Now,
}

fn step() -> impl Strategy<Value = Step> {
    let projects = proptest::collection::btree_set(0..PROJECTS, 1..=PROJECTS);
    let from = prop_oneof![
        6 => (0..40_i64).prop_map(From::Back),
        1 => (1..5_i64).prop_map(From::Future),
        1 => Just(From::AnotherLog),
        1 => Just(From::Now),
    ];
    prop_oneof![
        5 => projects.clone().prop_map(|projects| Step::Append(projects.into_iter().collect())),
        1 => projects.prop_map(|projects| Step::Undo(projects.into_iter().collect())),
        1 => (0..20_u64).prop_map(Step::Trim),
        1 => Just(Step::Reopen),
        4 => (from, proptest::option::of(0..PROJECTS)).prop_map(|(from, of)| Step::Follow { from, of }),
    ]
}

/// What must be true of the log.
struct Model {
    projects: Vec<ProjectId>,
    /// The project of each event that was ever committed; the first has the number 1.
    events: Vec<usize>,
    floor: i64,
}

impl Model {
    fn last(&self) -> i64 {
        i64::try_from(self.events.len()).unwrap()
    }

    fn after(&self, seq: i64, of: Option<usize>) -> Vec<(i64, ProjectId)> {
        let all = (1..).zip(&self.events);
        all.filter(|(number, project)| *number > seq && of.is_none_or(|of| of == **project))
            .map(|(number, project)| (number, self.projects[*project]))
            .collect()
    }
}

async fn story(database: &TestDatabase, steps: Vec<Step>) {
    let db = Database::open(&database.url).await.unwrap();
    let mut log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let mut model = Model {
        projects: (0..PROJECTS).map(|_| ProjectId::generate()).collect(),
        events: Vec::new(),
        floor: 0,
    };
    for step in steps {
        match step {
            Step::Append(projects) => append(&log, &mut model, &projects).await,
            Step::Undo(projects) => {
                let mut tx = log.begin(Actor::Server).await.unwrap();
                projects.iter().for_each(|project| tx.emit(changed(&model, *project)));
                drop(tx);
            }
            Step::Trim(keep_events) => {
                let keep = Retention {
                    keep_days: 30,
                    keep_events,
                };
                let floor = model.floor.max(model.last() - i64::try_from(keep_events).unwrap());
                assert_eq!(log.trim(keep).await.unwrap(), floor - model.floor);
                model.floor = floor;
            }
            Step::Reopen => log = EventLog::open(db.clone(), Clock::system()).await.unwrap(),
            Step::Follow { from, of } => follow(&log, &mut model, &from, of).await,
        }
        assert_eq!(log.cursor().await.unwrap(), log.at(model.last()));
    }
    db.close().await.unwrap();
}

fn changed(model: &Model, project: usize) -> Payload {
    Payload::ProjectChanged {
        project: model.projects[project],
    }
}

async fn append(log: &EventLog, model: &mut Model, projects: &[usize]) {
    let mut tx = log.begin(Actor::Server).await.unwrap();
    projects.iter().for_each(|project| tx.emit(changed(model, *project)));
    model.events.extend(projects);
    assert_eq!(tx.commit().await.unwrap(), Some(model.last()));
}

/// What is there comes first, and then, without a gap, what is appended while one follows.
async fn follow(log: &EventLog, model: &mut Model, from: &From, of: Option<usize>) {
    let cursor = match from {
        From::Back(count) => Some(log.at((model.last() - count).max(0))),
        From::Future(count) => Some(log.at(model.last() + count)),
        From::AnotherLog => Some(Cursor {
            epoch: uuid::Uuid::new_v4(),
            ..log.at(model.last())
        }),
        From::Now => None,
    };
    let filter = Filter {
        projects: of.map(|of| model.projects[of]).into_iter().collect(),
        kinds: Vec::new(),
    };
    let expected = match (from, cursor) {
        (From::Future(_) | From::AnotherLog, _) => Err(Resync::OtherLog),
        (_, Some(cursor)) if cursor.seq < model.floor => Err(Resync::TooOld),
        (_, Some(cursor)) => Ok(cursor.seq),
        (_, None) => Ok(model.last()),
    };
    let mut events = Box::pin(log.follow(cursor, filter).await.unwrap());
    let position = match expected {
        Ok(position) => position,
        Err(why) => {
            let told = events.next().await.unwrap().unwrap();
            let cursor = log.at(model.last());
            assert_eq!(told, Delivery::Resync { reason: why, cursor });
            model.last()
        }
    };
    append(log, model, &(0..PROJECTS).collect::<Vec<_>>()).await;
    for (seq, project) in model.after(position, of) {
        match events.next().await.unwrap().unwrap() {
            Delivery::Event(event) => assert_eq!((event.seq, event.payload.project()), (seq, Some(project))),
            other => panic!("{other:?} instead of event {seq}"),
        }
    }
}

fn follows_the_model(kind: Kind, cases: u32) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let steps = proptest::collection::vec(step(), 1..40);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            let database = TestDatabase::new(kind).await;
            story(&database, steps).await;
        });
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn event_log_follows_its_model_on_sqlite() {
    follows_the_model(Kind::Sqlite, 24);
}

#[test]
fn event_log_follows_its_model_on_postgres() {
    follows_the_model(Kind::Postgres, 10);
}
