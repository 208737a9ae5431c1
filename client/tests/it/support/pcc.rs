//! The real `pcc`, as a child of the test.

use std::{
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::in_time;

/// A machine of its own: a configuration folder and an environment.
pub struct Pcc {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Pcc {
    /// One that knows no server.
    pub fn unpaired() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// One that is told the server by its environment.
    pub fn of(base: &str) -> Self {
        let environment = vec![("PCC_SERVER", base.to_owned()), ("PCC_TOKEN", "a-token".to_owned())];
        Self {
            environment,
            ..Self::unpaired()
        }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.json")
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_pcc"))
            .args(arguments)
            .env_remove("PCC_SERVER")
            .env_remove("PCC_TOKEN")
            .env("PCC_CONFIG", self.config())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let output = in_time(self.start(arguments).wait_with_output()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// The one JSON value on standard output.
    pub fn json(&self) -> Value {
        assert!(self.status.success(), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// A JSON value for each line of standard output.
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The JSON error on standard error.
    pub fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        let error: Value = serde_json::from_str(&self.stderr).unwrap();
        error["error"].clone()
    }
}
