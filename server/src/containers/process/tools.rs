//! The programs an instance needs: looked for at each use, so that installing one later helps at once.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::Command;

use crate::containers::HostError;

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const VERSION_LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub(super) struct Tools {
    /// A path, or a name to look for.
    pub(super) agent_command: Option<PathBuf>,
    /// Searched before the server's own PATH.
    pub(super) extra_path: Vec<PathBuf>,
}

/// A program that was found.
#[derive(Clone, Debug)]
pub struct Tool {
    pub path: PathBuf,
    /// What it answers to `--version`; `None` when it gives no answer.
    pub version: Option<String>,
}

/// What the host found when it looked for the programs it needs.
#[derive(Debug)]
pub struct ToolReport {
    pub agent: Result<Tool, HostError>,
    pub git: Result<Tool, HostError>,
}

impl ToolReport {
    pub fn is_complete(&self) -> bool {
        self.agent.is_ok() && self.git.is_ok()
    }
}

/// One line for the log.
impl fmt::Display for ToolReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let describe = |name: &str, tool: &Result<Tool, HostError>| match tool {
            Ok(Tool {
                path,
                version: Some(version),
            }) => format!("{name} is {} ({version})", path.display()),
            Ok(Tool { path, version: None }) => {
                format!("{name} is {}, which does not tell its version", path.display())
            }
            Err(error) => error.to_string(),
        };
        write!(
            f,
            "{}; {}",
            describe("the agent", &self.agent),
            describe("git", &self.git)
        )
    }
}

impl Tools {
    pub(super) fn agent(&self) -> Result<PathBuf, HostError> {
        let command = self.agent_command.as_deref().unwrap_or(Path::new("opencode"));
        self.find(command).ok_or_else(|| {
            HostError::Missing(format!(
                "OpenCode was not found (looked for `{}`): install it with `npm install -g opencode-ai@1.18`, \
                 or set PCC_AGENT_COMMAND to its program",
                command.display()
            ))
        })
    }

    pub(super) fn git(&self) -> Result<PathBuf, HostError> {
        self.find(Path::new("git"))
            .ok_or_else(|| HostError::Missing("git was not found: install it with `apt-get install git`".to_owned()))
    }

    /// Those that are not there. Looks only, and starts none: this is done in a moment.
    pub(super) fn missing(&self) -> Vec<HostError> {
        self.agent().err().into_iter().chain(self.git().err()).collect()
    }

    pub(super) async fn report(&self) -> ToolReport {
        let (agent, git) = (self.agent(), self.git());
        let (agent, git) = tokio::join!(self.described(agent), self.described(git));
        ToolReport { agent, git }
    }

    /// Folders to search, the extra ones first. Relative ones are left out: the agent works in a folder whose content
    /// strangers may have written.
    pub(super) fn search_path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
        let folders = self.extra_path.iter().cloned().chain(env::split_paths(&inherited));
        env::join_paths(folders.filter(|folder| folder.is_absolute())).unwrap_or_else(|_| DEFAULT_PATH.into())
    }

    fn find(&self, command: &Path) -> Option<PathBuf> {
        if command.components().count() > 1 {
            return std::path::absolute(command).ok().filter(|path| is_program(path));
        }
        env::split_paths(&self.search_path())
            .map(|folder| folder.join(command))
            .find(|path| is_program(path))
    }

    async fn described(&self, found: Result<PathBuf, HostError>) -> Result<Tool, HostError> {
        let path = found?;
        let version = version_of(&path, &self.search_path()).await;
        Ok(Tool { path, version })
    }
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

async fn version_of(program: &Path, search_path: &OsStr) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear().env("PATH", search_path);
    // OpenCode wants a home to start, even for this.
    if let Some(home) = env::var_os("HOME") {
        command.env("HOME", home);
    }
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_LIMIT, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.chars().take(80).collect())
}
