//! Answers that are still true are given again without being made again.
//!
//! An answer is kept under what was asked, byte for byte, and under what the caller may do; with the number of the event
//! log's head from before anything of it was read. It is given again only while the head is still that number: then no
//! change was committed that it could lack. Kept is only what is made of nothing but what the log tells of, which
//! [`Reuse::covers`] decides by the document, and only what has no errors.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::parser::types::ExecutableDocument;
use bytes::Bytes;

use super::gzip::Encoded;
use crate::{
    caller::{Caller, Scope},
    weighed::Weighed,
};

/// What the edge must be told to reuse answers.
#[derive(Clone)]
pub struct Reuse {
    /// The head of the event log, as far as this process knows.
    pub head: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Whether whatever answers this document is made only of what the log tells of.
    pub covers: Arc<dyn Fn(&ExecutableDocument) -> bool + Send + Sync>,
    /// How much is kept, requests and answers together.
    pub bytes: usize,
}

/// What is asked, in which coding, and with what rights. The rights are the whole of what an answer may depend on of its caller: what
/// depends on the device is not covered.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    request: Bytes,
    scopes: BTreeSet<Scope>,
    takes_gzip: bool,
}

impl Key {
    pub fn new(request: Bytes, caller: &Caller, takes_gzip: bool) -> Self {
        Self {
            request,
            scopes: caller.scopes.clone(),
            takes_gzip,
        }
    }
}

/// The head before an answer was read.
#[derive(Clone, Copy)]
pub struct Head(i64);

pub struct Answers {
    reuse: Option<Reuse>,
    kept: Mutex<Kept>,
}

struct Kept {
    /// All of them are as of this head.
    head: i64,
    answers: Weighed<Key, Encoded>,
}

/// What a table and two handles cost besides the bytes.
const OVERHEAD: usize = 256;

impl Answers {
    pub fn new(reuse: Option<Reuse>) -> Self {
        let reuse = reuse.filter(|reuse| reuse.bytes > 0);
        Self {
            kept: Mutex::new(Kept {
                head: i64::MIN,
                answers: Weighed::new(reuse.as_ref().map_or(0, |reuse| reuse.bytes)),
            }),
            reuse,
        }
    }

    pub fn covers(&self, document: &ExecutableDocument) -> bool {
        self.reuse.as_ref().is_some_and(|reuse| (reuse.covers)(document))
    }

    /// To be taken before anything of an answer is read. `None` where nothing is kept.
    pub fn head(&self) -> Option<Head> {
        self.reuse.as_ref().map(|reuse| Head((reuse.head)()))
    }

    /// An answer that is true at this head.
    pub fn get(&self, key: &Key, Head(now): Head) -> Option<Encoded> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.move_to(now);
        // Younger than asked for is as good: another request has seen the head move since.
        let found = kept.answers.get(key).cloned();
        drop(kept);
        if found.is_some() {
            metrics::counter!("pcc_graphql_answers_reused_total").increment(1);
        }
        found
    }

    pub fn keep(&self, key: &Key, Head(head): Head, answer: &Encoded) {
        let bytes = key.request.len() + answer.bytes.len() + OVERHEAD;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.move_to(head);
        if kept.head != head || !kept.answers.takes(bytes) {
            return;
        }
        // A copy: the bytes of a request lie in a larger buffer of its connection.
        let key = Key {
            request: Bytes::copy_from_slice(&key.request),
            ..key.clone()
        };
        kept.answers.put(key, answer.clone(), bytes);
    }
}

impl Kept {
    /// What is older than this head is not true any more.
    fn move_to(&mut self, head: i64) {
        if self.head < head {
            self.head = head;
            self.answers.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use entity::ids::DeviceId;

    use super::*;

    fn caller(scopes: &[Scope]) -> Caller {
        Caller {
            device: DeviceId::generate(),
            device_name: "a phone".to_owned(),
            scopes: scopes.iter().copied().collect(),
            expires_at: None,
        }
    }

    fn key(request: &str, scopes: &[Scope]) -> Key {
        Key::new(Bytes::copy_from_slice(request.as_bytes()), &caller(scopes), false)
    }

    struct Log(Arc<AtomicI64>);

    fn answers(bytes: usize) -> (Answers, Log) {
        let head = Arc::new(AtomicI64::new(7));
        let log = Log(Arc::clone(&head));
        let reuse = Reuse {
            head: Arc::new(move || head.load(Ordering::SeqCst)),
            covers: Arc::new(|_| true),
            bytes,
        };
        (Answers::new(Some(reuse)), log)
    }

    fn keep(answers: &Answers, key: &Key, answer: &'static [u8]) {
        answers.keep(key, answers.head().unwrap(), &plain(answer));
    }

    fn get(answers: &Answers, key: &Key) -> Option<Bytes> {
        let kept = answers.get(key, answers.head().unwrap())?;
        Some(kept.bytes)
    }

    fn plain(answer: &'static [u8]) -> Encoded {
        Encoded::of(Bytes::from_static(answer), false)
    }

    #[test]
    fn an_answer_is_given_until_the_log_grows() {
        let (answers, log) = answers(10_000);
        let asked = key("{a}", &[Scope::Read]);
        keep(&answers, &asked, b"1");
        assert_eq!(get(&answers, &asked).as_deref(), Some(&b"1"[..]));
        assert_eq!(get(&answers, &key("{b}", &[Scope::Read])), None);
        log.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(get(&answers, &asked), None);
    }

    #[test]
    fn an_answer_that_was_read_before_a_change_is_not_kept_after_it() {
        let (answers, log) = answers(10_000);
        let asked = key("{a}", &[Scope::Read]);
        let before = answers.head().unwrap();
        log.0.fetch_add(1, Ordering::SeqCst);
        answers.keep(&asked, before, &plain(b"old"));
        assert_eq!(get(&answers, &asked), None);
        // Nor does it come back when somebody has already asked after the change.
        answers.keep(&asked, before, &plain(b"old"));
        assert_eq!(get(&answers, &asked), None);
    }

    #[test]
    fn callers_with_other_rights_share_nothing() {
        let (answers, _log) = answers(10_000);
        keep(&answers, &key("{a}", &[Scope::Admin]), b"1");
        assert_eq!(get(&answers, &key("{a}", &[Scope::Read])), None);
        assert_eq!(get(&answers, &key("{a}", &[Scope::Admin, Scope::Read])), None);
        assert!(get(&answers, &key("{a}", &[Scope::Admin])).is_some());
        let in_gzip = Key::new(Bytes::from_static(b"{a}"), &caller(&[Scope::Admin]), true);
        assert_eq!(get(&answers, &in_gzip), None, "nor do those who take another coding");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (answers, _log) = answers(2_000);
        keep(&answers, &key("large", &[]), &[0; 600]);
        assert_eq!(get(&answers, &key("large", &[])), None, "more than a quarter of all");
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        for name in names {
            keep(&answers, &key(name, &[]), b"1");
            keep(&answers, &key(name, &[]), b"2");
        }
        let kept = names.iter().filter(|name| get(&answers, &key(name, &[])).is_some());
        assert_eq!(kept.count(), 2_000 / (OVERHEAD + 2));
    }
}
