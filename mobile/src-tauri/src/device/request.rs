//! What the screens can ask for, and how much of it: `../../src/lib/device/port.ts` has the same.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

/// Of a key, a session's name, a time. The screens' are UUIDs, and a few words of their own.
const LONGEST_KEY: usize = 256;
/// A message with all that its tools have put out is a few hundred kilobytes at most.
const LARGEST_ROW: usize = 8 << 20;
const MOST_WRITES: usize = 50_000;
const MOST_READS: usize = 100;
/// A file that is attached has 5 MB at most.
pub const LARGEST_FILE: usize = 6 << 20;
/// All of them that wait at once.
pub const FILES: i64 = 256 << 20;
/// All messages in the cache. Beyond it whole sessions go, those first where nothing was said for the longest time.
pub const MESSAGES: i64 = 64 << 20;
const MOST_MESSAGES: u32 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    Values,
    Projects,
    Sessions,
    Decisions,
    Servers,
    /// In a table of their own, by their age.
    Messages,
    Outbox,
    Drafts,
    /// Bytes. They are put by a command of their own.
    Files,
}

/// What the server has too.
const CACHED: [Store; 5] = [
    Store::Projects,
    Store::Sessions,
    Store::Decisions,
    Store::Servers,
    Store::Messages,
];

/// What nobody else has.
pub const DURABLE: [Store; 3] = [Store::Outbox, Store::Drafts, Store::Files];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub store: Store,
    /// All rows, if there is none.
    pub key: Option<String>,
}

/// What a read gives.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Row(Option<Box<RawValue>>),
    Rows(Vec<Box<RawValue>>),
}

/// Where a message stands in its session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    pub session: String,
    pub created_at: String,
    pub id: String,
}

#[derive(Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Write {
    Put {
        store: Store,
        key: String,
        row: Value,
        /// Of a message, and of nothing else.
        place: Option<Place>,
    },
    Remove {
        store: Store,
        key: String,
    },
    Clear {
        store: Store,
    },
    /// Messages of its session that are older than this one.
    DropOlder {
        than: Place,
    },
    /// Messages of a session but for the newest.
    KeepNewest {
        session: String,
        count: u32,
    },
}

/// What is asked for is not possible; nothing of it is done.
#[derive(Debug)]
pub struct Refused(pub String);

impl Write {
    pub fn is_durable(&self) -> bool {
        match self {
            Self::Put { store, .. } | Self::Remove { store, .. } | Self::Clear { store } => DURABLE.contains(store),
            Self::DropOlder { .. } | Self::KeepNewest { .. } => false,
        }
    }
}

impl Store {
    pub fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Projects => "projects",
            Self::Sessions => "sessions",
            Self::Decisions => "decisions",
            Self::Servers => "servers",
            Self::Messages => "messages",
            Self::Outbox => "outbox",
            Self::Drafts => "drafts",
            Self::Files => "files",
        }
    }
}

pub fn key(key: &str) -> Result<&str, Refused> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Refused(format!(
            "a key has 1 to {LONGEST_KEY} bytes, not {}",
            key.len()
        )));
    }
    Ok(key)
}

pub fn place(place: &Place) -> Result<&Place, Refused> {
    for part in [&place.session, &place.created_at, &place.id] {
        key(part)?;
    }
    Ok(place)
}

/// Stands for a row of the cache that is too large: it is there, and comes from the server.
pub const NOT_KEPT: &str = "null";

pub fn row(store: Store, row: &Value) -> Result<String, Refused> {
    let text = row.to_string();
    if text.len() > LARGEST_ROW && CACHED.contains(&store) {
        return Ok(NOT_KEPT.to_owned());
    }
    at_most("a row", text.len(), LARGEST_ROW)?;
    Ok(text)
}

pub fn writes(count: usize) -> Result<(), Refused> {
    at_most("a list of writes", count, MOST_WRITES)
}

pub fn reads(count: usize) -> Result<(), Refused> {
    at_most("a list of reads", count, MOST_READS)
}

pub fn file(size: usize) -> Result<(), Refused> {
    at_most("a file", size, LARGEST_FILE)
}

pub fn messages(count: u32) -> u32 {
    count.min(MOST_MESSAGES)
}

fn at_most(what: &str, size: usize, limit: usize) -> Result<(), Refused> {
    if size > limit {
        return Err(Refused(format!("{what} has {limit} at most, not {size}")));
    }
    Ok(())
}
