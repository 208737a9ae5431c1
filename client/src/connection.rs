//! Where the server is and who asks.

use std::sync::Arc;

use reqwest::redirect::Policy;
use secrecy::SecretString;
use url::{Host, Url};

use crate::{Error, Settings, install_tls_provider};

/// A connection to one server as one device. Cheap to clone; clones share their HTTP connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    base: Url,
    pub(crate) graphql: Url,
    pub(crate) socket: Url,
    pub(crate) token: Option<SecretString>,
    pub(crate) settings: Settings,
    pub(crate) http: reqwest::Client,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base", &self.shared.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the server at an address like `http://127.0.0.1:3001` or `https://example.org/pcc`.
    pub fn new(base: &str, token: SecretString) -> Result<Self, Error> {
        Self::with_settings(base, Some(token), Settings::default())
    }

    /// A client without a token: it can redeem a pairing and nothing else.
    pub fn anonymous(base: &str) -> Result<Self, Error> {
        Self::with_settings(base, None, Settings::default())
    }

    pub fn with_settings(base: &str, token: Option<SecretString>, settings: Settings) -> Result<Self, Error> {
        install_tls_provider();
        let base = parse_base(base)?;
        let graphql = under(&base, "graphql");
        let mut socket = graphql.clone();
        let scheme = if base.scheme() == "https" { "wss" } else { "ws" };
        socket
            .set_scheme(scheme)
            .map_err(|()| Error::Address(format!("{base} cannot be used")))?;
        let http = http_client(&base, &settings).map_err(|error| Error::Address(error.to_string()))?;
        let shared = Shared {
            base,
            graphql,
            socket,
            token,
            settings,
            http,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The server's address, as given.
    pub fn base(&self) -> &Url {
        &self.shared.base
    }

    /// An address of the server.
    pub(crate) fn under(&self, name: &str) -> Url {
        under(&self.shared.base, name)
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }
}

fn parse_base(text: &str) -> Result<Url, Error> {
    let unusable = |why: &str| Error::Address(format!("the server's address {why}"));
    let mut url = Url::parse(text).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(unusable("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("must not contain a user or a password"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn under(base: &Url, name: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{name}", base.path().trim_end_matches('/')));
    url
}

fn http_client(base: &Url, settings: &Settings) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .connect_timeout(settings.connect_timeout)
        // A redirect would turn a mutation into a GET, or carry the token elsewhere.
        .redirect(Policy::none())
        .user_agent(concat!("pcc/", env!("CARGO_PKG_VERSION")));
    // A proxy cannot reach this machine's own loopback.
    if is_loopback(base) { builder.no_proxy() } else { builder }.build()
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn finds_the_endpoints_of_an_address() {
        for (base, graphql, socket) in [
            (
                "http://127.0.0.1:3001",
                "http://127.0.0.1:3001/graphql",
                "ws://127.0.0.1:3001/graphql",
            ),
            (
                "https://example.org/pcc/",
                "https://example.org/pcc/graphql",
                "wss://example.org/pcc/graphql",
            ),
            (
                "http://[::1]:80/pair#CODE",
                "http://[::1]/pair/graphql",
                "ws://[::1]/pair/graphql",
            ),
        ] {
            let client = Client::anonymous(base).unwrap();
            assert_eq!(
                (client.shared.graphql.as_str(), client.shared.socket.as_str()),
                (graphql, socket)
            );
        }
    }

    #[tokio::test]
    async fn refuses_addresses_that_cannot_be_meant() {
        for base in [
            "",
            "127.0.0.1:3001",
            "ftp://example.org",
            "http://user:secret@example.org",
            "file:///tmp",
        ] {
            let error = Client::anonymous(base).unwrap_err();
            assert!(matches!(error, Error::Address(_)), "{base}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn keeps_the_token_out_of_debug() {
        let client = Client::new("http://localhost:1", SecretString::from("hush-hush")).unwrap();
        assert!(!format!("{client:?} {:?}", client.shared.token).contains("hush"));
    }
}
