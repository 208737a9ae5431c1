//! Looking after agents that run: which of them may sleep, how many there are, which are ill.
//!
//! What is asked of an agent is read from the rows (`occupation`). One of which nothing is asked may be let go (`let_go`):
//! its gate is closed first, so that nothing is on its way to it, the agent itself is asked, and the rows are looked at
//! once more in the transaction that notes it. Whatever is asked for after that finds the note and wakes it (`sleep`).

mod care;
pub(in crate::projects) mod let_go;
pub mod occupation;
pub mod room;
pub mod sleep;
pub mod watchdog;

use std::time::Duration;

use room::Room;
use watchdog::Watchdog;

/// What the configuration says; `None` is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// After how long without work an agent sleeps.
    pub sleep_after: Option<Duration>,
    /// How many agents run at the same time.
    pub awake: Option<usize>,
    /// How much memory an agent may use, with everything it started.
    pub memory_bytes: Option<u64>,
}

/// What the reconciler remembers of the agents that run. Nothing that another look would not tell.
#[derive(Debug)]
pub struct Upkeep {
    pub sleep_after: Option<Duration>,
    pub room: Room,
    pub watchdog: Watchdog,
}

impl Upkeep {
    pub fn new(limits: Limits) -> Self {
        Self {
            sleep_after: limits.sleep_after,
            room: Room::new(limits.awake),
            watchdog: Watchdog::new(limits.memory_bytes),
        }
    }
}
