//! What a run came to, as a table for people.

use std::{fmt, time::Duration};

/// Faults printed; a broken server makes thousands.
const MOST_FAULTS: usize = 30;

#[derive(Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub database: &'static str,
    pub took: Duration,
    /// Each count by its name, in the order to print.
    pub counts: Vec<(&'static str, u64)>,
    /// What should not have happened.
    pub faults: Vec<String>,
}

impl Report {
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn count(&self, name: &str) -> u64 {
        self.counts
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(0, |(_, count)| *count)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "disconnects on {}, seed {}, {} s",
            self.database,
            self.seed,
            self.took.as_secs()
        )?;
        for (name, count) in &self.counts {
            writeln!(f, "  {count:>9}  {name}")?;
        }
        for fault in self.faults.iter().take(MOST_FAULTS) {
            writeln!(f, "  FAULT  {fault}")?;
        }
        match self.faults.len() {
            0 => write!(f, "nothing missing, nothing twice, every text whole"),
            count => write!(f, "{count} faults: run it again with --seed {}", self.seed),
        }
    }
}
