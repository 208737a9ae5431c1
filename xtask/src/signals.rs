//! Ctrl-C, TERM and hang-up as a value to ask for, so that every wait can end what it started before xtask leaves.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::task::TaskError;

#[derive(Clone)]
pub struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// From here on these signals no longer end the process: whoever waits must ask [`Signals::take`].
    pub fn watch() -> io::Result<Self> {
        let last = Arc::new(AtomicUsize::new(0));
        for (signal, value) in [(SIGINT, 2), (SIGTERM, 15), (SIGHUP, 15)] {
            signal_hook::flag::register_usize(signal, Arc::clone(&last), value)?;
        }
        Ok(Self(last))
    }

    /// The last signal since the call before. A hang-up counts as TERM: both mean that nobody is there any more.
    pub fn take(&self) -> Option<Signal> {
        match self.0.swap(0, Ordering::SeqCst) {
            0 => None,
            2 => Some(Signal::INT),
            _ => Some(Signal::TERM),
        }
    }

    /// For waits of our own.
    pub fn check(&self, command: &str) -> Result<(), TaskError> {
        match self.take() {
            Some(signal) => Err(TaskError::Interrupted {
                command: command.to_owned(),
                signal,
            }),
            None => Ok(()),
        }
    }
}

/// The exit status a shell gives to a process that a signal ended.
pub fn exit_status(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses_are_those_of_a_shell() {
        assert_eq!(exit_status(Signal::INT), 130);
        assert_eq!(exit_status(Signal::TERM), 143);
    }
}
