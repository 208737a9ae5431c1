//! Being somebody at another server.

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use super::url::GitUrl;

/// What to log in with. It is for one origin and shows nothing.
#[derive(Clone, Debug)]
pub struct Login {
    pub username: &'static str,
    pub password: SecretString,
}

/// Who has logins. Implemented by whoever keeps accounts.
#[async_trait]
pub trait Logins: Send + Sync {
    /// The login for this address; `None` where there is none, or none that still holds.
    async fn login(&self, url: &GitUrl) -> Option<Login>;

    /// The other server did not take the login for this address. Whether it still holds otherwise.
    async fn still_holds(&self, url: &GitUrl) -> bool;

    /// What to tell somebody who would get further at this address with a login that this server does not have yet.
    fn invitation(&self, url: &GitUrl) -> Option<&'static str>;
}

/// Is nobody anywhere.
pub struct NoLogins;

#[async_trait]
impl Logins for NoLogins {
    async fn login(&self, _: &GitUrl) -> Option<Login> {
        None
    }

    async fn still_holds(&self, _: &GitUrl) -> bool {
        false
    }

    fn invitation(&self, _: &GitUrl) -> Option<&'static str> {
        None
    }
}

impl Login {
    /// As HTTP has it.
    pub(super) fn header(&self) -> String {
        let pair = format!("{}:{}", self.username, self.password.expose_secret());
        format!("Authorization: Basic {}", STANDARD.encode(pair))
    }
}
