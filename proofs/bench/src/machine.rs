//! The machine that is measured on, and who gets which core of it.

use std::{fmt, fs};

use anyhow::{Context, ensure};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    /// The one core the server runs on.
    pub server_core: usize,
    /// The cores the load comes from: all others.
    pub load_cores: Vec<usize>,
    /// How busy the machine was with other things when the run began: the load average of a minute.
    pub load_before: f64,
}

impl Machine {
    pub fn look() -> anyhow::Result<Self> {
        let allowed = sched_getaffinity(None).context("the cores of this process cannot be told")?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let server_core = cores.next().context("no core is allowed")?;
        let load_cores: Vec<_> = cores.collect();
        ensure!(
            !load_cores.is_empty(),
            "two cores are needed: one for the server, one for the load"
        );
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: load_cores.len() + 1,
            memory_gib: memory_gib(),
            kernel: read("/proc/sys/kernel/osrelease"),
            server_core,
            load_cores,
            load_before: read("/proc/loadavg")
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or_default(),
        })
    }

    /// Keeps this thread, and those it will make, off the server's core.
    pub fn leave_the_servers_core(&self) -> anyhow::Result<()> {
        pin(&self.load_cores)
    }
}

/// Binds this thread, and every thread and process it makes from now on, to these cores.
pub fn pin(cores: &[usize]) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    sched_setaffinity(None, &set).with_context(|| format!("cannot be bound to the cores {cores:?}"))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value of the first line `name : value` of a file of `/proc`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory_gib() -> f64 {
    let kib: Option<f64> = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
    (kib.unwrap_or_default() / 1024.0 / 1024.0 * 10.0).round() / 10.0
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} cores, {} GiB, Linux {}; server on core {}, load on {:?}; load average before {}",
            self.processor,
            self.cores,
            self.memory_gib,
            self.kernel,
            self.server_core,
            self.load_cores,
            self.load_before
        )
    }
}
