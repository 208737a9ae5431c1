//! What an agent and everything it started uses, summed over its processes. What a shell of the agent's has left behind
//! has neither its session nor a parent of its own any more: it is told by its mark.

use std::collections::HashSet;

use super::procfs::{self, ProcessKey, ProcessStat};
use crate::containers::Usage;

/// One look, to compare the next with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    leader: ProcessKey,
    cpu_ticks: u64,
    /// Seconds since boot.
    at: f64,
}

/// `None` when the leader is gone. The first look reports the average since its start.
pub(super) fn measure(
    leader: ProcessKey,
    is_marked: impl Fn(i32) -> bool,
    before: Option<Sample>,
) -> Option<(Usage, Sample)> {
    let ticks_per_second = rustix::param::clock_ticks_per_second() as f64;
    let processes = tree(leader, is_marked, procfs::living());
    if processes.is_empty() {
        return None;
    }
    let now = Sample {
        leader,
        cpu_ticks: processes.iter().map(|process| process.cpu_ticks).sum(),
        at: procfs::uptime()?,
    };
    let since = before.filter(|sample| sample.leader == leader).unwrap_or(Sample {
        leader,
        cpu_ticks: 0,
        at: leader.start_ticks as f64 / ticks_per_second,
    });
    // A child nobody waited for takes its time with it, so the sum can shrink.
    let used = now.cpu_ticks.saturating_sub(since.cpu_ticks) as f64 / ticks_per_second;
    let elapsed = now.at - since.at;
    let pages: u64 = processes.iter().map(|process| process.resident_pages).sum();
    let usage = Usage {
        cpu_cores: if elapsed > 0.0 { used / elapsed } else { 0.0 },
        memory_bytes: pages * rustix::param::page_size() as u64,
    };
    Some((usage, now))
}

/// The leader, its session, what carries its mark, and all their descendants.
fn tree(leader: ProcessKey, is_marked: impl Fn(i32) -> bool, living: Vec<ProcessStat>) -> Vec<ProcessStat> {
    if !living.iter().any(|process| process.key == leader) {
        return Vec::new();
    }
    let own = living
        .iter()
        .filter(|process| process.session == leader.pid || process.key == leader || is_marked(process.key.pid));
    let mut members: HashSet<i32> = own.map(|process| process.key.pid).collect();
    loop {
        let children = living.iter().filter(|process| members.contains(&process.parent));
        let new: Vec<i32> = children
            .map(|child| child.key.pid)
            .filter(|pid| !members.contains(pid))
            .collect();
        if new.is_empty() {
            break;
        }
        members.extend(new);
    }
    living
        .into_iter()
        .filter(|process| members.contains(&process.key.pid))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, session: i32) -> ProcessStat {
        ProcessStat {
            key: ProcessKey { pid, start_ticks: 1 },
            parent,
            session,
            is_dead: false,
            cpu_ticks: 0,
            resident_pages: 0,
        }
    }

    #[test]
    fn a_tree_holds_the_session_the_marked_and_all_descendants() {
        // 12 was left by its parent, 13 began a session of its own, 14 is its child; 15 did both; 20 is a stranger.
        let all = vec![
            process(14, 13, 13),
            process(10, 1, 10),
            process(12, 1, 10),
            process(13, 10, 13),
            process(15, 1, 15),
            process(16, 15, 15),
            process(20, 1, 20),
        ];
        let is_marked = |pid| pid == 15;
        let mut pids: Vec<_> = tree(all[1].key, is_marked, all.clone())
            .iter()
            .map(|process| process.key.pid)
            .collect();
        pids.sort_unstable();
        assert_eq!(pids, [10, 12, 13, 14, 15, 16]);
        let reused = ProcessKey {
            start_ticks: 2,
            ..all[1].key
        };
        assert!(tree(reused, is_marked, all).is_empty());
    }

    #[test]
    fn this_test_uses_memory() {
        let me = procfs::stat(i32::try_from(std::process::id()).expect("a pid"))
            .expect("this process")
            .key;
        let is_marked = |_| false;
        let (usage, sample) = measure(me, is_marked, None).expect("usage");
        assert!(usage.memory_bytes > 1024 * 1024 && usage.cpu_cores >= 0.0);
        assert!(measure(me, is_marked, Some(sample)).is_some());
    }
}
