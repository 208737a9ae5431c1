//! Where one reader of the log stands, told by whoever reads and asked by whoever hands on.
//!
//! A reader's results pass through several hands before they reach its socket. The place says how many events were
//! given out and how far they reach, so that the last of those hands knows whether it has seen all of them. Only then
//! may something else go on for this reader.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Rest, Watch};

/// Where to begin to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Where the reader asked to.
    AsAsked,
    /// With the next event.
    Now,
    /// After an event of this log.
    After {
        /// Everything up to the event of this number was given out, or was not asked for.
        position: i64,
        /// The newest number its client knows of: where that is older, it is to be told.
        told: i64,
    },
}

/// The place of one reader.
#[derive(Debug)]
pub struct Place {
    begin: Begin,
    standing: Mutex<Option<Standing>>,
    watch: OnceLock<Watch>,
}

#[derive(Clone, Copy, Debug)]
struct Standing {
    /// Everything up to here was given out, or was not asked for.
    position: i64,
    /// The newest number the client knows of.
    told: i64,
    /// How often something was given out.
    given: u64,
}

impl Place {
    pub fn new(begin: Begin) -> Self {
        Self {
            begin,
            standing: Mutex::new(None),
            watch: OnceLock::new(),
        }
    }

    pub fn begin(&self) -> Begin {
        self.begin
    }

    /// The position of a reader from whom so many results have arrived. `None` while it has not begun, and while results
    /// of it are under way.
    pub fn after(&self, arrived: u64) -> Option<i64> {
        let standing = (*self.standing())?;
        (standing.given == arrived).then_some(standing.position)
    }

    /// Where a reader from whom so many results have arrived can rest: until there is news, nothing has to be read for it.
    /// `None` while it has not begun, and while results of it are under way.
    pub fn rest(&self, arrived: u64) -> Option<Rest> {
        let standing = (*self.standing()).filter(|standing| standing.given == arrived)?;
        Some(self.watch.get()?.rest(standing.position, standing.told))
    }

    /// What tells of news for this reader while it does not read.
    pub fn watch(&self) -> Option<&Watch> {
        self.watch.get()
    }

    pub(super) fn begun(&self, watch: Watch) {
        // It begins once.
        let _ = self.watch.set(watch);
    }

    /// Nothing up to here is left to be given out.
    pub(super) fn reach(&self, position: i64) {
        let mut standing = self.standing();
        let (told, given) = standing.map_or((position, 0), |standing| (standing.told, standing.given));
        *standing = Some(Standing { position, told, given });
    }

    /// Something is given out; after it the reader stands here, and its client knows.
    pub(super) fn give(&self, position: i64) {
        let mut standing = self.standing();
        let given = standing.map_or(0, |standing| standing.given) + 1;
        *standing = Some(Standing {
            position,
            told: position,
            given,
        });
    }

    fn standing(&self) -> MutexGuard<'_, Option<Standing>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_is_under_way_hides_the_position() {
        let place = Place::new(Begin::AsAsked);
        assert_eq!(place.after(0), None, "it has not begun");
        place.reach(7);
        assert_eq!(place.after(0), Some(7));
        place.give(8);
        assert_eq!(place.after(0), None);
        assert_eq!(place.after(1), Some(8));
        place.reach(12);
        assert_eq!(place.after(1), Some(12));
    }
}
