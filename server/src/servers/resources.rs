//! What this machine has and uses: sampled while somebody looks.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sysinfo::{Disks, System};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

use crate::clock::Clock;

/// A sample. Processor load is the mean since the sample before, over all cores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub at: DateTime<Utc>,
    /// Here and below: `None` where it cannot be told.
    pub cpu: Option<Use>,
    pub memory: Option<Use>,
    /// The file system of the data folder.
    pub disk: Option<Use>,
}

/// Cores for the processor, bytes otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Use {
    pub used: f64,
    pub total: f64,
}

/// How old a sample may be to be given again.
const FRESH: Duration = Duration::from_secs(2);
/// The processor's load needs two looks.
const FIRST_LOOK: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub struct Resources {
    clock: Clock,
    data_dir: PathBuf,
    state: Arc<Mutex<State>>,
}

struct State {
    /// `None` where the machine cannot be asked.
    system: Option<System>,
    newest: Option<(Instant, Sample)>,
}

impl Resources {
    pub fn new(clock: Clock, data_dir: PathBuf) -> Self {
        let state = State {
            system: System::new().ok(),
            newest: None,
        };
        Self {
            clock,
            data_dir,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// A sample that is at most two seconds old. Any number of askers cost one look.
    pub async fn sample(&self) -> Sample {
        let mut state = self.state.lock().await;
        if let Some((taken, sample)) = state.newest
            && taken.elapsed() < FRESH
        {
            return sample;
        }
        if state.newest.is_none()
            && let Some(system) = &mut state.system
        {
            system.refresh_cpu_usage();
            sleep(FIRST_LOOK).await;
        }
        let sample = state.look(self.clock.now(), &self.data_dir);
        state.newest = Some((Instant::now(), sample));
        sample
    }
}

impl State {
    #[expect(clippy::cast_precision_loss, reason = "bytes are exact up to 8 PiB")]
    fn look(&mut self, at: DateTime<Utc>, data_dir: &std::path::Path) -> Sample {
        let (cpu, memory) = self.system.as_mut().map_or((None, None), |system| {
            system.refresh_cpu_usage();
            system.refresh_memory();
            let cores = system.cpus().len() as f64;
            let cpu = Use {
                used: f64::from(system.global_cpu_usage()) / 100.0 * cores,
                total: cores,
            };
            let memory = Use {
                used: system.used_memory() as f64,
                total: system.total_memory() as f64,
            };
            (Some(cpu), Some(memory))
        });
        Sample {
            at,
            cpu,
            memory,
            disk: disk_of(data_dir),
        }
    }
}

/// The file system that holds this folder: the one with the longest mount point above it.
#[expect(clippy::cast_precision_loss, reason = "bytes are exact up to 8 PiB")]
fn disk_of(folder: &std::path::Path) -> Option<Use> {
    let folder = folder.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list().ok()?;
    let disk = disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())?;
    let total = disk.total_space();
    Some(Use {
        used: total.saturating_sub(disk.available_space()) as f64,
        total: total as f64,
    })
}
