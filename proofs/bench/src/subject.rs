//! The server that is measured: the real program on a core of its own, watched through `/proc`.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{agent::Agent, database::Database, http::Connection, machine};

const UP_WITHIN: Duration = Duration::from_secs(60);

/// Killed when dropped, with its agents, which it would leave to the next server.
pub struct Subject {
    child: Child,
    data_dir: PathBuf,
    /// `127.0.0.1:port`.
    pub address: String,
    pub token: String,
    /// From the start of the process to its first answer that it is ready.
    pub ready_after: Duration,
    /// The processor time it had used by then.
    pub ready_cpu: Duration,
}

impl Subject {
    pub async fn start(
        program: &Path,
        core: usize,
        database: &Database,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(database.data_dir())
            .args(["--database-url", &database.url])
            .env("PCC_LOG_LEVEL", "warn,sea_orm_migration=warn")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // A child inherits the cores of the thread that makes it.
        let started = Instant::now();
        let spawned = thread::spawn(move || -> anyhow::Result<Child> {
            machine::pin(&[core])?;
            command.spawn().context("the server could not be started")
        });
        let Ok(child) = spawned.join() else {
            bail!("the thread that starts the server panicked");
        };
        let mut subject = Self {
            child: child?,
            data_dir: database.data_dir(),
            address: String::new(),
            token: database.bearer().to_owned(),
            ready_after: Duration::MAX,
            ready_cpu: Duration::MAX,
        };
        subject.address = subject.told_address()?;
        while subject.is_ready().await.is_err() {
            anyhow::ensure!(started.elapsed() < UP_WITHIN, "the server is not ready in time");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        subject.ready_after = started.elapsed();
        subject.ready_cpu = subject.cpu()?;
        Ok(subject)
    }

    /// It says where it listens; with port 0 there is no other way to know.
    fn told_address(&mut self) -> anyhow::Result<String> {
        let stdout = self.child.stdout.take().context("stdout is not a pipe")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(" is at http://"))
            .context("the server ended before it said where it is")?;
        // Whatever it says later must not fill the pipe.
        thread::spawn(move || lines.for_each(drop));
        let address = line.rsplit("http://").next().unwrap_or_default();
        Ok(address.trim_end_matches('/').to_owned())
    }

    async fn is_ready(&self) -> anyhow::Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        let answer = connection.get("/readyz").await?;
        anyhow::ensure!(answer.status == 200, "not ready");
        Ok(())
    }

    /// Processor time used so far, by all its threads.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The program's name may hold anything; fields are counted from the bracket that closes it.
        let fields: Vec<&str> = stat
            .rsplit_once(") ")
            .context("no fields")?
            .1
            .split_ascii_whitespace()
            .collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok());
        let (user, system) = (ticks(11).context("utime")?, ticks(12).context("stime")?);
        #[expect(clippy::cast_precision_loss, reason = "a hundred")]
        let per_second = rustix::param::clock_ticks_per_second() as f64;
        Ok(Duration::from_secs_f64((user + system) / per_second))
    }

    /// Resident memory, in bytes.
    pub fn resident_bytes(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().split(' ').next()?.parse::<f64>().ok())
            .context("no VmRSS")?;
        Ok(kib * 1024.0)
    }

    /// Asked to end, so that the next start finds everything closed properly.
    pub fn end(mut self) -> anyhow::Result<()> {
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::TERM,
        )?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for agent in Agent::all(&self.data_dir).unwrap_or_default() {
            agent.kill();
        }
    }
}
