//! A light stand-in for OpenCode, for proofs that start and end hundreds of agents.
//!
//! It speaks the part of OpenCode's HTTP API that the server uses and starts in milliseconds instead of seconds. Like
//! OpenCode it keeps its sessions in its home over restarts, answers prompts in order, streams its text, takes a prompt
//! that is sent again for the same one while it is the newest, and answers it anew after a later one. It is no measure
//! of what OpenCode does: whoever uses it runs the real one beside it.

mod history;
mod http;
mod turn;

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast, task::AbortHandle};

use self::history::History;
pub use self::turn::{answer_to, ask_for_times};

/// What it says when it is asked for its version: the generation of OpenCode's API that it speaks.
pub const VERSION: &str = "1.18.0";

/// Events a slow reader may be behind.
const BEHIND: usize = 4096;

/// How it runs; the environment of an agent says most of it.
#[derive(Clone, Debug)]
pub struct Options {
    pub username: String,
    pub password: String,
    /// The pause before each piece of text.
    pub token_delay: Duration,
}

#[derive(Debug)]
struct Agent {
    directory: String,
    /// The whole `Authorization` header that is taken.
    credentials: String,
    token_delay: Duration,
    history: Mutex<History>,
    turns: Mutex<HashMap<String, AbortHandle>>,
    events: broadcast::Sender<String>,
}

/// Serves until the process ends. `home` keeps the history, `directory` is the folder it works in.
pub async fn serve(listener: TcpListener, home: &Path, directory: &Path, options: Options) -> anyhow::Result<()> {
    let credentials = STANDARD.encode(format!("{}:{}", options.username, options.password));
    let agent = Agent {
        directory: directory.canonicalize()?.display().to_string(),
        credentials: format!("Basic {credentials}"),
        token_delay: options.token_delay,
        history: Mutex::new(History::open(home.join("light-agent.json"))?),
        turns: Mutex::default(),
        events: broadcast::Sender::new(BEHIND),
    };
    Ok(axum::serve(listener, http::router(Arc::new(agent))).await?)
}

impl Agent {
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the history, keeps it, and tells of it.
    fn change(&self, change: impl FnOnce(&mut History) -> Vec<(&'static str, Value)>) -> io::Result<()> {
        let mut history = self.history();
        let told = change(&mut history);
        history.keep()?;
        for (kind, properties) in told {
            self.tell(kind, &properties);
        }
        Ok(())
    }

    fn tell(&self, kind: &str, properties: &Value) {
        let event = json!({
            "directory": self.directory,
            "payload": { "type": kind, "properties": properties },
        });
        // Nobody has to listen.
        let _ = self.events.send(event.to_string());
    }
}
