//! A scripted language model that speaks OpenAI's chat completions.
//!
//! Orders in the newest user message choose what it does (`directive` lists them); several tools run one after
//! another, one for each model step. Without orders it answers as a demo should. The same conversation always gets the
//! same answer. Faults come from the prompt or, for a test, from [`Llm::fail_next`]. Every number, body and wait has a
//! limit; dropping [`Llm`] ends its connections.

mod answer;
mod control;
mod conversation;
mod directive;
mod http;
mod prose;
mod stream;
mod tool;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use control::Control;
pub use control::{Counters, Fault, Received};
pub use conversation::Kind;

/// The model as OpenCode names it.
pub const MODEL: &str = "demo/scripted";
/// What [`opencode_config`] gives as the API key. No secret: the model is for tests and the demo.
pub const DEMO_KEY: &str = "sk-demo";

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Demand `Authorization: Bearer <key>`.
    pub key: Option<String>,
    /// The pause before each piece of text, where the prompt does not say.
    pub token_delay: Duration,
}

/// A running model; it stops when this is dropped.
#[derive(Debug)]
pub struct Llm {
    address: SocketAddr,
    control: Arc<Control>,
    stop: CancellationToken,
}

impl Llm {
    /// On a free port of this machine, without a key and as fast as it can.
    pub async fn start() -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), Options::default()).await
    }

    pub async fn listen(address: SocketAddr, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let control = Arc::new(Control::default());
        let stop = CancellationToken::new();
        let router = http::router(Arc::clone(&control), options, stop.clone());
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Ok(Self { address, control, stop })
    }

    /// `http://127.0.0.1:PORT`; the API is below `/v1`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The newest requests, oldest first.
    pub fn requests(&self) -> Vec<Received> {
        self.control.requests()
    }

    pub fn counters(&self) -> Counters {
        self.control.counters()
    }

    /// Lets the next chat requests fail, one fault each, in order. Requests for a title or a summary take none, because
    /// they come beside a prompt in no fixed order. At most 100 faults wait; more are dropped.
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.control.fail_next(faults);
    }
}

impl Drop for Llm {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// OpenCode's configuration with this model as its only provider; `url` is [`Llm::url`]. Permissions are the caller's.
///
/// `small_model` is set too: the title request would go to another provider otherwise.
pub fn opencode_config(url: &str) -> Value {
    json!({
        "autoupdate": false,
        "share": "disabled",
        "enabled_providers": ["demo"],
        "model": MODEL,
        "small_model": MODEL,
        "provider": { "demo": {
            "name": "Demo",
            "npm": "@ai-sdk/openai-compatible",
            "options": { "baseURL": format!("{}/v1", url.trim_end_matches('/')), "apiKey": DEMO_KEY },
            "models": { "scripted": {
                "name": "Scripted model",
                "tool_call": true,
                "reasoning": true,
                "limit": { "context": 200_000, "output": 32_000 },
            } },
        } },
    })
}
