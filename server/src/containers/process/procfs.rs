//! Other processes, as Linux tells of them in `/proc`.
//!
//! A pid alone names nobody: it is given out again. A [`ProcessKey`] holds the start time too, and [`signal`] reaches only
//! the process that has both, even when it ends while we look.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read},
    os::unix::ffi::OsStringExt,
};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// More than Linux allows one process to be given at its start would be cut; ours is far smaller.
const ENVIRONMENT_LIMIT: u64 = 2 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct ProcessKey {
    pub(super) pid: i32,
    /// Clock ticks between the machine's boot and the start of the process.
    pub(super) start_ticks: u64,
}

#[derive(Clone, Debug)]
pub(super) struct ProcessStat {
    pub(super) key: ProcessKey,
    pub(super) parent: i32,
    pub(super) session: i32,
    /// Ended, and at most waiting for its parent to notice.
    pub(super) is_dead: bool,
    /// Its own processor time and that of the children it has waited for.
    pub(super) cpu_ticks: u64,
    pub(super) resident_pages: u64,
}

pub(super) fn stat(pid: i32) -> Option<ProcessStat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in parentheses and may hold anything, parentheses and newlines included; the
/// last `)` ends it. Field numbers are those of proc(5).
fn parse_stat(text: &str) -> Option<ProcessStat> {
    let (pid, _) = text.split_once(' ')?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let ticks = |number: usize| field(number).and_then(|text| text.parse::<i64>().ok());
    Some(ProcessStat {
        key: ProcessKey {
            pid: pid.parse().ok()?,
            start_ticks: field(22)?.parse().ok()?,
        },
        parent: field(4)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        is_dead: matches!(field(3)?, "Z" | "X" | "x"),
        cpu_ticks: [14, 15, 16, 17]
            .into_iter()
            .filter_map(ticks)
            .sum::<i64>()
            .try_into()
            .ok()?,
        resident_pages: field(24)?.parse().unwrap_or(0),
    })
}

/// Every living process this user may see.
pub(super) fn living() -> Vec<ProcessStat> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .filter(|process| !process.is_dead)
        .collect()
}

pub(super) fn is_alive(key: ProcessKey) -> bool {
    stat(key.pid).is_some_and(|now| now.key == key && !now.is_dead)
}

/// What the process was given as environment. Empty for processes of other users.
pub(super) fn environment(pid: i32) -> Vec<(String, String)> {
    let mut bytes = Vec::new();
    let read = File::open(format!("/proc/{pid}/environ"))
        .and_then(|file| file.take(ENVIRONMENT_LIMIT).read_to_end(&mut bytes));
    if read.is_err() {
        return Vec::new();
    }
    bytes
        .split(|byte| *byte == 0)
        .filter_map(|entry| OsString::from_vec(entry.to_vec()).into_string().ok())
        .filter_map(|entry| {
            entry
                .split_once('=')
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Signals exactly this process, or nobody. The descriptor is opened first and the start time compared after: from then
/// on the descriptor cannot come to mean another process.
pub(super) fn signal(key: ProcessKey, signal: Signal) -> io::Result<()> {
    let Some(pid) = Pid::from_raw(key.pid) else {
        return Ok(());
    };
    let descriptor = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(descriptor) => descriptor,
        Err(rustix::io::Errno::SRCH) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if !is_alive(key) {
        return Ok(());
    }
    match pidfd_send_signal(&descriptor, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Differs for each boot of the machine. Start times begin again with each.
pub(super) fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// Seconds since the machine booted.
pub(super) fn uptime() -> Option<f64> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_may_look_like_fields() {
        let text = "42 (a) R 1 (b\n) S 7 42 41 0 -1 4194304 0 0 0 0 10 20 3 4 20 0 1 0 998877 1000 55 0";
        let process = parse_stat(text).expect("a stat line");
        assert_eq!(
            process.key,
            ProcessKey {
                pid: 42,
                start_ticks: 998_877
            }
        );
        assert_eq!((process.parent, process.session), (7, 41));
        assert_eq!((process.cpu_ticks, process.resident_pages), (37, 55));
        assert!(!process.is_dead);
    }

    #[test]
    fn this_test_finds_itself_and_not_its_namesake() {
        let pid = i32::try_from(std::process::id()).expect("a pid");
        let me = stat(pid).expect("this process").key;
        assert!(is_alive(me));
        let other = ProcessKey {
            start_ticks: me.start_ticks + 1,
            ..me
        };
        assert!(!is_alive(other));
        // Were it sent, this test would be killed.
        signal(other, Signal::KILL).expect("nobody to signal");
    }
}
