//! Callers whose tokens were looked up a moment ago, so that a busy device does not cost two statements a request.
//!
//! An entry counts only while no device has changed since before it was read, as the event log knows it, and never for
//! longer than [`FRESH`]: a device revoked by this server is out at once, one revoked beside it within two seconds, and
//! within [`FRESH`] even when the log cannot be read. Tokens that were refused are not kept.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use lru::LruCache;

use crate::{caller::Caller, events::EventLog};

/// Also how seldom a device's last visit is noted.
const FRESH: TimeDelta = TimeDelta::seconds(5);
const CALLERS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// The hash of a whole token: the token itself is not kept.
pub type Key = [u8; 32];

pub struct KnownCallers {
    log: EventLog,
    kept: Mutex<LruCache<Key, Entry>>,
}

struct Entry {
    caller: Caller,
    version: Version,
    until: DateTime<Utc>,
}

/// Taken before a token is looked up: what is read after is not older.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

impl KnownCallers {
    pub fn new(log: EventLog) -> Self {
        Self {
            log,
            kept: Mutex::new(LruCache::new(CALLERS)),
        }
    }

    pub fn version(&self) -> Version {
        Version(self.log.devices_version())
    }

    pub fn get(&self, key: &Key, now: DateTime<Utc>) -> Option<Caller> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.get(key)?;
        let counts = entry.version == self.version() && now < entry.until;
        counts.then(|| entry.caller.clone())
    }

    pub fn keep(&self, key: Key, version: Version, caller: &Caller, now: DateTime<Utc>) {
        let fresh = now + FRESH;
        let entry = Entry {
            caller: caller.clone(),
            version,
            until: caller.expires_at.map_or(fresh, |end| end.min(fresh)),
        };
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(key, entry);
    }
}
