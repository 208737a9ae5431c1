//! What everybody saw, held against what is true.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::{
    Report,
    followers::{Follower, History},
    run::KILLS_AT,
    stage::Stage,
    watchers::Watched,
};

/// What was done, and how far the log came.
pub struct Said {
    pub changes: u64,
    pub prompts: u64,
    pub last: i64,
}

impl Stage {
    /// Holds what everybody saw against what is true.
    pub fn judge(&self, report: &mut Report, truth: &History, followed: &[Follower], watched: &[Watched], said: Said) {
        let Said { changes, prompts, last } = said;
        report.faults.extend(truth.faults.iter().cloned());
        if truth.last() < last || truth.resyncs > 0 {
            report.faults.push("the witness has not seen the whole log".to_owned());
        }
        let known: HashMap<_, _> = truth.seen.iter().copied().collect();
        let mut delivered = 0;
        for one in followed {
            let history = &one.history;
            delivered += history.seen.len() as u64;
            report.faults.extend(history.faults.iter().cloned());
            let wrong = history
                .seen
                .iter()
                .filter(|(seq, what)| known.get(seq) != Some(what))
                .count();
            if wrong > 0 {
                report
                    .faults
                    .push(format!("{}: {wrong} events are not those of the log", one.habit.name));
            }
            if history.resyncs == 0 && (history.seen.len() as u64) < truth.seen.len() as u64 {
                let (seen, all) = (history.seen.len(), truth.seen.len());
                report
                    .faults
                    .push(format!("{}: saw {seen} of {all} events", one.habit.name));
            }
            if history.description.as_deref() != Some("the end") {
                let held = &history.description;
                report
                    .faults
                    .push(format!("{}: holds {held:?} in the end", one.habit.name));
            }
            if one.habit.sleeps && history.resyncs == 0 {
                report
                    .faults
                    .push(format!("{}: was not told that it has missed something", one.habit.name));
            }
        }
        report
            .faults
            .extend(watched.iter().flat_map(|one| one.faults.iter().cloned()));
        if self.llm.counters().chats != prompts {
            report.faults.push(format!(
                "the model was asked {} times for {prompts} prompts",
                self.llm.counters().chats
            ));
        }
        let counts = self.proxy.counts();
        if counts.unnoticed.load(Relaxed) > 0 {
            report.faults.push("a dead connection was never left".to_owned());
        }
        let of = |count: &AtomicU64| count.load(Relaxed);
        report.counts = vec![
            ("streams broken", counts.broken()),
            ("  cut", of(&counts.cut)),
            ("  reset", of(&counts.reset)),
            ("  torn within a message", of(&counts.torn)),
            ("  stalled (half-open)", of(&counts.stalled)),
            ("  slow, then cut", of(&counts.slow)),
            ("  by kill -9 of the server", of(&counts.by_server)),
            ("connections broken before their stream began", of(&counts.early)),
            ("connections in all", of(&counts.connections)),
            ("stalled connections left by their client", of(&counts.noticed)),
            ("ms at most until one was left", of(&counts.longest_notice)),
            ("kills of the server", KILLS_AT.len() as u64),
            ("changes of the project", changes),
            ("prompts", prompts),
            ("events in the log", last.unsigned_abs()),
            ("events delivered", delivered),
            (
                "streams left and resumed by clients themselves",
                sum(followed, |one| one.history.reopened),
            ),
            ("demands to read afresh", sum(followed, |one| one.history.resyncs)),
            ("snapshots of sessions", watched.iter().map(|one| one.snapshots).sum()),
            ("looks at a text", watched.iter().map(|one| one.looks).sum()),
            ("faults", report.faults.len() as u64),
        ];
    }
}

fn sum(followed: &[Follower], count: impl Fn(&Follower) -> u64) -> u64 {
    followed.iter().map(count).sum()
}
