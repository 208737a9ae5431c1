//! Clients of the event log, each with a history that is checked as it grows.
//!
//! The number in a cursor is the server's own affair; the proof looks inside, because that numbers are given without
//! gaps is what makes a missing event visible.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use client::{
    Client, Cursor,
    types::{Change, Event, ProjectBy, ResyncReason},
};
use futures_util::StreamExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// How a follower behaves.
#[derive(Clone, Debug, Default)]
pub struct Habit {
    pub name: String,
    /// A pause after each event: a slow reader.
    pub pause: Option<Duration>,
    /// Leaves of itself and comes back with its cursor, as an app does that is closed and opened.
    pub reopens: bool,
    /// Goes away with a cursor and comes back when the log has dropped what it missed.
    pub sleeps: bool,
    pub seed: u64,
}

/// What a follower saw.
#[derive(Debug, Default)]
pub struct History {
    /// The number of each event, and what it was about.
    pub seen: Vec<(i64, u64)>,
    pub resyncs: u64,
    pub reopened: u64,
    /// What it holds of the project: kept by events, and read afresh when it must be.
    pub description: Option<String>,
    pub faults: Vec<String>,
}

impl History {
    pub fn last(&self) -> i64 {
        self.seen.last().map_or(0, |(seq, _)| *seq)
    }
}

/// A follower between two of its connections.
pub struct Follower {
    pub client: Client,
    pub project: String,
    pub habit: Habit,
    pub cursor: Cursor,
    /// Everything up to here was seen, or is known to be missed.
    position: i64,
    pub history: History,
}

impl Follower {
    pub fn new(client: Client, project: String, habit: Habit, cursor: Cursor) -> Self {
        let position = number(&cursor).unwrap_or_default();
        Self {
            client,
            project,
            habit,
            cursor,
            position,
            history: History::default(),
        }
    }

    /// Follows until it has seen everything up to the end, which is given when it is known.
    pub async fn follow(&mut self, end: &watch::Receiver<Option<i64>>) {
        let mut end = end.clone();
        let mut chance = StdRng::seed_from_u64(self.habit.seed);
        let mut events = self.client.follow(Some(self.cursor.clone()), None);
        loop {
            if end.borrow_and_update().is_some_and(|end| self.position >= end) {
                return;
            }
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.take(event).await,
                    Some(Err(error)) => return self.complain(format!("gave up: {error}")),
                    None => return self.complain("its stream ended".to_owned()),
                },
                _ = end.changed() => continue,
            }
            if let Some(pause) = self.habit.pause {
                sleep(pause).await;
            }
            if self.habit.reopens && chance.random_ratio(1, 150) {
                self.history.reopened += 1;
                events = self.client.follow(Some(self.cursor.clone()), None);
            }
        }
    }

    /// Follows until it has seen so many events.
    pub async fn follow_for(&mut self, count: usize, patience: Duration) {
        let mut events = self.client.follow(Some(self.cursor.clone()), None);
        let enough = self.history.seen.len() + count;
        let followed = timeout(patience, async {
            while self.history.seen.len() < enough {
                match events.next().await {
                    Some(Ok(event)) => self.take(event).await,
                    _ => return,
                }
            }
        });
        if followed.await.is_err() {
            self.complain("saw too little before it slept".to_owned());
        }
    }

    async fn take(&mut self, event: Event) {
        if let Change::ResyncRequired(resync) = &event.change {
            return self.resync(&resync.reason, resync.cursor.clone()).await;
        }
        let Some(seq) = number(&event.cursor) else {
            return self.complain(format!("no cursor: {}", event.cursor));
        };
        if seq != self.position + 1 {
            let what = if seq <= self.position {
                "twice or out of order"
            } else {
                "missing before it"
            };
            self.complain(format!("event {seq} after {}: {what}", self.position));
        }
        self.position = seq;
        self.history.seen.push((seq, subject(&event.change)));
        if let Change::ProjectChanged(change) = event.change
            && let Some(project) = change.project
        {
            self.history.description = project.description;
        }
        self.cursor = event.cursor;
    }

    /// Something was missed, and it was told so: it reads afresh and goes on.
    async fn resync(&mut self, reason: &ResyncReason, cursor: Cursor) {
        self.history.resyncs += 1;
        let to = number(&cursor).unwrap_or_default();
        if *reason != ResyncReason::TooOld || to <= self.position {
            self.complain(format!("a demand to read afresh at {to} without a cause ({reason:?})"));
        }
        self.position = to;
        self.cursor = cursor;
        match self.client.project(ProjectBy::Id(self.project.clone())).await {
            Ok(Some(project)) => self.history.description = project.description,
            Ok(None) => self.complain("the project is gone".to_owned()),
            Err(error) => self.complain(format!("could not read afresh: {error}")),
        }
    }

    fn complain(&mut self, what: String) {
        if self.history.faults.len() < 20 {
            self.history.faults.push(format!("{}: {what}", self.habit.name));
        }
    }
}

/// The number of the event after which a cursor stands.
pub fn number(cursor: &Cursor) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?;
    Some(i64::from_be_bytes(bytes.last_chunk::<8>().copied()?))
}

/// What an event is about. What it carries is the thing as it is when it is read, and differs.
fn subject(change: &Change) -> u64 {
    let (kind, id) = match change {
        Change::ProjectChanged(change) => ("project", change.project_id.as_str()),
        Change::ProjectDeleted(change) => ("project gone", change.project_id.as_str()),
        Change::OperationProgressed(change) => ("operation", change.operation_id.as_str()),
        Change::SessionChanged(change) => ("session", change.session_id.as_str()),
        Change::SessionDeleted(change) => ("session gone", change.session_id.as_str()),
        Change::MessageChanged(change) => ("message", change.message_id.as_str()),
        Change::TodosChanged(change) => ("todos", change.session_id.as_str()),
        Change::DecisionRequested(change) => ("decision", change.decision_id.as_str()),
        Change::DecisionClosed(change) => ("decision closed", change.decision_id.as_str()),
        Change::DeviceChanged(change) => ("device", change.device_id.as_str()),
        Change::GithubAccountChanged(_) => ("account", ""),
        Change::Bookmark(_) | Change::ResyncRequired(_) | Change::Unknown => ("", ""),
    };
    let mut hasher = DefaultHasher::new();
    (kind, id).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use client::SecretString;

    use super::*;

    fn cursor(seq: i64) -> Cursor {
        let mut bytes = [0; 25];
        bytes[17..].copy_from_slice(&seq.to_be_bytes());
        Cursor(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn event(seq: i64, change: Change) -> Event {
        Event {
            cursor: cursor(seq),
            at: Default::default(),
            actor: client::types::Actor {
                kind: client::types::ActorKind::Server,
                device: None,
            },
            change,
        }
    }

    async fn faults(seqs: &[i64]) -> usize {
        // Never called: nothing here asks the server.
        let client = Client::new("http://127.0.0.1:1", SecretString::from("none")).unwrap();
        let mut follower = Follower::new(client, "p".to_owned(), Habit::default(), cursor(4));
        for seq in seqs {
            follower.take(event(*seq, Change::Unknown)).await;
        }
        follower.history.faults.len()
    }

    #[tokio::test]
    async fn the_checker_sees_what_is_missing_what_comes_twice_and_what_is_out_of_order() {
        assert_eq!(faults(&[5, 6, 7]).await, 0);
        assert_eq!(faults(&[6, 7]).await, 1, "missing at the beginning");
        assert_eq!(faults(&[5, 7, 8]).await, 1, "missing in between");
        assert_eq!(faults(&[5, 6, 6, 7]).await, 1, "twice");
        assert_eq!(faults(&[5, 4, 5, 6]).await, 1, "again from before");
        assert_eq!(faults(&[5, 7, 6, 8]).await, 3, "out of order");
    }
}
