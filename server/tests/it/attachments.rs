//! Attachments as rows and files: kept once, given to sessions, removed when they are due.

use std::{
    collections::BTreeSet,
    fs::File,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use chrono::TimeDelta;
use entity::{
    ids::{AttachmentId, DeviceId, SessionId},
    project::{self, Desired, ProjectStatus, Source},
    session,
};
use sea_orm::EntityTrait;
use server::{
    attachments::{Attachments, Error, service},
    auth::Access,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::{Actor, EventLog},
    projects::store,
    servers,
    sessions::store as sessions,
};

use crate::support::database::{Kind, TestDatabase};

struct Bench {
    db: Database,
    events: EventLog,
    clock: Clock,
    attachments: Attachments,
    caller: Caller,
    folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl Bench {
    async fn new(kind: Kind) -> Self {
        let (database, folder) = (TestDatabase::new(kind).await, tempfile::tempdir().unwrap());
        let clock = Clock::held_at(Clock::system().now());
        let db = Database::open(&database.url).await.unwrap();
        let events = EventLog::open(db.clone(), clock.clone()).await.unwrap();
        let scopes = BTreeSet::from([Scope::Read, Scope::Steer]);
        let access = Access::new(db.clone(), events.clone(), clock.clone());
        let paired = access.create_token("test", scopes.clone()).await.unwrap();
        let caller = Caller {
            device: paired.device.id,
            device_name: "test".to_owned(),
            scopes,
            expires_at: None,
        };
        let attachments = Attachments::new(db.clone(), clock.clone(), folder.path().join("attachments"));
        Self {
            db,
            events,
            clock,
            attachments,
            caller,
            folder,
            _database: database,
        }
    }

    async fn session(&self) -> SessionId {
        servers::store::this_machine(&self.db, &self.clock, "here")
            .await
            .unwrap();
        let mut tx = self.events.begin(Actor::Server).await.unwrap();
        let server = entity::server::Entity::find().one(&*tx).await.unwrap().unwrap();
        let now = self.clock.now();
        let id = entity::ids::ProjectId::generate();
        let project = project::Model {
            id,
            name: "Demo".to_owned(),
            slug: id.0.simple().to_string(),
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
        store::insert(&mut tx, project).await.unwrap();
        let session = session::Model::new(id, "t".to_owned(), now);
        let session = sessions::insert(&mut tx, session).await.unwrap();
        tx.commit().await.unwrap();
        session.id
    }

    async fn take(&self, name: &str, content: &'static str) -> AttachmentId {
        let content = Bytes::from_static(content.as_bytes());
        self.attachments.take(&self.caller, name, content).await.unwrap().id
    }

    async fn give(&self, caller: &Caller, session: SessionId, id: AttachmentId) -> Result<AttachmentId, Error> {
        let tx = self.db.begin().await.unwrap();
        let given = service::give(&tx, caller, session, id).await?;
        tx.commit().await.unwrap();
        Ok(given.id)
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.folder.path().join("attachments")).unwrap();
        folder.map(|entry| entry.unwrap().path()).collect()
    }

    fn wait(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours));
    }

    async fn text(&self, id: AttachmentId) -> Option<String> {
        let content = self.attachments.content_of(id).await.unwrap();
        content.map(|content| String::from_utf8(content).unwrap())
    }
}

async fn kept_once_and_as_long_as_it_is_needed(kind: Kind) {
    let bench = Bench::new(kind).await;
    let first = bench.take("a.txt", "one").await;
    assert_eq!(
        bench.take("a.txt", "one").await,
        first,
        "the answer was lost, and it was sent again"
    );
    let other = bench.take("b.txt", "one").await;
    let left = bench.take("c.txt", "three").await;
    assert!(first != other && bench.files().len() == 2);

    let (session, another) = (bench.session().await, bench.session().await);
    let stranger = Caller {
        device: DeviceId::generate(),
        ..bench.caller.clone()
    };
    let refused = bench.give(&stranger, session, first).await;
    assert!(
        matches!(refused, Err(Error::NotFound)),
        "it is another device's, and no prompt's yet"
    );
    assert_eq!(bench.give(&bench.caller, session, first).await.unwrap(), first);
    assert_eq!(bench.give(&stranger, session, first).await.unwrap(), first);
    let copy = bench.give(&stranger, another, first).await.unwrap();
    assert_ne!(copy, first);
    assert_ne!(bench.take("a.txt", "one").await, first, "that one is a prompt's");
    assert!(bench.attachments.open(&stranger, left).await.unwrap().is_none());
    assert!(bench.attachments.open(&stranger, first).await.unwrap().is_some());

    bench.wait(23);
    bench.attachments.tidy().await.unwrap();
    assert_eq!(bench.text(left).await.as_deref(), Some("three"));
    // Uploaded again, it has a day again.
    bench.take("c.txt", "three").await;
    bench.wait(2);
    bench.attachments.tidy().await.unwrap();
    assert_eq!(bench.text(other).await, None);
    assert_eq!(bench.text(left).await.as_deref(), Some("three"));
    bench.wait(23);
    bench.attachments.tidy().await.unwrap();
    assert_eq!((bench.text(left).await, bench.files().len()), (None, 1));

    // It goes with the last session that has it.
    for (gone, left) in [(session, 1), (another, 0)] {
        sessions::remove(bench.db.writer(), gone).await.unwrap();
        bench.wait(2);
        bench.attachments.tidy().await.unwrap();
        assert_eq!(bench.files().len(), left);
    }
    assert_eq!(bench.text(copy).await, None);
}

#[tokio::test]
async fn attachments_are_kept_once_and_as_long_as_they_are_needed_on_sqlite() {
    kept_once_and_as_long_as_it_is_needed(Kind::Sqlite).await;
}

#[tokio::test]
async fn attachments_are_kept_once_and_as_long_as_they_are_needed_on_postgres() {
    kept_once_and_as_long_as_it_is_needed(Kind::Postgres).await;
}

#[tokio::test]
async fn attachments_that_cannot_be_are_refused() {
    let bench = Bench::new(Kind::Sqlite).await;
    let take = async |name: &str, content: Vec<u8>| bench.attachments.take(&bench.caller, name, content.into()).await;
    for name in ["", " ", "a/b", "a\\b", "a\nb", &"n".repeat(201)] {
        assert!(matches!(take(name, b"x".to_vec()).await, Err(Error::Name)), "{name:?}");
    }
    assert!(matches!(take("a", Vec::new()).await, Err(Error::Empty)));
    assert!(matches!(take("a", b"\x7fELF\0".to_vec()).await, Err(Error::Kind)));
    assert!(matches!(take("a", vec![b'x'; 5_000_001]).await, Err(Error::TooLarge)));
    let reader = Caller {
        scopes: BTreeSet::from([Scope::Read]),
        ..bench.caller.clone()
    };
    let refused = bench.attachments.take(&reader, "a", Bytes::from_static(b"x")).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    // A device cannot fill the disk with what it does not use.
    for number in 0..service::MAX_UNUSED {
        take("a", number.to_string().into_bytes()).await.unwrap();
    }
    assert!(matches!(take("a", b"one more".to_vec()).await, Err(Error::TooMany)));
    assert_eq!(bench.files().len(), service::MAX_UNUSED, "nor with what is refused");
    let half = bench.folder.path().join("attachments/partial-of-a-killed-server");
    std::fs::write(&half, "half").unwrap();
    let old = SystemTime::from(bench.clock.now()) - Duration::from_secs(7200);
    File::options()
        .write(true)
        .open(&half)
        .unwrap()
        .set_modified(old)
        .unwrap();
    bench.attachments.tidy().await.unwrap();
    assert!(!half.exists());
}
