//! The real OpenCode, started for one test in folders of its own and ended with it.
//!
//! It sees nothing of its caller: its environment is made from nothing, its home is temporary, its API has a random
//! password and listens on loopback. [`OpenCode`] ends the whole process group when it is dropped.

use std::{
    collections::VecDeque,
    env,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    time::timeout,
};

pub const USERNAME: &str = "opencode";
/// What a test says that finds no OpenCode.
pub const MISSING: &str = r#"run the tests by "cargo xtask test", which installs OpenCode"#;

const START_LIMIT: Duration = Duration::from_secs(90);
const END_LIMIT: Duration = Duration::from_secs(5);
/// Another process may take the chosen port before OpenCode does.
const ATTEMPTS: usize = 3;
const MAX_LOG: usize = 64 * 1024;

/// A running `opencode serve`.
#[derive(Debug)]
pub struct OpenCode {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// For HTTP Basic, with [`USERNAME`].
    pub password: String,
    /// The folder it works in: a git repository with one commit, unless the caller gave another.
    pub dir: PathBuf,
    child: Child,
    log: Log,
    // After the process, so that nothing writes there any more when they are removed.
    _home: TempDir,
    _dir: Option<TempDir>,
}

/// The OpenCode to test with: `PCC_TEST_OPENCODE`, or `opencode` on the path.
pub fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("PCC_TEST_OPENCODE").map(PathBuf::from) {
        ensure!(
            path.is_file(),
            "{MISSING} (PCC_TEST_OPENCODE names no file: {})",
            path.display()
        );
        return Ok(path);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join("opencode"))
        .find(|path| path.is_file());
    found.context(MISSING)
}

impl OpenCode {
    /// In a new git repository. `config` is OpenCode's own configuration, such as [`crate::llm::opencode_config`].
    pub async fn start(config: &Value) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir().context("cannot make a folder")?;
        make_repository(dir.path()).await?;
        let mut started = Self::start_in(dir.path(), config).await?;
        started._dir = Some(dir);
        Ok(started)
    }

    /// In a folder of the caller's.
    pub async fn start_in(dir: &Path, config: &Value) -> anyhow::Result<Self> {
        let binary = binary()?;
        let dir = dir.canonicalize().context("the folder cannot be read")?;
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            match Self::attempt(&binary, &dir, config).await {
                Ok(started) => return Ok(started),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| anyhow::anyhow!("no attempt was made")))
    }

    async fn attempt(binary: &Path, dir: &Path, config: &Value) -> anyhow::Result<Self> {
        let home = tempfile::tempdir().context("cannot make a home")?;
        let password = uuid::Uuid::new_v4().simple().to_string();
        let port = free_port()?;
        let mut child = command(binary, dir, home.path(), config, &password, port)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let log = Log::default();
        log.follow(child.stderr.take());
        log.follow(child.stdout.take());
        let mut started = Self {
            url: format!("http://127.0.0.1:{port}"),
            password,
            dir: dir.to_owned(),
            child,
            log,
            _home: home,
            _dir: None,
        };
        match timeout(START_LIMIT, started.until_healthy()).await {
            Ok(Ok(())) => Ok(started),
            Ok(Err(error)) => Err(error.context(format!("OpenCode says:\n{}", started.log()))),
            Err(_) => bail!(
                "OpenCode did not come up in {START_LIMIT:?}; it says:\n{}",
                started.log()
            ),
        }
    }

    /// What it has printed last.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// The socket accepts before the router is ready, and such a connection is never answered. So every try is short and
    /// on a connection of its own.
    async fn until_healthy(&mut self) -> anyhow::Result<()> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(1))
            .build()?;
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        loop {
            pause.tick().await;
            if let Some(status) = self.child.try_wait()? {
                bail!("OpenCode ended with {status}");
            }
            let request = client.get(format!("{}/global/health", self.url));
            let answer = request.basic_auth(USERNAME, Some(&self.password)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
        }
    }
}

impl Drop for OpenCode {
    fn drop(&mut self) {
        // Without an id the process has ended and was reaped: its number may belong to another by now.
        let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
            return;
        };
        // It fails only where the group is gone already.
        let _ = kill_process_group(pid, Signal::KILL);
        let deadline = Instant::now() + END_LIMIT;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn command(binary: &Path, dir: &Path, home: &Path, config: &Value, password: &str, port: u16) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["serve", "--hostname", "127.0.0.1", "--port", &port.to_string()])
        .current_dir(dir)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("OPENCODE_CONFIG_CONTENT", config.to_string())
        .env("OPENCODE_SERVER_PASSWORD", password)
        .env("OPENCODE_DISABLE_MODELS_FETCH", "1")
        .env("OPENCODE_DISABLE_AUTOUPDATE", "1")
        .env("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")
        .env("OPENCODE_DISABLE_SHARE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// OpenCode's own `--port 0` tries 4096 first, which several tests at once would fight over.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Outside a repository OpenCode takes `/` for the work tree.
async fn make_repository(dir: &Path) -> anyhow::Result<()> {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    let orders: [&[&str]; 2] = [
        &["init", "--quiet", "--initial-branch=main"],
        &["commit", "--quiet", "--allow-empty", "--message=Begin"],
    ];
    for order in orders {
        let mut git = Command::new("git");
        git.args(identity)
            .args(order)
            .current_dir(dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .kill_on_drop(true);
        let done = timeout(Duration::from_secs(30), git.output())
            .await
            .context("git hangs")?
            .context("cannot run git")?;
        ensure!(
            done.status.success(),
            "git {order:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    Ok(())
}

/// The end of what a process prints. It is read on and on, or the process would stand still.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<VecDeque<u8>>>);

impl Log {
    fn follow(&self, stream: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let (log, Some(mut stream)) = (self.clone(), stream) else {
            return;
        };
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                log.push(&buffer[..read]);
            }
        });
    }

    fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(bytes);
        let surplus = kept.len().saturating_sub(MAX_LOG);
        kept.drain(..surplus);
    }

    fn text(&self) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }
}
