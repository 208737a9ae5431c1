//! The scripted model of `up --demo`: on loopback, on the same port each time, ended with the server.
//!
//! Agents keep the configuration they were started with and outlive a restart of the server, so the model's address
//! must outlive it too.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::context::Context;
use crate::group::PAUSE;
use crate::resident::{Residency, Resident};
use crate::step::{say, tail, warn};

const USUAL_PORT: u16 = 3902;
const START_LIMIT: Duration = Duration::from_secs(20);
/// A model that ends this often is broken, and starting it again helps nobody.
const RESTARTS: usize = 3;

pub struct Model<'a> {
    context: &'a Context,
    program: PathBuf,
    address: SocketAddr,
    /// OpenCode's configuration, which names the model as its provider.
    pub config: PathBuf,
    log: PathBuf,
    process: Option<Resident>,
    restarts: usize,
}

impl<'a> Model<'a> {
    pub fn start(context: &'a Context, program: &Path) -> anyhow::Result<Self> {
        let folder = context.folder("")?;
        let mut model = Self {
            context,
            program: program.to_path_buf(),
            address: address(&folder.join("demo-port"))?,
            config: folder.join("demo-agent.json"),
            log: context.folder("logs")?.join("demo-model.log"),
            process: None,
            restarts: 0,
        };
        model.launch()?;
        say(format!("Demo model: http://{}", model.address));
        Ok(model)
    }

    /// Starts the model again if it ended. The server and its projects stay up whatever happens here.
    pub fn keep_alive(&mut self) {
        let ended = match &mut self.process {
            Some(process) => process.ended().is_ok_and(|status| status.is_some()),
            None => false,
        };
        if !ended {
            return;
        }
        self.process = None;
        self.restarts += 1;
        let log = self.context.shown(&self.log);
        if self.restarts > RESTARTS {
            warn(format!(
                "The demo model ended again and stays down: prompts fail until `up --demo` is started anew. See {log}"
            ));
            return;
        }
        match self.launch() {
            Ok(()) => warn("The demo model ended and was started again."),
            Err(error) => warn(format!("The demo model ended and does not start again: {error:#}")),
        }
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let _ = fs::remove_file(&self.config);
        let command = [
            self.program.clone().into_os_string(),
            "--listen".into(),
            self.address.to_string().into(),
            "--config-file".into(),
            self.config.clone().into_os_string(),
        ];
        let home = Residency {
            end_by: "TERM",
            folder: &self.context.root,
            throw_away: false,
            user: None,
            log: &self.log,
        };
        let mut process = Resident::start(&command, &home)?;
        let deadline = Instant::now() + START_LIMIT;
        while !self.is_ready() {
            self.context.signals.check("pcc-fake-llm")?;
            if let Some(status) = process.ended()? {
                let words = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("the demo model ended at once ({status}):\n{}", tail(&words, 20));
            }
            if Instant::now() >= deadline {
                bail!(
                    "the demo model was not ready after {} s, see {}",
                    START_LIMIT.as_secs(),
                    self.context.shown(&self.log)
                );
            }
            thread::sleep(PAUSE);
        }
        self.process = Some(process);
        Ok(())
    }

    /// It takes connections and has written its configuration to the end.
    fn is_ready(&self) -> bool {
        let text = fs::read(&self.config).unwrap_or_default();
        serde_json::from_slice::<serde_json::Value>(&text).is_ok()
            && TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok()
    }
}

/// The address of last time. If somebody else has its port now, another one, which is remembered in turn.
fn address(memory: &Path) -> anyhow::Result<SocketAddr> {
    let last = fs::read_to_string(memory)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let wanted = last.unwrap_or(USUAL_PORT);
    let address = match free_address(wanted) {
        Ok(address) => address,
        Err(_) => {
            let other = free_address(0).context("no free port on loopback for the demo model")?;
            if last.is_some() {
                warn(format!(
                    "Port {wanted} of the demo model is taken: restart projects that were started with it."
                ));
            }
            other
        }
    };
    fs::write(memory, address.port().to_string()).with_context(|| format!("cannot write {}", memory.display()))?;
    Ok(address)
}

fn free_address(port: u16) -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", port))?.local_addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_kept_until_somebody_else_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let memory = folder.path().join("demo-port");
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        fs::write(&memory, port.to_string()).unwrap();
        let other = address(&memory).unwrap().port();
        assert!(other != port && other != USUAL_PORT, "one that the system found free");
        assert_eq!(fs::read_to_string(&memory).unwrap(), other.to_string());
        assert_eq!(address(&memory).unwrap().port(), other);
    }

    #[test]
    fn a_damaged_memory_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let memory = folder.path().join("demo-port");
        fs::write(&memory, "no port").unwrap();
        assert_ne!(address(&memory).unwrap().port(), 0);
    }
}
