//! The real `pcc-server` as a process, with a folder of its own, reached through the real client.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use client::Client;
use tempfile::TempDir;

use super::{
    database::{Kind, TestDatabase},
    opencode,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pcc-server");
const UP_WITHIN: Duration = Duration::from_secs(60);

/// A server that can be killed and started again over the same data. Everything it started ends with it.
pub struct TestServer {
    folder: TempDir,
    database: Option<TestDatabase>,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    address: String,
    token: String,
}

impl TestServer {
    /// With the real OpenCode and whatever model `agent_config` names.
    pub async fn start(kind: Kind, agent_config: &serde_json::Value) -> Self {
        let program = opencode::program().display().to_string();
        Self::with(kind, agent_config, &[("PCC_AGENT_COMMAND", &program)]).await
    }

    pub async fn with(kind: Kind, agent_config: &serde_json::Value, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("agent.json");
        std::fs::write(&config, agent_config.to_string()).unwrap();
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(TestDatabase::new(kind).await),
        };
        let mut environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        environment.push(("PCC_AGENT_CONFIG".to_owned(), config.display().to_string()));
        environment.push(("PCC_FORGE_ALLOW_FILE".to_owned(), "true".to_owned()));
        if let Some(database) = &database {
            environment.push(("PCC_DATABASE_URL".to_owned(), database.url.clone()));
        }
        let mut server = Self {
            folder,
            database,
            environment,
            child: None,
            address: "127.0.0.1:0".to_owned(),
            token: String::new(),
        };
        server.run();
        let mut made = server.command(&["token", "create", "--name", "test", "--scope", "admin"]);
        let output = made.0.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        server.token = String::from_utf8(output.stdout).unwrap().trim_end().to_owned();
        server
    }

    /// A command of the server's program over the same data.
    pub fn command(&self, arguments: &[&str]) -> CommandBox {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .args(["--data-dir", &self.data().display().to_string()])
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        CommandBox(command)
    }

    /// Starts it, at the same address as before, and waits until it says where it is.
    pub fn run(&mut self) {
        let mut command = self.command(&["serve", "--listen", &self.address]).0;
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("server.log"))
            .unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let line = stdout
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains(" is at "));
        let line = line.unwrap_or_else(|| panic!("it did not come up: {}", self.log()));
        self.address = line.rsplit("http://").next().unwrap().to_owned();
        self.child = Some(child);
        let since = Instant::now();
        while std::net::TcpStream::connect(&self.address).is_err() {
            assert!(since.elapsed() < UP_WITHIN, "it does not listen: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// As a power failure would, as far as a process can tell.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url(), self.token.clone().into()).unwrap()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.url.clone(),
            None => server::db::sqlite_url(&self.data().join("pcc.db")),
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Processes that live in this server's folder: its agents, and what they started.
    pub fn processes(&self) -> Vec<u32> {
        processes_in(&self.data())
    }

    /// Of these, the agents themselves: what they started comes and goes.
    pub fn agents(&self) -> Vec<u32> {
        let serves = |pid: &u32| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            command.split(|byte| *byte == 0).nth(1) == Some(b"serve")
        };
        self.processes().into_iter().filter(serves).collect()
    }
}

pub struct CommandBox(pub Command);

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill();
        for pid in self.processes() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
    }
}

fn processes_in(folder: &Path) -> Vec<u32> {
    let Ok(folder) = folder.canonicalize() else {
        return Vec::new();
    };
    let all = std::fs::read_dir("/proc").unwrap();
    all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&folder)))
        .collect()
}
