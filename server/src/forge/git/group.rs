//! A child and whatever it started, ended together.
//!
//! git runs helpers (`git-remote-https`, `index-pack`, `ssh`) that outlive it when only it is killed. Each command gets
//! a process group of its own, and ending means the group: politely first, because git removes its locks and temporary
//! packs on TERM and leaves them behind on KILL.

use std::{io, process::ExitStatus, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    runtime::Handle,
    time::timeout,
};

/// How long a group has between TERM and KILL.
const GRACE: Duration = Duration::from_secs(3);

/// Dropping it ends the group in the background.
pub(super) struct Group {
    child: Option<Child>,
    id: Option<Pid>,
}

impl Group {
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child: Some(child), id })
    }

    /// The child, to take its pipes. It is there until [`wait`](Self::wait) or [`end`](Self::end) has answered.
    pub(super) fn child(&mut self) -> Option<&mut Child> {
        self.child.as_mut()
    }

    /// Waits for the child. Can be given up and called again.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let Some(child) = &mut self.child else {
            return Err(io::Error::other("the process has been waited for already"));
        };
        let status = child.wait().await?;
        self.child = None;
        Ok(status)
    }

    /// Ends the group and waits for the child.
    pub(super) async fn end(mut self) {
        if let Some(child) = self.child.take() {
            end(child, KillOnDrop(self.id)).await;
        }
    }
}

/// `kill` comes from outside, so that it works even where this is dropped before it begins: in a runtime that shuts down.
async fn end(mut child: Child, kill: KillOnDrop) {
    signal(kill.0, Signal::TERM);
    let left = timeout(GRACE, child.wait()).await.is_err();
    drop(kill); // The child may be gone and its helpers not.
    if left {
        // Bounded: a process that waits for a broken disk does not even die of KILL.
        let _ = timeout(GRACE, child.wait()).await;
    }
}

struct KillOnDrop(Option<Pid>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        signal(self.0, Signal::KILL);
    }
}

/// A group that is gone already is what was wanted.
fn signal(id: Option<Pid>, signal: Signal) {
    if let Some(id) = id {
        let _ = kill_process_group(id, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(child) = self.child.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(end(child, KillOnDrop(self.id)))),
            Err(_) => signal(self.id, Signal::KILL),
        }
    }
}
