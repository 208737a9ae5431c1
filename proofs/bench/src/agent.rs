//! The agents beside the server that is measured: found among the processes, moved off the server's core, and listened to
//! as the server itself listens.

use std::{collections::HashMap, fs, path::Path, time::Instant};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::{
    process::{Pid, Signal, kill_process_group},
    thread::{CpuSet, sched_setaffinity},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::socket::{find, text};

/// An agent that runs in the data folder of a server.
pub struct Agent {
    pid: i32,
    port: String,
    password: String,
    directory: String,
}

impl Agent {
    /// The only one there.
    pub fn find(data_dir: &Path) -> anyhow::Result<Self> {
        let only = Self::all(data_dir)?.pop();
        only.with_context(|| format!("no agent runs in {}", data_dir.display()))
    }

    pub fn all(data_dir: &Path) -> anyhow::Result<Vec<Self>> {
        let data_dir = data_dir.canonicalize()?;
        let mut found = Vec::new();
        for process in fs::read_dir("/proc")?.flatten() {
            let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let Ok(folder) = fs::read_link(process.path().join("cwd")) else {
                continue;
            };
            let arguments = strings(&process.path().join("cmdline"));
            let port = arguments.iter().skip_while(|text| *text != "--port").nth(1);
            if let Some(port) = port.filter(|_| folder.starts_with(&data_dir)) {
                let environment: HashMap<_, _> = strings(&process.path().join("environ"))
                    .into_iter()
                    .filter_map(|pair| {
                        pair.split_once('=')
                            .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    })
                    .collect();
                let password = environment.get("OPENCODE_SERVER_PASSWORD");
                found.push(Self {
                    pid,
                    port: port.clone(),
                    password: password.context("the agent has no password")?.clone(),
                    directory: folder.display().to_string(),
                });
            }
        }
        Ok(found)
    }

    /// Binds every thread of it to these cores. It was started on the server's.
    pub fn move_to(&self, cores: &[usize]) -> anyhow::Result<()> {
        let mut set = CpuSet::new();
        cores.iter().for_each(|core| set.set(*core));
        for task in fs::read_dir(format!("/proc/{}/task", self.pid))?.flatten() {
            let thread = task.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(thread) = thread.and_then(Pid::from_raw) {
                // A thread that has just ended needs no core.
                let _ = sched_setaffinity(Some(thread), &set);
            }
        }
        Ok(())
    }

    /// With everything it has started.
    pub fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // It leads a session of its own. What is gone already needs no end.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    /// Its own stream of events.
    pub async fn listen(&self) -> anyhow::Result<AgentStream> {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).await?;
        let login = STANDARD.encode(format!("opencode:{}", self.password));
        let request = format!(
            "GET /event?directory={} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Basic {login}\r\n\
             accept: text/event-stream\r\n\r\n",
            url::form_urlencoded::byte_serialize(self.directory.as_bytes()).collect::<String>()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut stream = AgentStream {
            stream,
            buffer: Vec::new(),
            received: 0,
        };
        let head = stream.line().await?;
        ensure!(head.contains(" 200 "), "the agent refuses: {head}");
        Ok(stream)
    }
}

fn strings(file: &Path) -> Vec<String> {
    let bytes = fs::read(file).unwrap_or_default();
    bytes
        .split(|byte| *byte == 0)
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect()
}

pub struct AgentStream {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes that came, the transfer encoding's included.
    pub received: u64,
}

impl AgentStream {
    async fn line(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\n") {
                let line = self.buffer.drain(..=end).collect::<Vec<_>>();
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the agent closed its stream");
            self.received += read as u64;
        }
    }

    /// How long the next piece of text is, in bytes, and when it came. The scripted model speaks plain ASCII.
    pub async fn delta(&mut self) -> anyhow::Result<(usize, Instant)> {
        loop {
            let line = self.line().await?;
            if line.contains("\"message.part.delta\"")
                && let Some(delta) = text(line.as_bytes(), "delta")
            {
                return Ok((delta.len(), Instant::now()));
            }
        }
    }
}
