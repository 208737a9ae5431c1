//! The real server as a process, killed and started again over the same data.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use client::Client;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::Options;

const UP_WITHIN: Duration = Duration::from_secs(90);

pub struct Server {
    folder: TempDir,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
    child: Option<Child>,
    pub address: SocketAddr,
}

impl Server {
    /// Everything it keeps lies in a folder that goes with it.
    pub async fn start(options: &Options, model: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("agent.json");
        std::fs::write(&config, fakes::llm::opencode_config(model).to_string())?;
        let mut environment = vec![
            ("PCC_AGENT_COMMAND", options.opencode.display().to_string()),
            ("PCC_AGENT_CONFIG", config.display().to_string()),
            ("PCC_LOG_LEVEL", "warn,sea_orm_migration=warn".to_owned()),
        ];
        if let Some(url) = &options.database_url {
            environment.push(("PCC_DATABASE_URL", url.clone()));
        }
        // Outside of where outgoing connections get theirs, or one of those could take it while the server is down.
        let address = free_address()?;
        let mut server = Self {
            folder,
            program: options.server.clone(),
            environment,
            child: None,
            address,
        };
        server.run(None).await?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// Starts it and waits until it answers. `keep_events` is how much of the log it keeps.
    pub async fn run(&mut self, keep_events: Option<u64>) -> anyhow::Result<()> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("server.log"))?;
        let mut command = self.command(&["serve", "--listen", &self.address.to_string()]);
        if let Some(keep) = keep_events {
            command.env("PCC_EVENTS_KEEP_EVENTS", keep.to_string());
        }
        let child = command.stdout(log.try_clone()?).stderr(log).spawn();
        self.child = Some(child.context("the server cannot be started")?);
        let deadline = Instant::now() + UP_WITHIN;
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!("the server ended ({status}):\n{}", self.log());
            }
            ensure!(Instant::now() < deadline, "the server does not listen:\n{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// As a power failure would, as far as a process can tell.
    pub fn kill(&mut self) -> std::io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// A token for one more device.
    pub fn token(&self, name: &str) -> anyhow::Result<String> {
        let output = self
            .command(&["token", "create", "--name", name, "--scope", "admin"])
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "no token was made: {errors}");
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    /// A client that reaches it without the bad network in between.
    pub fn client(&self, token: &str) -> anyhow::Result<Client> {
        Ok(Client::new(
            &format!("http://{}", self.address),
            token.to_owned().into(),
        )?)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
        // Its agents outlive it, as they should; here nobody comes back for them.
        for pid in processes_in(&self.data()) {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
    }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    let ports = (10_000..20_000).filter(|_| rand::random_ratio(1, 50));
    let mut addresses = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    addresses
        .find(|address| std::net::TcpListener::bind(address).is_ok())
        .context("no free port")
}

fn processes_in(folder: &Path) -> Vec<u32> {
    let (Ok(folder), Ok(all)) = (folder.canonicalize(), std::fs::read_dir("/proc")) else {
        return Vec::new();
    };
    all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&folder)))
        .collect()
}
