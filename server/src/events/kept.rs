//! Rows kept in memory, for as long as the log tells of no change of them.

use std::{
    hash::Hash,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use entity::ids::ProjectId;
use lru::LruCache;

use super::{EventLog, Kind};

/// Names rows that belong to one project.
pub trait OfProject: Copy + Eq + Hash {
    /// What is appended whenever these rows change.
    const CHANGED_BY: &'static [Kind];

    fn project(&self) -> ProjectId;
}

/// As many as fit; those that were not asked for longest go first.
pub struct Kept<K, V> {
    log: EventLog,
    rows: Mutex<LruCache<K, Row<V>>>,
}

struct Row<V> {
    /// The log's head before it was read.
    head: i64,
    value: V,
}

impl<K: OfProject, V: Clone> Kept<K, V> {
    pub fn new(log: EventLog, size: NonZeroUsize) -> Self {
        Self {
            log,
            rows: Mutex::new(LruCache::new(size)),
        }
    }

    /// To be taken before rows are read that are to be kept.
    pub fn head(&self) -> i64 {
        self.log.head()
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.get(key)?;
        self.log
            .none_since(row.head, key.project(), K::CHANGED_BY)
            .then(|| row.value.clone())
    }

    pub fn keep(&self, head: i64, key: K, value: V) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody who read later may have been faster.
        if rows.peek(&key).is_none_or(|row| row.head <= head) {
            rows.put(key, Row { head, value });
        }
    }
}
