//! Things kept in memory up to a number of bytes, those that were asked for last.

use std::hash::Hash;

use lru::LruCache;

/// Each with what it weighs. What is too heavy for all others to stay is not kept.
pub struct Weighed<K: Hash + Eq, V> {
    limit: usize,
    bytes: usize,
    entries: LruCache<K, (V, usize)>,
}

impl<K: Hash + Eq, V> Weighed<K, V> {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            entries: LruCache::unbounded(),
        }
    }

    pub fn takes(&self, bytes: usize) -> bool {
        bytes <= self.limit / 4
    }

    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// The same, without having asked for it.
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.entries.peek(key).map(|(value, _)| value)
    }

    pub fn put(&mut self, key: K, value: V, bytes: usize) {
        if !self.takes(bytes) {
            return;
        }
        self.bytes += bytes;
        if let Some((_, before)) = self.entries.put(key, (value, bytes)) {
            self.bytes -= before;
        }
        while self.bytes > self.limit
            && let Some((_, (_, oldest))) = self.entries.pop_lru()
        {
            self.bytes -= oldest;
        }
    }

    pub fn clear(&mut self) {
        self.bytes = 0;
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_makes_room() {
        let mut kept = Weighed::new(100);
        for name in ["a", "b", "c", "d"] {
            kept.put(name, name.to_uppercase(), 25);
        }
        assert_eq!(kept.get(&"a").map(String::as_str), Some("A"));
        kept.put("e", "E".to_owned(), 20);
        assert_eq!(kept.peek(&"b"), None);
        assert!(["a", "c", "d", "e"].iter().all(|name| kept.peek(name).is_some()));
        // Another value of the same key counts once.
        kept.put("e", "e".to_owned(), 25);
        assert_eq!((kept.entries.len(), kept.bytes), (4, 100));
        kept.put("large", "L".to_owned(), 26);
        assert_eq!(kept.peek(&"large"), None, "more than a quarter of all");
        kept.clear();
        assert_eq!(kept.bytes, 0);
        assert_eq!(kept.get(&"a"), None);
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let mut kept = Weighed::new(0);
        kept.put("a", (), 1);
        assert_eq!(kept.get(&"a"), None);
    }
}
