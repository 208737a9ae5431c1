//! Running git.
//!
//! Every git process of this server starts here, so that what must always hold is in one place:
//!
//! - no shell, an empty environment, no configuration of the system or of a user, no hooks, no prompts, no redirects;
//! - a remote is reached by one protocol, at addresses that [`Policy`](super::policy::Policy) let through, and git
//!   processes that need no remote can reach none;
//! - a deadline, a limit on what is read, and a process group that ends as a whole (`group`);
//! - what git says is cleaned before anybody sees it, and sorted into what a caller can act on (`failure`).

pub mod backend;
mod failure;
mod group;
mod hardening;
mod run;

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

pub use failure::{GitError, scrub};
pub(super) use failure::{exhausted, is_full};
use hardening::{FIXED_ENVIRONMENT, FIXED_SETTINGS, ssh_command};
pub use run::Output;
use tokio::process::Command;

use super::{
    login::Login,
    policy::Route,
    url::{GitUrl, Transport},
};

/// `merge-tree --write-tree` came with it; everything else used is older.
const OLDEST: (u32, u32) = (2, 38);

#[derive(Clone, Debug)]
pub struct GitOptions {
    /// The program: a path, or a name to look for on PATH.
    pub program: PathBuf,
    /// Where ssh notes the keys of servers: the first one seen is trusted, another one later is refused.
    pub known_hosts: PathBuf,
    /// The private key that ssh offers. Without one, ssh can log in nowhere.
    pub ssh_key: Option<PathBuf>,
    /// Further certificate authorities for https, in PEM.
    pub ca_file: Option<PathBuf>,
}

impl GitOptions {
    /// `git` from PATH, with what it must remember kept in `folder`.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            program: "git".into(),
            known_hosts: folder.join("known_hosts"),
            ssh_key: None,
            ca_file: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Git {
    options: Arc<GitOptions>,
}

impl Git {
    pub fn new(options: GitOptions) -> Self {
        let is_name = options.program.components().count() == 1;
        Self {
            options: Arc::new(GitOptions {
                program: if is_name {
                    options.program
                } else {
                    absolute(options.program)
                },
                known_hosts: absolute(options.known_hosts),
                ssh_key: options.ssh_key.map(absolute),
                ca_file: options.ca_file.map(absolute),
            }),
        }
    }

    /// A git command to be completed and run. Arguments that come from outside belong behind `--end-of-options`.
    pub fn command(&self, subcommand: &str) -> GitCommand {
        GitCommand {
            options: self.options.clone(),
            args: vec![subcommand.into()],
            settings: Vec::new(),
            environment: Vec::new(),
            folder: None,
            protocol: "none",
            input: Vec::new(),
            timeout: Duration::from_secs(30),
            output_limit: 1 << 20,
        }
    }

    /// The installed version; [`GitError::Missing`] where there is none, or one too old.
    pub async fn version(&self) -> Result<String, GitError> {
        let output = self.command("version").run().await?;
        let text = output.text();
        let version = text.trim().strip_prefix("git version ").unwrap_or(&text).to_owned();
        let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(version),
            _ => Err(GitError::TooOld(version)),
        }
    }
}

/// One git command. It has no `Debug`: settings may hold credentials.
pub struct GitCommand {
    options: Arc<GitOptions>,
    args: Vec<OsString>,
    settings: Vec<(String, OsString)>,
    environment: Vec<(&'static str, OsString)>,
    folder: Option<PathBuf>,
    protocol: &'static str,
    input: Vec<u8>,
    timeout: Duration,
    output_limit: usize,
}

impl GitCommand {
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// A git setting for this command alone. It travels in the environment, where no other user can read it.
    pub fn setting(mut self, key: impl Into<String>, value: impl AsRef<OsStr>) -> Self {
        self.settings.push((key.into(), value.as_ref().to_owned()));
        self
    }

    pub fn env(mut self, key: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((key, value.as_ref().to_owned()));
        self
    }

    /// Runs in this bare repository. It is named by the working directory: a process of a server that was killed then
    /// keeps to the folder it began in, even when another one takes its place.
    pub fn repository(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self.env("GIT_DIR", ".")
    }

    /// Runs over the files in this folder, with this git directory, which must be one that this server made. Paths are
    /// paths and never patterns; nothing is fetched, replaced or locked behind our back.
    pub fn work_tree(mut self, files: &Path, git_dir: &Path) -> Self {
        self.folder = Some(files.to_owned());
        self.env("GIT_DIR", git_dir)
            .env("GIT_WORK_TREE", ".")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .setting("core.attributesFile", "/dev/null")
            .setting("core.excludesFile", "/dev/null")
            .setting("core.quotePath", "false")
            .setting("core.untrackedCache", "false")
    }

    /// Lets the command fetch from a repository on this machine, and nothing else.
    pub fn local_remote(mut self) -> Self {
        self.protocol = "file";
        self
    }

    /// Lets the command reach the remote of this route, at the addresses that were checked, and nothing else.
    pub fn remote(mut self, route: &Route) -> Self {
        self.protocol = route.url.transport().name();
        let addresses: Vec<_> = route
            .addresses
            .iter()
            .map(|address| bracketed(&address.to_string()))
            .collect();
        match (route.url.transport(), route.url.host(), route.addresses.first()) {
            (Transport::Https | Transport::Http, Some(host), Some(_)) => {
                let pin = format!("{host}:{}:{}", route.url.port(), addresses.join(","));
                self.setting("http.curloptResolve", pin)
            }
            (Transport::Ssh, Some(host), Some(address)) => {
                let command = ssh_command(&self.options, &host.to_string(), &address.to_string());
                self.env("GIT_SSH_COMMAND", command).env("GIT_SSH_VARIANT", "ssh")
            }
            _ => self,
        }
    }

    /// Logs in, at the origin of this route and nowhere else.
    pub(in crate::forge) fn login(self, route: &Route, login: Option<&Login>) -> Self {
        match (route.url.origin(), login) {
            (Some(origin), Some(login)) => self.setting(format!("http.{origin}/.extraHeader"), login.header()),
            _ => self,
        }
    }

    /// What git reads from its standard input; nothing otherwise.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// 30 s unless told otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// 1 MiB unless told otherwise. A command that says more fails.
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// The process to start, its three pipes open.
    fn to_process(&self) -> Command {
        let mut command = Command::new(&self.options.program);
        command.args(&self.args).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.envs(FIXED_ENVIRONMENT).env("GIT_ALLOW_PROTOCOL", self.protocol);
        if let Some(file) = &self.options.ca_file {
            command.env("GIT_SSL_CAINFO", file);
        }
        let fixed = FIXED_SETTINGS.iter().map(|(key, value)| (*key, OsStr::new(value)));
        let own = self
            .settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_os_str()));
        let mut count = 0;
        for (key, value) in fixed.chain(own) {
            command.env(format!("GIT_CONFIG_KEY_{count}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        } else {
            command.current_dir("/"); // Never a repository that happens to be here.
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// git runs in other folders than the server does.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn bracketed(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}

/// `--end-of-options` and the address, for the commands that take one.
pub(super) fn remote_args(url: &GitUrl) -> [&str; 2] {
    ["--end-of-options", url.as_str()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_environment_of_the_server_stays_outside() {
        let git = Git::new(GitOptions::in_folder(Path::new("/x")));
        // `git var -l` prints the settings git would use.
        let output = git
            .command("config")
            .args(["--list", "--show-scope"])
            .run()
            .await
            .unwrap();
        let text = output.text();
        assert!(text.lines().all(|line| line.starts_with("command")), "{text}");
        assert!(text.contains("core.hookspath=/dev/null"));
    }

    #[tokio::test]
    async fn says_what_is_missing() {
        let options = GitOptions {
            program: "/nonexistent/git".into(),
            ..GitOptions::in_folder(Path::new("/x"))
        };
        let error = Git::new(options).version().await.unwrap_err();
        assert!(matches!(error, GitError::Missing), "{error:?}");
        let gone = Git::new(GitOptions::in_folder(Path::new("/x"))).command("version");
        let error = gone.repository(Path::new("/nonexistent")).run().await.err().unwrap();
        assert!(
            matches!(error, GitError::Io(_)),
            "git is there, the repository is not: {error:?}"
        );
        assert!(Git::new(GitOptions::in_folder(Path::new("/x"))).version().await.is_ok());
    }
}
