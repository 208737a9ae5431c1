//! Pairing links: what the server prints and its QR code holds, `http(s)://host:port/pair#CODE`.
//!
//! The code is in the fragment, which browsers do not send, so it reaches no log on the way.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Client, Error, Redeemed};

/// Codes are far shorter.
const MAX_CODE: usize = 256;

#[derive(Debug)]
pub struct PairingLink {
    server: Url,
    code: SecretString,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingLinkError {
    #[error("a pairing link looks like http://host:port/pair#CODE")]
    NotALink,
    #[error("the code is missing: it is the part of the link behind the #; quote the link in a shell")]
    NoCode,
}

impl std::str::FromStr for PairingLink {
    type Err = PairingLinkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut server = Url::parse(text.trim()).map_err(|_| PairingLinkError::NotALink)?;
        let has_login = !server.username().is_empty() || server.password().is_some();
        if !matches!(server.scheme(), "http" | "https") || !server.has_host() || has_login {
            return Err(PairingLinkError::NotALink);
        }
        let code = server.fragment().unwrap_or_default().to_owned();
        let path = server
            .path()
            .trim_end_matches('/')
            .strip_suffix("/pair")
            .ok_or(PairingLinkError::NotALink)?;
        let path = path.to_owned();
        if code.is_empty() {
            return Err(PairingLinkError::NoCode);
        }
        if code.len() > MAX_CODE || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(PairingLinkError::NotALink);
        }
        server.set_path(&path);
        server.set_query(None);
        server.set_fragment(None);
        Ok(Self {
            server,
            code: SecretString::from(code),
        })
    }
}

impl PairingLink {
    pub fn server(&self) -> &Url {
        &self.server
    }

    /// Whether the token would travel unencrypted to another machine.
    pub fn is_exposed(&self) -> bool {
        self.server.scheme() == "http" && !crate::connection::is_loopback(&self.server)
    }

    /// Makes this device known to the server under a name.
    pub async fn redeem(&self, device_name: &str) -> Result<Redeemed, Error> {
        Client::anonymous(self.server.as_str())?
            .redeem_pairing(self.code.expose_secret(), device_name)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_server_and_code() {
        for (link, server) in [
            ("http://127.0.0.1:3001/pair#K7QF-M2XA", "http://127.0.0.1:3001/"),
            ("  https://example.org/pcc/pair/#K7QF-M2XA\n", "https://example.org/pcc"),
            ("http://[::1]:3001/pair?x=1#K7QF-M2XA", "http://[::1]:3001/"),
        ] {
            let link: PairingLink = link.parse().unwrap();
            assert_eq!(
                (link.server().as_str(), link.code.expose_secret()),
                (server, "K7QF-M2XA")
            );
            assert!(!format!("{link:?}").contains("K7QF"));
        }
    }

    #[test]
    fn refuses_what_is_no_link() {
        let long = format!("http://localhost/pair#{}", "x".repeat(300));
        for (link, error) in [
            ("http://127.0.0.1:3001/pair", PairingLinkError::NoCode),
            ("http://127.0.0.1:3001/pair#", PairingLinkError::NoCode),
            ("http://127.0.0.1:3001/#CODE", PairingLinkError::NotALink),
            ("http://user:password@localhost/pair#CODE", PairingLinkError::NotALink),
            ("ftp://localhost/pair#CODE", PairingLinkError::NotALink),
            ("K7QF-M2XA", PairingLinkError::NotALink),
            ("", PairingLinkError::NotALink),
            (&long, PairingLinkError::NotALink),
        ] {
            assert_eq!(link.parse::<PairingLink>().unwrap_err(), error, "{link}");
        }
    }

    #[test]
    fn knows_a_link_that_would_expose_the_token() {
        let exposed = |link: &str| link.parse::<PairingLink>().unwrap().is_exposed();
        assert!(exposed("http://192.168.1.9:3001/pair#C"));
        assert!(!exposed("https://192.168.1.9:3001/pair#C"));
        assert!(!exposed("http://localhost:3001/pair#C"));
        assert!(!exposed("http://127.0.0.1:3001/pair#C"));
    }
}
