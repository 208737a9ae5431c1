//! The real OpenCode with the scripted model, in folders of its own.
//!
//! To be replaced by what `fakes` offers for it; these tests also need it before it is healthy.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::agent::{AgentError, AgentRuntime, Endpoint};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{PASSWORD, USERNAME, agent, model::Model};

const START_LIMIT: Duration = Duration::from_secs(120);

pub(super) struct Running {
    pub(super) at: Endpoint,
    child: Child,
    _model: Model,
    _folder: TempDir,
}

fn binary() -> PathBuf {
    let named = env::var_os("PCC_TEST_OPENCODE").map(PathBuf::from);
    let paths = env::var_os("PATH").unwrap_or_default();
    let on_path = || {
        env::split_paths(&paths)
            .map(|folder| folder.join("opencode"))
            .find(|path| path.is_file())
    };
    named
        .or_else(on_path)
        .filter(|path| path.is_file())
        .expect("run the tests by \"cargo xtask test\", which installs OpenCode")
}

fn config(model: &Model) -> Value {
    json!({
        "autoupdate": false,
        "share": "disabled",
        "enabled_providers": ["fake"],
        "model": "fake/fake-1",
        "small_model": "fake/fake-1",
        "permission": { "bash": "allow", "edit": "allow" },
        "provider": { "fake": {
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": model.url, "apiKey": "none" },
            "models": { "fake-1": { "name": "Fake One", "tool_call": true, "limit": { "context": 200_000, "output": 32_000 } } },
        } },
    })
}

impl Running {
    /// Started, and not yet answering.
    pub(super) async fn spawn() -> Self {
        let model = Model::start().await;
        let folder = TempDir::new().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let work = root.join("work");
        fs::create_dir(&work).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = Command::new(binary());
        command
            .args(["serve", "--hostname", "127.0.0.1", "--port", &port.to_string()])
            .current_dir(&work)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap())
            .env("HOME", &root)
            .env("OPENCODE_SERVER_PASSWORD", PASSWORD)
            .env("OPENCODE_CONFIG_CONTENT", config(&model).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        for kind in ["DATA", "CONFIG", "CACHE", "STATE"] {
            command.env(format!("XDG_{kind}_HOME"), root.join(kind.to_lowercase()));
        }
        for switch in ["MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "SHARE"] {
            command.env(format!("OPENCODE_DISABLE_{switch}"), "1");
        }
        let at = Endpoint {
            url: format!("http://127.0.0.1:{port}").parse().unwrap(),
            username: USERNAME.into(),
            password: SecretString::from(PASSWORD),
            directory: work.to_str().unwrap().into(),
        };
        Self {
            at,
            child: command.spawn().unwrap(),
            _model: model,
            _folder: folder,
        }
    }

    /// Asks from the first moment until it is healthy; returns how often it had to.
    pub(super) async fn healthy(&mut self) -> usize {
        let started = Instant::now();
        for tries in 1.. {
            match agent().health(&self.at).await {
                Ok(health) => {
                    assert!(health.version.starts_with("1."), "{health:?}");
                    return tries;
                }
                Err(AgentError::Unavailable { .. }) => {}
                Err(other) => panic!("try {tries}: {other:?}"),
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "OpenCode ended");
            assert!(
                started.elapsed() < START_LIMIT,
                "OpenCode is not healthy after {tries} tries"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        unreachable!()
    }

    pub(super) async fn start() -> Self {
        let mut running = Self::spawn().await;
        running.healthy().await;
        running
    }

    pub(super) fn kill(&self) {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).unwrap())) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Running {
    /// Its tools too.
    fn drop(&mut self) {
        self.kill();
    }
}
