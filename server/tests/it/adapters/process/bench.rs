//! A host over a folder of its own, with one container to try things on.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use server::{
    clock::Clock,
    containers::{
        Container, ContainerHost, ContainerId, ContainerSpec, ContainerState, Endpoint,
        process::{ProcessConfig, ProcessHost},
    },
};
use tempfile::TempDir;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    contracts::containers::spec,
    support::{repository, until::until},
};

/// Stays until it is ended.
pub const PATIENT: &str = "echo listening\nexec sleep 1000";

pub struct Bench {
    pub place: TempDir,
    pub config: ProcessConfig,
    pub host: ProcessHost,
    pub spec: ContainerSpec,
}

impl Bench {
    /// With a script as the agent.
    pub async fn with_script(body: &str) -> Self {
        Self::with(|config, place| config.agent_command = Some(script(place, "agent", body))).await
    }

    pub async fn with(adjust: impl FnOnce(&mut ProcessConfig, &Path)) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        // The real path, as the mark of processes has it.
        let root = place.path().canonicalize().expect("it exists").join("instances");
        let mut config = ProcessConfig::new(root);
        adjust(&mut config, place.path());
        let source = repository::bare(place.path());
        let spec = spec(Uuid::new_v4(), Uuid::new_v4(), source.to_str().expect("readable paths"));
        let host = host(&config).await;
        Self {
            place,
            config,
            host,
            spec,
        }
    }

    pub fn id(&self) -> ContainerId {
        ContainerId(self.spec.owner.project.to_string())
    }

    pub fn folder(&self) -> PathBuf {
        self.config.root.join(self.spec.owner.project.to_string())
    }

    /// Another server over the same folder; the first one is gone, as after `kill -9`.
    pub async fn new_server(&mut self) {
        self.host = host(&self.config).await;
    }

    pub async fn create_and_fill(&self) {
        self.host.create(&self.spec).await.expect("created");
        self.fill().await.expect("filled");
    }

    pub async fn fill(&self) -> Result<(), server::containers::HostError> {
        self.host
            .provision(&self.id(), &self.spec.workspace, &watch::Sender::default())
            .await
    }

    /// Made, filled and started.
    pub async fn start(&self) -> Container {
        self.create_and_fill().await;
        self.host.start(&self.id(), &self.spec).await.expect("started")
    }

    pub async fn state(&self) -> ContainerState {
        self.host
            .inspect(&self.id())
            .await
            .expect("an answer")
            .expect("a container")
            .state
    }

    pub async fn running(&self) -> (Uuid, Endpoint) {
        match self.state().await {
            ContainerState::Running { run, endpoint, .. } => (run, endpoint),
            other => panic!("it should run: {other:?}"),
        }
    }

    /// Waits for an end nobody asked for.
    pub async fn exited(&self) -> (Option<i32>, String) {
        until("the end to be noticed", async || match self.state().await {
            ContainerState::Exited { code, last_words, .. } => Some((code, last_words)),
            _ => None,
        })
        .await
    }

    pub fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.folder().join("run.json")).expect("a record")).expect("JSON")
    }

    pub fn forge_record(&self, record: &Value) {
        fs::write(self.folder().join("run.json"), record.to_string()).expect("written");
    }

    pub fn pid(&self) -> i32 {
        let pid = self.record()["process"]["pid"].as_i64().expect("a recorded process");
        i32::try_from(pid).expect("a pid")
    }

    /// Every living process of the container.
    pub fn processes(&self) -> Vec<i32> {
        marked(&self.folder())
    }

    pub async fn log(&self) -> Vec<String> {
        let lines = self.host.logs(&self.id(), 100_000).await.expect("logs");
        lines.into_iter().map(|line| line.text).collect()
    }

    /// Waits for a line of the log that holds this.
    pub async fn says(&self, part: &str) {
        until(part, async || {
            self.log().await.iter().any(|line| line.contains(part)).then_some(())
        })
        .await;
    }
}

/// Failed or not, a test leaves no process behind.
impl Drop for Bench {
    fn drop(&mut self) {
        marked(&self.config.root).into_iter().for_each(kill);
    }
}

async fn host(config: &ProcessConfig) -> ProcessHost {
    ProcessHost::new(config.clone(), Clock::system()).await.expect("a host")
}

pub fn script(place: &Path, name: &str, body: &str) -> PathBuf {
    let path = place.join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

pub fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

pub fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.starts_with(" Z"))
}

pub fn environment(pid: i32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    bytes
        .split(|byte| *byte == 0)
        .map(|entry| String::from_utf8_lossy(entry).into_owned())
        .collect()
}

fn marked(below: &Path) -> Vec<i32> {
    let mark = format!("PCC_INSTANCE_FOLDER={}", below.display());
    let entries = fs::read_dir("/proc").expect("processes").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| lives(*pid) && environment(*pid).iter().any(|entry| entry.starts_with(&mark)))
        .collect()
}
