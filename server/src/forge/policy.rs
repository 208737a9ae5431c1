//! Which servers git may reach.
//!
//! Whoever may create projects can make this server open connections, so the target is checked before git starts. This
//! is a self-hosted tool: a forge in the same network is an ordinary target, so private addresses are allowed unless
//! the configuration says otherwise. What is refused by default is this machine itself (its other services often trust
//! whoever comes from there), link-local addresses and the metadata services of clouds (they hand out credentials).
//!
//! The name is resolved here, once, and git is told to use that very address: a name that answers differently the
//! second time gains nothing.

use std::{io, net::IpAddr, time::Duration};

use ::url::Host;
use tokio::{net::lookup_host, time::timeout};

use super::{
    address::Class,
    url::{GitUrl, Transport, UrlError},
};

const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// More are of no use to git, and the answer is somebody else's.
const MAX_ADDRESSES: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `file:` URLs: repositories on this machine's disk, with the rights of this server.
    pub allow_file: bool,
    /// `http:` URLs: what is fetched can be read and changed on its way.
    pub allow_http: bool,
    /// Addresses of private networks (10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7).
    pub allow_private_hosts: bool,
    /// This machine (127/8, ::1, 0.0.0.0).
    pub allow_loopback: bool,
    /// 169.254/16, fe80::/10 and the metadata services of clouds.
    pub allow_link_local: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_file: false,
            allow_http: false,
            allow_private_hosts: true,
            allow_loopback: false,
            allow_link_local: false,
        }
    }
}

/// A URL that was checked, with the addresses git is to use.
#[derive(Clone, Debug)]
pub struct Route {
    pub url: GitUrl,
    /// Empty for `file:`.
    pub addresses: Vec<IpAddr>,
}

#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("There is no host named {0}.")]
    NoSuchHost(String),
    #[error("{host} is {kind}, which this server does not fetch from ({key}).")]
    Refused {
        host: String,
        kind: &'static str,
        key: &'static str,
    },
    #[error("The name {host} could not be looked up.")]
    Lookup {
        host: String,
        #[source]
        source: io::Error,
    },
}

impl Policy {
    /// What can be said without asking the network.
    pub fn permit(&self, url: &GitUrl) -> Result<(), UrlError> {
        match url.transport() {
            Transport::File if !self.allow_file => Err(UrlError::FileNotAllowed),
            Transport::Http if !self.allow_http => Err(UrlError::HttpNotAllowed),
            _ => Ok(()),
        }
    }

    /// Looks the host up and keeps the addresses git may use.
    pub async fn route(&self, url: &GitUrl) -> Result<Route, RouteError> {
        self.permit(url)?;
        let mut addresses = match url.host() {
            None => Vec::new(),
            Some(Host::Ipv4(address)) => vec![IpAddr::V4(*address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::V6(*address)],
            Some(Host::Domain(name)) => resolve(name, url.port()).await?,
        };
        let Some(host) = url.host() else {
            return Ok(Route {
                url: url.clone(),
                addresses,
            });
        };
        let refused = addresses.iter().find_map(|address| self.refusal(*address));
        addresses.retain(|address| self.refusal(*address).is_none());
        match (addresses.is_empty(), refused) {
            (true, Some((kind, key))) => Err(RouteError::Refused {
                host: host.to_string(),
                kind,
                key,
            }),
            (true, None) => Err(RouteError::NoSuchHost(host.to_string())),
            (false, _) => Ok(Route {
                url: url.clone(),
                addresses,
            }),
        }
    }

    /// What the address is and the key that would allow it; `None` for an address that may be used.
    fn refusal(&self, address: IpAddr) -> Option<(&'static str, &'static str)> {
        let (kind, allowed, key) = match Class::of(address) {
            Class::Public => return None,
            Class::Private => (
                "in a private network",
                self.allow_private_hosts,
                "forge.allow_private_hosts",
            ),
            Class::Loopback => ("this server's own machine", self.allow_loopback, "forge.allow_loopback"),
            Class::LinkLocal => (
                "a link-local or metadata address",
                self.allow_link_local,
                "forge.allow_link_local",
            ),
            Class::Unusable => ("no address of a single machine", false, "never allowed"),
        };
        (!allowed).then_some((kind, key))
    }
}

async fn resolve(name: &str, port: u16) -> Result<Vec<IpAddr>, RouteError> {
    let answer = match timeout(RESOLVE_TIMEOUT, lookup_host((name, port))).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(io::Error::new(io::ErrorKind::TimedOut, elapsed)),
    };
    match answer {
        Ok(addresses) => {
            let mut addresses: Vec<_> = addresses.map(|a| a.ip()).collect();
            addresses.dedup();
            addresses.truncate(MAX_ADDRESSES);
            Ok(addresses)
        }
        Err(source) if is_unknown_name(&source) => Err(RouteError::NoSuchHost(name.to_owned())),
        Err(source) => Err(RouteError::Lookup {
            host: name.to_owned(),
            source,
        }),
    }
}

/// The standard library keeps the resolver's verdict in the text only.
fn is_unknown_name(error: &io::Error) -> bool {
    let text = error.to_string();
    ["not known", "No address associated", "nodename nor servname"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(policy: Policy, url: &str) -> Option<String> {
        policy
            .route(&GitUrl::parse(url).unwrap())
            .await
            .err()
            .map(|error| error.to_string())
    }

    #[tokio::test]
    async fn refuses_this_machine_under_all_its_names() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "localhost",
            "[::1]",
            "[::ffff:7f00:1]",
            "0",
        ] {
            for url in [format!("https://{host}/x"), format!("ssh://{host}/x")] {
                let said = refusal(Policy::default(), &url)
                    .await
                    .unwrap_or_else(|| panic!("{url} was let through"));
                assert!(said.contains("own machine"), "{url}: {said}");
            }
        }
        let open = Policy {
            allow_loopback: true,
            ..Policy::default()
        };
        assert_eq!(refusal(open, "https://localhost/x").await, None);
    }

    #[tokio::test]
    async fn names_the_key_that_would_allow_it() {
        let closed = Policy {
            allow_private_hosts: false,
            ..Policy::default()
        };
        for (url, key) in [
            ("https://169.254.169.254/latest", "forge.allow_link_local"),
            ("https://192.168.1.5/x", "forge.allow_private_hosts"),
            ("file:///srv/x", "forge.allow_file"),
            ("http://example.com/x", "forge.allow_http"),
        ] {
            let said = refusal(closed, url).await.unwrap();
            assert!(said.contains(key), "{url}: {said}");
        }
        assert_eq!(refusal(Policy::default(), "https://192.168.1.5/x").await, None);
    }
}
