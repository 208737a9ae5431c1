//! Clients that follow the event log: one for as long as the run lasts, others that leave and resume by cursor.

use std::time::Duration;

use client::{Client, Cursor, types::Change};
use futures_util::StreamExt;
use rand::rngs::StdRng;
use tokio::{sync::watch, time::timeout};

use crate::{
    agent::seq_of,
    chance::{is, millis},
    history::{Fact, History},
};

pub struct Follower {
    pub number: usize,
    pub client: Client,
    pub history: History,
    pub rng: StdRng,
    pub from: Cursor,
    /// Whether it leaves now and then.
    pub is_restless: bool,
}

impl Follower {
    /// Until it has seen the event of the number that `last` holds in the end.
    pub async fn run(mut self, mut last: watch::Receiver<Option<i64>>) {
        let mut seen = seq_of(&self.from.0).unwrap_or_default();
        loop {
            let mut events = self.client.follow(Some(self.from.clone()), None);
            let stay = if self.is_restless {
                millis(&mut self.rng, 20..3_000)
            } else {
                Duration::from_secs(24 * 3600)
            };
            let watching = async {
                loop {
                    let end = *last.borrow();
                    if end.is_some_and(|end| seen >= end) {
                        return true;
                    }
                    tokio::select! {
                        event = events.next() => match event {
                            Some(Ok(event)) => {
                                seen = self.note(&event);
                                self.from = event.cursor;
                            }
                            Some(Err(error)) => return self.give_up(&error.to_string()),
                            None => return self.give_up("its stream ended"),
                        },
                        _ = last.changed() => {}
                    }
                }
            };
            if timeout(stay, watching).await == Ok(true) {
                return;
            }
            drop(events);
            if is(&mut self.rng, 0.5) {
                tokio::time::sleep(millis(&mut self.rng, 0..1_000)).await;
            }
        }
    }

    fn note(&self, event: &client::types::Event) -> i64 {
        let seq = seq_of(&event.cursor.0).unwrap_or_default();
        let kind = match &event.change {
            Change::ProjectChanged(_) => "project_changed",
            Change::ProjectDeleted(_) => "project_deleted",
            Change::OperationProgressed(_) => "operation_progressed",
            Change::SessionChanged(_) => "session_changed",
            Change::SessionDeleted(_) => "session_deleted",
            Change::MessageChanged(_) => "message_changed",
            Change::DeviceChanged(_) => "device_changed",
            other => {
                self.give_up(&format!("{other:?}"));
                return seq;
            }
        };
        self.history.note(Fact::Event {
            follower: self.number,
            seq,
            kind: kind.to_owned(),
        });
        seq
    }

    fn give_up(&self, why: &str) -> bool {
        self.history.note(Fact::Broken {
            follower: self.number,
            why: why.to_owned(),
        });
        true
    }
}
