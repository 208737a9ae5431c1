//! Ids in OpenCode's own scheme: `msg_` or `prt_`, 12 hex digits that grow with time, 14 letters of chance.
//!
//! The digits are `milliseconds × 0x1000 + counter`, of which 48 bits are kept, so the order starts over every 2.2 years
//! (next in October 2028). OpenCode lists messages by their time and not by their id.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rand::RngExt;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHANCE: usize = 14;

/// Makes ids, each later than all before it, even when the clock stands still or goes back.
#[derive(Default)]
pub(super) struct Ids {
    last: AtomicU64,
}

impl Ids {
    pub(super) fn message(&self, now: DateTime<Utc>) -> String {
        self.next("msg", now)
    }

    pub(super) fn part(&self, now: DateTime<Utc>) -> String {
        self.next("prt", now)
    }

    fn next(&self, prefix: &str, now: DateTime<Utc>) -> String {
        let floor = u64::try_from(now.timestamp_millis()).unwrap_or(0).wrapping_mul(0x1000);
        let after = |last: u64| last.max(floor).wrapping_add(1);
        let last = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(after(last)));
        let stamp = after(last.unwrap_or_else(|last| last)) & 0xffff_ffff_ffff;
        let mut rng = rand::rng();
        let chance: String = (0..CHANCE)
            .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
            .collect();
        format!("{prefix}_{stamp:012x}{chance}")
    }
}

pub(super) fn is_session(id: &str) -> bool {
    has_shape(id, "ses_")
}

pub(super) fn is_message(id: &str) -> bool {
    has_shape(id, "msg_")
}

pub(super) fn is_part(id: &str) -> bool {
    has_shape(id, "prt_")
}

pub(super) fn is_permission(id: &str) -> bool {
    has_shape(id, "per_")
}

pub(super) fn is_question(id: &str) -> bool {
    has_shape(id, "que_")
}

/// Also what makes an id safe as a segment of a path.
fn has_shape(id: &str, prefix: &str) -> bool {
    let rest = id.strip_prefix(prefix).unwrap_or_default();
    (1..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn the_digits_are_those_opencode_gives_for_the_same_time() {
        // From a recording: msg_20772ea47001TGSHHZ9FMbX7mh was created at 1795421301319.
        let id = Ids::default().message(at(1_795_421_301_319));
        assert!(id.starts_with("msg_20772ea47001"), "{id}");
        assert_eq!(id.len(), "msg_20772ea47001TGSHHZ9FMbX7mh".len());
        assert!(is_message(&id) && !is_part(&id));
    }

    #[test]
    fn ids_grow_while_the_clock_stands_or_goes_back() {
        let ids = Ids::default();
        let mut all: Vec<String> = (0..5000).map(|_| ids.part(at(1_795_421_301_319))).collect();
        all.extend((0..10).map(|back| ids.part(at(1_795_421_301_000 - back))));
        all.push(ids.part(at(1_795_421_999_000)));
        assert!(all.is_sorted_by(|one, next| one[..16] < next[..16]));
    }

    #[test]
    fn threads_never_share_a_number() {
        let ids = Ids::default();
        let mut all: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..500).map(|_| ids.message(at(1_795_421_301_319))).collect::<Vec<_>>()))
                .collect();
            makers
                .into_iter()
                .flat_map(|maker| maker.join().unwrap())
                .map(|id| id[..16].to_owned())
                .collect()
        });
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 2000);
    }

    #[test]
    fn odd_clocks_do_no_harm() {
        let ids = Ids::default();
        for time in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
            assert!(is_message(&ids.message(time)));
        }
    }

    #[test]
    fn shapes() {
        assert!(is_session("ses_df88d1655ffeevjpzCQcU0JqWm"));
        for odd in [
            "",
            "ses_",
            "ses",
            "msg_1",
            "ses_../x",
            "ses_a?b",
            "ses_a/b",
            "ses_é",
            &format!("ses_{}", "a".repeat(65)),
        ] {
            assert!(!is_session(odd), "{odd}");
        }
    }
}
