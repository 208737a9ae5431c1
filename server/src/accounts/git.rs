//! The account, where git asks for it.

use async_trait::async_trait;

use super::{Accounts, Error};
use crate::{
    forge::{
        login::{Login, Logins},
        url::GitUrl,
    },
    github::GitHubError,
};

/// What GitHub takes beside a token of any kind.
const USERNAME: &str = "x-access-token";

/// Logs git in at GitHub's own origin, and nowhere else.
pub struct GitLogins(Accounts);

impl GitLogins {
    pub fn new(accounts: Accounts) -> Self {
        Self(accounts)
    }

    fn is_at_github(&self, url: &GitUrl) -> bool {
        let is_web = url.origin().is_some();
        let origin = url::Url::parse(url.as_str()).map(|url| url.origin());
        is_web && origin.is_ok_and(|origin| origin == self.0.site().url.origin())
    }
}

#[async_trait]
impl Logins for GitLogins {
    async fn login(&self, url: &GitUrl) -> Option<Login> {
        if !self.is_at_github(url) {
            return None;
        }
        match self.0.usable().await {
            Ok((_, password)) => Some(Login {
                username: USERNAME,
                password,
            }),
            Err(Error::NoAccount | Error::Useless(_)) => None,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "git goes to GitHub without a login"
                );
                None
            }
        }
    }

    async fn still_holds(&self, url: &GitUrl) -> bool {
        self.is_at_github(url) && self.0.still_holds().await.unwrap_or(true)
    }

    fn invitation(&self, url: &GitUrl) -> Option<&'static str> {
        self.is_at_github(url)
            .then_some("sign in to GitHub to use repositories of your own")
    }
}

impl Accounts {
    /// Asks GitHub, and notes it if not.
    async fn still_holds(&self) -> Result<bool, Error> {
        let (account, token) = match self.usable().await {
            Err(Error::NoAccount | Error::Useless(_)) => return Ok(false),
            usable => usable?,
        };
        match self.github.user(&token).await {
            Err(GitHubError::BadToken) => {
                self.revoked(&account).await?;
                Ok(false)
            }
            // What cannot be asked now is no reason to take it for lost.
            _ => Ok(true),
        }
    }
}
