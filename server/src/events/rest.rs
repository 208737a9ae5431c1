//! Waiting for something to read, for a reader that keeps nothing but its place.

use std::sync::Arc;

use tokio::{sync::watch, time::Instant};

use super::{Begin, EventLog, Filter, Page, follow::BOOKMARK};

/// The log, and what a reader wants of it.
#[derive(Clone, Debug)]
pub struct Watch {
    log: EventLog,
    filter: Arc<Filter>,
}

/// A reader that does not read.
#[derive(Debug)]
pub struct Rest {
    watch: Watch,
    head: watch::Receiver<i64>,
    /// There is nothing for it up to here.
    position: i64,
    /// What its client knows of the position.
    told: i64,
    bookmark_at: Instant,
}

impl Watch {
    pub(super) fn new(log: EventLog, filter: Arc<Filter>) -> Self {
        Self { log, filter }
    }

    /// Whether nothing is known to come after this number.
    pub fn is_at_end(&self, position: i64) -> bool {
        self.log.head() <= position
    }

    /// A reader that rests after everything up to this number was given out, or was not asked for, and whose client knows
    /// of what is up to the other.
    pub fn rest(&self, position: i64, told: i64) -> Rest {
        Rest {
            watch: self.clone(),
            head: self.log.0.head.subscribe(),
            position,
            told,
            bookmark_at: Instant::now() + BOOKMARK,
        }
    }
}

impl Rest {
    /// Waits until there is something for the reader, or until its client has to be told how far the log has come. The
    /// answer is where to go on from. May be given up and called again.
    pub async fn ends(&mut self) -> Begin {
        loop {
            // Marked as seen before the log is looked at, so that a commit meanwhile is not slept over.
            let newest = *self.head.borrow_and_update();
            if newest > self.position {
                // Boxed: there is seldom anything to read from the table, and an idle reader is not to keep room for it.
                match Box::pin(self.watch.log.recent(self.position, &self.watch.filter)).await {
                    Ok(Page::Events { events, through }) if events.is_empty() && through > self.position => {
                        self.position = through;
                    }
                    // Whoever reads now finds out the same, and tells its client.
                    Ok(_) | Err(_) => return self.place(),
                }
                continue;
            }
            if tokio::time::timeout_at(self.bookmark_at, self.head.changed())
                .await
                .is_err()
            {
                self.bookmark_at = Instant::now() + BOOKMARK;
                if self.position > self.told {
                    return self.place();
                }
            }
        }
    }

    fn place(&self) -> Begin {
        Begin::After {
            position: self.position,
            told: self.told,
        }
    }
}
