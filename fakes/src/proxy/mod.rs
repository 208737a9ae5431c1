//! Between a server and its real OpenCode: passes everything on, and on command does it badly.
//!
//! The server is given [`AgentProxy::command`] as its agent. That script starts the real OpenCode on another port and
//! says where; the proxy then listens where the server looks. Faults are those of a network and of a peer in trouble:
//! [`AnswerFault`] for single calls, [`StreamFault`] for the event stream. [`AgentProxy::ask`] asks OpenCode itself,
//! past all faults.

mod events;
mod pass;

use std::{
    collections::VecDeque,
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context;
use axum::http::{HeaderValue, Method};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

/// OpenCode listens so far below the port that was asked for: outside of where Linux takes ports for outgoing calls.
const PORT_OFFSET: u16 = 10_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const ASK_LIMIT: Duration = Duration::from_secs(20);

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// OpenCode is not asked; the answer is this status.
    Status(u16),
    /// OpenCode does as asked, but its answer breaks off.
    Cut,
    /// OpenCode does as asked, but its answer comes so much later.
    Late(Duration),
    /// OpenCode hears of it so much later, whether or not the caller still waits.
    LateCall(Duration),
    /// OpenCode does as asked, but what comes is something else.
    Garbage,
    /// OpenCode does as asked, but the answer is this status.
    Instead(u16),
}

/// What happens to the event stream while it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamFault {
    #[default]
    None,
    /// The stream breaks off within the next event after so many pieces of text. Once.
    Cut { after: usize },
    /// The stream says nothing more after so many pieces of text. Once; a new stream is sound.
    Silence { after: usize },
    /// Every event comes twice.
    Duplicate,
    /// Of each three events the last comes first.
    Reorder,
    /// In place of each so-manieth event comes something unreadable.
    Garble { every: usize },
    /// Between the events comes what is none.
    Noise,
    /// Events are held back until so many wait, or none comes for a moment, and then come at once.
    Burst { size: usize },
    /// A few bytes at a time.
    Trickle,
}

/// How often something went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub answers: u64,
    pub streams: u64,
}

/// A running proxy; it ends when this is dropped.
pub struct AgentProxy {
    folder: TempDir,
    state: Arc<State>,
    _stop: DropGuard,
}

#[derive(Default)]
struct State {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Where OpenCode is, and the header by which the server proves who it is.
    upstream: Option<SocketAddr>,
    authorization: Option<HeaderValue>,
    answers: VecDeque<(Method, String, AnswerFault)>,
    stream: StreamFault,
    faults: Faults,
}

impl AgentProxy {
    /// In front of this program.
    pub fn start(opencode: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let command = folder.path().join("opencode");
        fs::write(&command, script(opencode, &folder.path().join("ports"))).context("cannot write a script")?;
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755))?;
        let state = Arc::new(State::default());
        let stop = CancellationToken::new();
        let listening = listen(folder.path().join("ports"), Arc::clone(&state));
        tokio::spawn(stop.clone().run_until_cancelled_owned(listening));
        Ok(Self {
            folder,
            state,
            _stop: stop.drop_guard(),
        })
    }

    /// What the server is to start as its agent.
    pub fn command(&self) -> PathBuf {
        self.folder.path().join("opencode")
    }

    /// Lets the next calls of this method to a path that ends so fail, one each, in order.
    pub fn fail_next(&self, method: Method, path_end: &str, faults: impl IntoIterator<Item = AnswerFault>) {
        let faults = faults
            .into_iter()
            .map(|fault| (method.clone(), path_end.to_owned(), fault));
        self.state.lock().answers.extend(faults);
    }

    /// How many of those still wait for their call.
    pub fn waiting(&self) -> usize {
        self.state.lock().answers.len()
    }

    /// From now on, until another is set or it has happened.
    pub fn fail_stream(&self, fault: StreamFault) {
        self.state.lock().stream = fault;
    }

    pub fn faults(&self) -> Faults {
        self.state.lock().faults
    }

    /// Asks OpenCode itself, as the server would. `path` is below its address.
    pub async fn ask(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Has OpenCode itself do something, as its own interface would.
    pub async fn order(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let (upstream, authorization) = {
            let inner = self.state.lock();
            (inner.upstream, inner.authorization.clone())
        };
        let url = format!("http://{}{path}", upstream.context("OpenCode was not started")?);
        let mut request = pass::client()?.request(method, url).timeout(ASK_LIMIT);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

impl State {
    /// No code panics while it holds the lock, so a poisoned one still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_of(&self, method: &Method, path: &str) -> Option<AnswerFault> {
        let mut inner = self.lock();
        let fits = |(for_method, end, _): &(Method, String, _)| for_method == method && path.ends_with(end.as_str());
        let at = inner.answers.iter().position(fits)?;
        let (_, _, fault) = inner.answers.remove(at)?;
        inner.faults.answers += 1;
        Some(fault)
    }
}

/// Starts OpenCode on the other port, in its own place: the process is the one that the server started.
fn script(opencode: &Path, ports: &Path) -> String {
    format!(
        r#"#!/bin/sh
before=
port=
for word; do
  shift
  if [ "$before" = --port ]; then
    port=$word
    set -- "$@" "$((word - {PORT_OFFSET}))"
  else
    set -- "$@" "$word"
  fi
  before=$word
done
[ -n "$port" ] && echo "$port" >> '{}'
exec '{}' "$@"
"#,
        ports.display(),
        opencode.display()
    )
}

/// Listens at each port that a start of OpenCode names.
async fn listen(ports: PathBuf, state: Arc<State>) {
    let mut known = 0;
    let mut listening = JoinSet::new();
    loop {
        let text = fs::read_to_string(&ports).unwrap_or_default();
        for line in text.lines().skip(known) {
            known += 1;
            let Some(upstream) = line.parse().ok().and_then(|port: u16| port.checked_sub(PORT_OFFSET)) else {
                continue;
            };
            let port = upstream + PORT_OFFSET;
            let upstream = SocketAddr::from((Ipv4Addr::LOCALHOST, upstream));
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                state.lock().upstream = Some(upstream);
                let router = pass::router(Arc::clone(&state), upstream);
                listening.spawn(async move { axum::serve(listener, router).await });
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
