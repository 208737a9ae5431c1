//! What a run takes place in: a data folder, a database, a model, and the programs.

use std::{
    fs::{self, OpenOptions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{OnceLock, atomic::AtomicBool},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use client::{Client, SecretString, Settings};
use fakes::llm::{Llm, Options, opencode_config};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::{aftermath, database::Database, history::History};

/// Projects whose name begins so get the real OpenCode.
pub const REAL: &str = "real";

#[derive(Clone, Debug)]
pub struct Programs {
    /// Built with the feature `failpoints`.
    pub server: PathBuf,
    pub light_agent: PathBuf,
    pub opencode: PathBuf,
}

pub struct World {
    pub seed: u64,
    pub database: Database,
    pub history: History,
    /// What is switched on in every life.
    pub points: String,
    programs: Programs,
    /// The server that runs now lives to the end.
    pub kills_are_over: AtomicBool,
    calm_since: OnceLock<Instant>,
    folder: TempDir,
    address: String,
    token: String,
    _model: Llm,
}

impl World {
    pub async fn make(programs: Programs, database: Database, seed: u64, points: String) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pcc-torture-").tempdir()?;
        let options = Options {
            key: None,
            token_delay: Duration::from_millis(10),
        };
        let model = Llm::listen(([127, 0, 0, 1], 0).into(), options).await?;
        fs::write(
            folder.path().join("agent.json"),
            opencode_config(&model.url()).to_string(),
        )?;
        write_agent(&folder.path().join("agent"), &programs)?;
        let mut world = Self {
            seed,
            database,
            history: History::default(),
            points,
            programs,
            kills_are_over: AtomicBool::new(false),
            calm_since: OnceLock::new(),
            folder,
            address: free_address()?,
            token: String::new(),
            _model: model,
        };
        world.token = world.make_token().await?;
        Ok(world)
    }

    /// Clients come to their end.
    pub fn calm_down(&self) {
        let _ = self.calm_since.set(Instant::now());
    }

    /// Whether something had so long to end without a kill. A server that lives for a second at a time owes nothing yet.
    pub fn had(&self, long: Duration) -> bool {
        self.calm_since.get().is_some_and(|since| since.elapsed() >= long)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A patient client: a server that is away comes back.
    pub fn client(&self) -> anyhow::Result<Client> {
        let settings = Settings {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(20),
            retry_for: Duration::from_secs(180),
            backoff_min: Duration::from_millis(40),
            backoff_max: Duration::from_millis(250),
            ..Settings::default()
        };
        let token = SecretString::from(self.token.clone());
        Ok(Client::with_settings(&self.url(), Some(token), settings)?)
    }

    /// Where the agent of a project lives.
    pub fn instance(&self, project: Uuid) -> PathBuf {
        self.data().join("instances").join(project.to_string())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.programs.server);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("PCC_DATA_DIR", self.data())
            .env("PCC_AGENT_COMMAND", self.folder.path().join("agent"))
            .env("PCC_AGENT_CONFIG", self.folder.path().join("agent.json"))
            .env("PCC_LISTEN", &self.address)
            .env("PCC_LOG_LEVEL", "info")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(url) = self.database.url() {
            command.env("PCC_DATABASE_URL", url);
        }
        command
    }

    async fn make_token(&self) -> anyhow::Result<String> {
        let arguments = ["token", "create", "--name", "torture", "--scope", "admin"];
        let made = self.command().args(arguments).output().await?;
        ensure!(
            made.status.success(),
            "no token: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    }

    /// A new life of the server. `points` are added to those of every life.
    pub fn start(&self, points: &str) -> anyhow::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let points = [self.points.as_str(), points].join(";");
        self.command()
            .arg("serve")
            .env("FAILPOINTS", points.trim_matches(';'))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("the server cannot be started")
    }

    /// Keeps the folder, for whoever wants to find out what happened.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        aftermath::end_processes(&self.data());
    }
}

/// One program that is OpenCode for some projects and a light stand-in for the others.
fn write_agent(file: &Path, programs: &Programs) -> anyhow::Result<()> {
    let script = format!(
        "#!/bin/sh\ngrep -q '\"name\": \"{REAL}-' ../container.json 2>/dev/null && exec '{}' \"$@\"\nexec '{}' \"$@\"\n",
        programs.opencode.display(),
        programs.light_agent.display(),
    );
    fs::write(file, script)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn free_address() -> anyhow::Result<String> {
    // Below the ports of outgoing connections: nobody takes it while the server is away.
    for _ in 0..100 {
        let port = 12_000 + rand::random::<u16>() % 7_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener.local_addr()?.to_string());
        }
    }
    anyhow::bail!("no free port")
}
