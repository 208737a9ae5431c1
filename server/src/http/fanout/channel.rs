//! What a channel holds: the newest results, for as long as those who keep up need to take them.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::sync::watch;

/// The most that is kept: who is further behind reads on its own.
const MAX_RESULTS: usize = 512;
const MAX_BYTES: usize = 512 * 1024;

/// A result.
#[derive(Debug)]
pub struct Item {
    /// The position of whoever has taken it.
    pub through: i64,
    /// `None` where it depends on who asks: then each makes it for itself.
    pub json: Option<Bytes>,
}

impl Item {
    fn bytes(&self) -> usize {
        self.json.as_ref().map_or(0, Bytes::len)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It does not know yet where it begins.
    #[default]
    Opening,
    Open,
    /// Its source has failed. Another channel may do better.
    Failed,
    /// Its document asks too often who it is for.
    Personal,
}

#[derive(Debug, Default)]
struct Stretch {
    phase: Phase,
    /// Every result after this position is here, or still to come.
    floor: i64,
    items: VecDeque<Item>,
    bytes: usize,
}

/// Between the one who makes results and those who take them.
#[derive(Debug, Default)]
pub struct Feed(watch::Sender<Stretch>);

/// What there is for somebody at a position.
#[derive(Debug)]
pub enum Next {
    Result {
        through: i64,
        json: Bytes,
    },
    Wait,
    /// What comes next is not here, or not for everybody.
    Missed,
}

impl Feed {
    pub fn open(&self, floor: i64) {
        self.0.send_modify(|stretch| {
            stretch.phase = Phase::Open;
            stretch.floor = floor;
        });
    }

    /// Adds results and wakes those who wait, once for all of them.
    pub fn publish(&self, items: impl Iterator<Item = Item>) {
        self.0.send_modify(|stretch| stretch.extend(items));
    }

    /// Forgets everything, which who keeps up has taken. Nobody is woken.
    pub fn forget(&self) {
        self.0.send_if_modified(|stretch| {
            stretch.drop_down_to(0, 0);
            stretch.items.shrink_to_fit();
            false
        });
    }

    pub fn end(&self, phase: Phase) {
        self.0.send_if_modified(|stretch| {
            let is_news = matches!(stretch.phase, Phase::Opening | Phase::Open);
            if is_news {
                stretch.phase = phase;
            }
            is_news
        });
    }

    pub fn has_failed(&self) -> bool {
        self.0.borrow().phase == Phase::Failed
    }

    /// Whether somebody at this position can go on here.
    pub fn covers(&self, position: i64) -> bool {
        let stretch = self.0.borrow();
        let is_for_all = stretch.after(position).is_none_or(|item| item.json.is_some());
        stretch.phase == Phase::Open && stretch.floor <= position && is_for_all
    }

    pub fn next(&self, position: i64) -> Next {
        let stretch = self.0.borrow();
        if position < stretch.floor {
            return Next::Missed;
        }
        match (stretch.after(position), stretch.phase) {
            (Some(Item { json: None, .. }), _) => Next::Missed,
            (
                Some(Item {
                    through,
                    json: Some(json),
                }),
                _,
            ) => Next::Result {
                through: *through,
                json: json.clone(),
            },
            (None, Phase::Opening | Phase::Open) => Next::Wait,
            (None, Phase::Failed | Phase::Personal) => Next::Missed,
        }
    }

    pub fn readers(&self) -> usize {
        self.0.receiver_count()
    }

    /// Told of everything that happens from now on.
    pub fn subscribe(&self) -> Bell {
        Bell(self.0.subscribe())
    }
}

/// Rings when there is something new on a channel.
#[derive(Debug)]
pub struct Bell(watch::Receiver<Stretch>);

impl Bell {
    pub async fn rings(&mut self) {
        // The sender lives in the channel, which its subscribers hold.
        let _ = self.0.changed().await;
    }
}

impl Stretch {
    fn after(&self, position: i64) -> Option<&Item> {
        let at = self.items.partition_point(|item| item.through <= position);
        self.items.get(at)
    }

    fn extend(&mut self, items: impl Iterator<Item = Item>) {
        for item in items {
            self.bytes += item.bytes();
            self.items.push_back(item);
        }
        self.drop_down_to(MAX_RESULTS, MAX_BYTES);
    }

    fn drop_down_to(&mut self, results: usize, bytes: usize) {
        while (self.items.len() > results || self.bytes > bytes)
            && let Some(item) = self.items.pop_front()
        {
            self.bytes -= item.bytes();
            self.floor = item.through;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(through: i64) -> Item {
        Item {
            through,
            json: Some(Bytes::from(through.to_string())),
        }
    }

    fn taken(feed: &Feed, mut position: i64) -> (Vec<i64>, bool) {
        let mut items = Vec::new();
        loop {
            match feed.next(position) {
                Next::Result { through, .. } => {
                    position = through;
                    items.push(position);
                }
                Next::Wait => return (items, true),
                Next::Missed => return (items, false),
            }
        }
    }

    #[test]
    fn everybody_takes_what_comes_after_its_own_position() {
        let feed = Feed::default();
        assert!(!feed.covers(5), "nobody knows where it begins");
        feed.open(5);
        assert!(feed.covers(5) && !feed.covers(4));
        feed.publish([6, 8, 9].map(item).into_iter());
        assert_eq!(taken(&feed, 5), (vec![6, 8, 9], true));
        assert_eq!(taken(&feed, 7), (vec![8, 9], true));
        assert_eq!(taken(&feed, 12), (vec![], true));
        assert_eq!(taken(&feed, 4), (vec![], false));
    }

    #[test]
    fn who_is_slower_than_what_is_kept_has_missed_something() {
        let feed = Feed::default();
        feed.open(0);
        let all = i64::try_from(MAX_RESULTS).unwrap() + 10;
        feed.publish((1..=all).map(item));
        assert!(!feed.covers(9) && feed.covers(10));
        assert_eq!(taken(&feed, 10).0.len(), MAX_RESULTS);
        feed.forget();
        assert!(!feed.covers(all - 1) && feed.covers(all));
        let long = Item {
            through: all + 1,
            json: Some(vec![b'x'; MAX_BYTES + 1].into()),
        };
        feed.publish(std::iter::once(long));
        assert!(
            !feed.covers(all),
            "what is too long for the channel is read by each itself"
        );
    }

    #[test]
    fn what_was_made_before_the_end_is_still_taken() {
        let feed = Feed::default();
        feed.open(0);
        feed.publish([1, 2].map(item).into_iter());
        feed.end(Phase::Personal);
        feed.end(Phase::Failed);
        assert!(!feed.covers(2) && !feed.has_failed(), "the first end counts");
        assert_eq!(taken(&feed, 0), (vec![1, 2], false));
    }

    #[test]
    fn what_is_not_for_everybody_is_passed_alone() {
        let feed = Feed::default();
        feed.open(0);
        let personal = Item { through: 2, json: None };
        feed.publish([item(1), personal, item(3)].into_iter());
        assert_eq!(taken(&feed, 0), (vec![1], false));
        assert!(feed.covers(0) && !feed.covers(1), "who stands before it goes on alone");
        assert!(feed.covers(2));
        assert_eq!(taken(&feed, 2), (vec![3], true));
    }
}
