//! A child in a process group of its own: a Ctrl-C of the terminal reaches it only through us, and once.
//!
//! Dropping a [`Group`] kills whatever of it is left.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::signals::Signals;

/// How often a wait looks again.
pub const PAUSE: Duration = Duration::from_millis(30);

pub struct Group {
    child: Child,
}

impl Group {
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        Ok(Self {
            child: command.process_group(0).spawn()?,
        })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Until it has ended or the time is over.
    pub fn wait_for(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(PAUSE);
        }
    }

    /// A group that is gone needs no signal, so failures do not matter.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }

    /// Asks with `signal`, waits, and kills after `grace` or at the next signal from outside.
    pub fn end(&mut self, signal: Signal, grace: Duration, signals: &Signals) {
        self.signal(signal);
        let deadline = Instant::now() + grace;
        while matches!(self.try_wait(), Ok(None)) && Instant::now() < deadline && signals.take().is_none() {
            thread::sleep(PAUSE);
        }
        self.kill();
    }

    /// Leaves nothing of the group. Ends in a bounded time: nobody can ignore KILL.
    pub fn kill(&mut self) {
        if matches!(self.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
