//! One run of git which the rest of the machine cannot talk into anything: no configuration but ours, no hooks, no prompt,
//! no protocol but the one that is needed, output in bounds, and its whole process group killed when nobody waits any more.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
    time::Instant,
};

use super::marker::Marker;
use crate::containers::HostError;

const OUTPUT_LIMIT: usize = 16 * 1024;
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// Given on every command line: repository configuration cannot override it.
const SETTINGS: [&str; 7] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=false",
    "advice.detachedHead=false",
];

#[derive(Clone, Debug)]
pub(super) struct Git {
    pub(super) program: PathBuf,
    pub(super) search_path: OsString,
    pub(super) directory: PathBuf,
    pub(super) marker: Marker,
    /// What git may speak: `file`, `https`, `ssh`…
    pub(super) protocol: &'static str,
}

#[derive(Debug)]
pub(super) struct Output {
    pub(super) is_success: bool,
    pub(super) stdout: String,
    /// The end of it, without progress.
    pub(super) stderr: String,
}

impl Git {
    pub(super) async fn run<A: AsRef<OsStr>>(
        &self,
        args: &[A],
        progress: impl FnMut(String) + Send,
    ) -> Result<Output, HostError> {
        let mut command = Command::new(&self.program);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(args)
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", &self.search_path)
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ALLOW_PROTOCOL", self.protocol)
            .envs(self.marker.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = CommandWrap::from(command).wrap(ProcessSession).spawn();
        let child = child.map_err(|error| HostError::io("git could not be started", error))?;
        Group(child.into_inner()).output(progress).await
    }
}

/// A child that leads a process group. Dropped before its end, it takes the group with it.
struct Group(Box<dyn ChildWrapper>);

impl Group {
    async fn output(mut self, progress: impl FnMut(String) + Send) -> Result<Output, HostError> {
        let (stdout, stderr) = (self.0.stdout().take(), self.0.stderr().take());
        let (stdout, stderr) = tokio::join!(bounded(stdout), messages(stderr, progress));
        let status = self
            .0
            .wait()
            .await
            .map_err(|error| HostError::io("git was lost", error))?;
        Ok(Output {
            is_success: status.success(),
            stdout,
            stderr,
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // There is an id only until the child was waited for: it cannot mean another process yet.
        let pid = self.0.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        if let Some(pid) = pid {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Reads to the end and keeps the beginning.
async fn bounded(source: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    each_chunk(source, |chunk| {
        let room = OUTPUT_LIMIT - kept.len();
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    })
    .await;
    String::from_utf8_lossy(&kept).into_owned()
}

/// Reads to the end, passes on what is progress and keeps the end of the rest.
async fn messages(source: Option<impl AsyncRead + Unpin>, mut progress: impl FnMut(String)) -> String {
    let (mut line, mut kept) = (Vec::new(), String::new());
    let mut last: Option<(String, Instant)> = None;
    let mut take = |line: &mut Vec<u8>| {
        let text = String::from_utf8_lossy(line).trim().to_owned();
        line.clear();
        let Some((phase, percent)) = percentage(&text) else {
            kept.push_str(&text);
            kept.push('\n');
            let surplus = kept.len().saturating_sub(OUTPUT_LIMIT);
            let surplus = (surplus..=kept.len())
                .find(|at| kept.is_char_boundary(*at))
                .unwrap_or(0);
            kept.drain(..surplus);
            return;
        };
        let is_news = last
            .as_ref()
            .is_none_or(|(old, at)| *old != phase || at.elapsed() > PROGRESS_EVERY);
        if is_news || percent == 100 {
            progress(format!("{phase}: {percent} %"));
            last = Some((phase, Instant::now()));
        }
    };
    each_chunk(source, |chunk| {
        for byte in chunk {
            match byte {
                b'\r' | b'\n' => take(&mut line),
                _ if line.len() < OUTPUT_LIMIT => line.push(*byte),
                _ => {}
            }
        }
    })
    .await;
    take(&mut line);
    kept.trim().to_owned()
}

async fn each_chunk(source: Option<impl AsyncRead + Unpin>, mut take: impl FnMut(&[u8])) {
    let Some(mut source) = source else {
        return;
    };
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = source.read(&mut buffer).await {
        take(&buffer[..count]);
    }
}

/// `remote: Counting objects:  45% (9/20)` is phase and number.
fn percentage(line: &str) -> Option<(String, u8)> {
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let (phase, rest) = line.split_once(':')?;
    let percent = rest.split_once('%')?.0.trim().parse().ok()?;
    Some((phase.to_owned(), percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn progress_is_told_and_the_rest_kept_in_bounds() {
        let mut input =
            b"Cloning into 'x'...\nremote: Counting objects:   0% (0/9)\rremote: Counting objects:  10% (1/9)\r\
            remote: Counting objects: 100% (9/9), done.\n"
                .to_vec();
        input.extend(b"noise \xc3\xa4\n".repeat(10_000));
        input.extend(b"fatal: no more");
        let mut told = Vec::new();
        let kept = messages(Some(input.as_slice()), |sentence| told.push(sentence)).await;
        assert_eq!(told, ["Counting objects: 0 %", "Counting objects: 100 %"]);
        assert!(kept.len() <= OUTPUT_LIMIT && kept.ends_with("fatal: no more"));
    }
}
