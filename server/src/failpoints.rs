//! Places where the server can be told to die, to stall, or to leave out what keeps it right.
//!
//! `cargo xtask torture` builds the server with the feature `failpoints` and names in the variable `FAILPOINTS` what
//! should happen where. Without the feature, which no release and no other build has, all of it compiles to nothing.
//!
//! - [`crash_point!`](crate::crash_point): here the process kills itself as `kill -9` would.
//! - [`stall`]: here a worker stands still, as one whose machine was suspended would.
//! - [`is_broken`]: here something is left out, so that the proofs can show that they would notice.
//! - [`duration`]: a period that is too long to wait for.

use std::time::Duration;

/// A step between which and the next a death matters.
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoints::die_at($name);
    };
}

/// Reads `FAILPOINTS`. Once, at the start of the program.
#[cfg(feature = "failpoints")]
pub fn begin() {
    // Its end would switch everything off again.
    std::mem::forget(fail::FailScenario::setup());
}

#[cfg(feature = "failpoints")]
pub fn die_at(name: &str) {
    if value(name).is_some() {
        eprintln!("crash point {name}");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The signal is on its way to all threads.
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// The argument of a point that is switched on.
#[cfg(feature = "failpoints")]
fn value(name: &str) -> Option<String> {
    fail::fail_point!(name, |argument| Some(argument.unwrap_or_default()));
    None
}

#[cfg(feature = "failpoints")]
pub fn is_broken(name: &str) -> bool {
    value(name).is_some()
}

#[cfg(not(feature = "failpoints"))]
pub const fn is_broken(_name: &str) -> bool {
    false
}

#[cfg(feature = "failpoints")]
pub fn duration(name: &str, normally: Duration) -> Duration {
    let given = value(name).and_then(|milliseconds| milliseconds.parse().ok());
    given.map_or(normally, Duration::from_millis)
}

#[cfg(not(feature = "failpoints"))]
pub const fn duration(_name: &str, normally: Duration) -> Duration {
    normally
}

pub async fn stall(name: &str) {
    let pause = duration(name, Duration::ZERO);
    if !pause.is_zero() {
        tracing::warn!(name, ?pause, "stalls");
        tokio::time::sleep(pause).await;
    }
}
