//! What is left when all projects are deleted: nothing should be.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

/// Processes of agents and folders that nobody owns. `kept` are the repositories whose users wanted them kept.
pub fn leftovers(data: &Path, kept: usize) -> Vec<String> {
    let mut left = processes(data);
    for place in ["instances", "late", "repositories/.trash"] {
        left.extend(
            names(&data.join(place))
                .into_iter()
                .map(|name| format!("{place}/{name}")),
        );
    }
    let repositories: Vec<_> = names(&data.join("repositories"))
        .into_iter()
        .filter(|name| name != ".trash")
        .collect();
    if repositories.len() > kept {
        left.push(format!(
            "{kept} repositories were to be kept, there are {repositories:?}"
        ));
    }
    left
}

fn processes(data: &Path) -> Vec<String> {
    let shown = pids(data)
        .into_iter()
        .map(|pid| format!("process {pid}: {}", command(&pid)));
    shown.collect()
}

/// Ends what is left: no run leaves processes on the machine, however it went.
pub fn end_processes(data: &Path) {
    for pid in pids(data).iter().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)) {
        // Gone by now is as good.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Whatever carries the mark of an instance in this folder, or works in it.
fn pids(data: &Path) -> Vec<String> {
    let mark = format!("PCC_INSTANCE_FOLDER={}", data.display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_ours = |pid: &String| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let is_marked = environment
            .split(|byte| *byte == 0)
            .any(|pair| pair.starts_with(mark.as_bytes()));
        is_marked || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(data))
    };
    pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(is_ours)
        .collect()
}

fn command(pid: &str) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}
