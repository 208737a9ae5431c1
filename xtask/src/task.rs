//! One command that runs to its end: with a limit of time, in its own process group, and ended on Ctrl-C.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::Signal;

use crate::context::Context;
use crate::group::{Group, PAUSE};
use crate::passwd::User;
use crate::step::{tail, warn};

/// For commands that only look something up.
const SHORT: Duration = Duration::from_secs(60);
/// What a command gets between TERM and KILL. The test runner takes up to 10 s to end its tests.
const GRACE: Duration = Duration::from_secs(15);
/// Output of a command that is read into memory.
const OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;
/// Lines of a quiet command that are shown when it fails.
const TAIL_LINES: usize = 40;

#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("`{command}` could not be started")]
    NotStarted { command: String, source: std::io::Error },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
    #[error("`{command}` took longer than {} s and was ended", limit.as_secs())]
    TooLong { command: String, limit: Duration },
    #[error("stopped by a signal while `{command}` ran")]
    Interrupted { command: String, signal: Signal },
    #[error("the output of `{command}` could not be read")]
    Output { command: String, source: std::io::Error },
}

pub struct Task<'a> {
    context: &'a Context,
    command: Command,
    limit: Duration,
}

impl<'a> Task<'a> {
    pub fn new(context: &'a Context, program: &OsStr) -> Self {
        let mut command = Command::new(program);
        command.current_dir(&context.root).stdin(Stdio::null());
        Self {
            context,
            command,
            limit: SHORT,
        }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn user(mut self, user: Option<User>) -> Self {
        if let Some(user) = user {
            self.command.uid(user.uid).gid(user.gid);
        }
        self
    }

    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The command as one would type it. What only matters inside a test run is left out.
    pub fn shown(&self) -> String {
        let variables = self.command.get_envs().filter_map(|(name, value)| {
            let (name, value) = (name.to_str()?, value?.to_str()?);
            (!name.starts_with("PCC_TEST_")).then(|| format!("{name}={}", quoted(value)))
        });
        let program = Path::new(self.command.get_program());
        let program = match program.strip_prefix(&self.context.root) {
            Ok(inside) => inside.as_os_str(),
            Err(_) => program.file_name().unwrap_or(program.as_os_str()),
        };
        let words = std::iter::once(program)
            .chain(self.command.get_args())
            .map(|word| quoted(&word.to_string_lossy()));
        variables.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs with the output on the terminal.
    pub fn run(mut self) -> Result<(), TaskError> {
        let mut group = self.spawn()?;
        self.supervise(&mut group)
    }

    /// Runs with the output in `.pcc/logs`; a failure shows the end of it.
    pub fn run_quietly(mut self, name: &str) -> anyhow::Result<()> {
        let log = self.context.folder("logs")?.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        self.command.stdout(file.try_clone()?).stderr(file);
        let mut group = self.spawn()?;
        let result = self.supervise(&mut group);
        if matches!(result, Err(TaskError::Failed { .. } | TaskError::TooLong { .. })) {
            let text = fs::read(&log).unwrap_or_default();
            warn(tail(&String::from_utf8_lossy(&text), TAIL_LINES));
        }
        Ok(result?)
    }

    /// Runs and gives what was written to stdout. A file in between, so that no reader can hold a pipe up.
    pub fn output(mut self) -> Result<String, TaskError> {
        let failed = |source| TaskError::Output {
            command: self.shown(),
            source,
        };
        let mut file = tempfile::tempfile().map_err(failed)?;
        self.command.stdout(file.try_clone().map_err(failed)?);
        let mut group = self.spawn()?;
        self.supervise(&mut group)?;
        let mut text = Vec::new();
        file.rewind()
            .and_then(|()| file.take(OUTPUT_LIMIT).read_to_end(&mut text))
            .map_err(failed_in(&self))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Like [`Task::output`] for commands whose complaints are of no interest.
    pub fn silent_output(mut self) -> Result<String, TaskError> {
        self.command.stderr(Stdio::null());
        self.output()
    }

    /// Runs with the output on the terminal and hands out the lines of `stream` that `wanted` picks.
    pub fn run_noting(mut self, stream: Stream, wanted: fn(&str) -> bool) -> (Result<(), TaskError>, Vec<String>) {
        match stream {
            Stream::Stdout => self.command.stdout(Stdio::piped()),
            Stream::Stderr => self.command.stderr(Stdio::piped()),
        };
        let mut group = match self.spawn() {
            Ok(group) => group,
            Err(error) => return (Err(error), Vec::new()),
        };
        let child = group.child();
        let noted = match stream {
            Stream::Stdout => child.stdout.take().map(|pipe| echo(pipe, std::io::stdout(), wanted)),
            Stream::Stderr => child.stderr.take().map(|pipe| echo(pipe, std::io::stderr(), wanted)),
        };
        let result = self.supervise(&mut group);
        // A process that outlives the command may hold the pipe open, so the end is not waited for without a limit.
        let lines = noted
            .and_then(|noted| noted.recv_timeout(Duration::from_secs(5)).ok())
            .unwrap_or_default();
        (result, lines)
    }

    fn spawn(&mut self) -> Result<Group, TaskError> {
        Group::spawn(&mut self.command).map_err(|source| TaskError::NotStarted {
            command: self.shown(),
            source,
        })
    }

    fn supervise(&self, group: &mut Group) -> Result<(), TaskError> {
        let signals = &self.context.signals;
        let deadline = Instant::now() + self.limit;
        loop {
            let status = group.try_wait().map_err(failed_in(self))?;
            if let Some(signal) = signals.take() {
                group.end(signal, GRACE, signals);
                return Err(TaskError::Interrupted {
                    command: self.shown(),
                    signal,
                });
            }
            match status {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    return Err(TaskError::Failed {
                        command: self.shown(),
                        status,
                    });
                }
                None if Instant::now() >= deadline => {
                    group.end(Signal::TERM, GRACE, signals);
                    return Err(TaskError::TooLong {
                        command: self.shown(),
                        limit: self.limit,
                    });
                }
                None => thread::sleep(PAUSE),
            }
        }
    }
}

#[derive(Clone, Copy)]
pub enum Stream {
    Stdout,
    Stderr,
}

fn failed_in<'t>(task: &'t Task<'_>) -> impl Fn(std::io::Error) -> TaskError + 't {
    |source| TaskError::Output {
        command: task.shown(),
        source,
    }
}

/// Copies line by line and sends the picked lines at the end of the stream.
fn echo(
    from: impl Read + Send + 'static,
    mut to: impl std::io::Write + Send + 'static,
    wanted: fn(&str) -> bool,
) -> mpsc::Receiver<Vec<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut picked = Vec::new();
        let mut line = Vec::new();
        let mut from = BufReader::new(from);
        while matches!(from.read_until(b'\n', &mut line), Ok(1..)) {
            // A terminal that is gone must not stop the run: keep reading, or the command would block.
            let _ = to.write_all(&line);
            let text = String::from_utf8_lossy(&line);
            if wanted(&text) {
                picked.push(text.trim_end().to_owned());
            }
            line.clear();
        }
        let _ = sender.send(picked);
    });
    receiver
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+:,./@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
