//! A double of GitHub: the device flow, the account and its repositories over REST, and git over smart HTTP.
//!
//! It is one person's GitHub. It is strict where GitHub is (headers, forms, the pace of asking), and a private repository
//! is cloned from it with a real git and a real token. People are played by calls, or over HTTP by `/control`.

mod api;
mod control;
mod git;
mod http;
mod oauth;
mod state;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::state::State;
pub use self::{
    control::Order,
    state::{Fault, Place, Repository, Seen},
};

/// Whose GitHub it is, and how it goes about signing in.
#[derive(Clone, Debug)]
pub struct Options {
    /// Of the one OAuth app it knows.
    pub client_id: String,
    pub login: String,
    pub name: Option<String>,
    /// Seconds between two questions about a code.
    pub interval: u64,
    /// Seconds for which a code is good.
    pub expires_in: u64,
    pub repositories: Vec<Repository>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: "Iv1.fake".to_owned(),
            login: "octo".to_owned(),
            name: Some("Octo Cat".to_owned()),
            interval: 1,
            expires_in: 900,
            repositories: Vec::new(),
        }
    }
}

/// A running GitHub; it stops when this is dropped.
pub struct GitHub {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
    _folder: TempDir,
}

impl GitHub {
    /// On a free port of this machine.
    pub async fn start(options: Options) -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), options).await
    }

    pub async fn listen(address: SocketAddr, options: Options) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(
            options,
            format!("http://{address}"),
            folder.path().to_owned(),
        ));
        let stop = CancellationToken::new();
        let router = http::router(Arc::clone(&state), stop.clone());
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Ok(Self {
            address,
            state,
            stop,
            _folder: folder,
        })
    }

    /// For pages and for git.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For REST, as a company's own GitHub has it.
    pub fn api_url(&self) -> String {
        format!("{}/api/v3", self.url())
    }

    /// What somebody does over there.
    pub fn order(&self, order: Order) {
        self.state.order(order);
    }

    /// A token that is good from now on, as one made by hand.
    pub fn make_token(&self) -> String {
        self.state.make_token()
    }

    /// Those it was given and gives no more.
    pub fn tokens(&self) -> Vec<String> {
        self.state.tokens()
    }

    /// Every request, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen()
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
