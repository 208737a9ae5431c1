//! GitHub: who somebody is there, and what repositories they have.
//!
//! Like every port it knows nothing of ours. A token goes to the two addresses of [`Site`] and to no other: redirects are
//! not followed, pages are asked for by their number, and what GitHub says of addresses is held against the site's.

mod api;
mod http;
mod oauth;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;

pub use self::{
    api::Api,
    http::{Limits, http_client},
};

/// Where GitHub is: the one everybody uses, or one of a company's own.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its pages, and its repositories for git.
    pub url: Url,
    /// Its REST API.
    pub api_url: Url,
    /// Of the OAuth app by which people sign in; `None` where there is none.
    pub client_id: Option<String>,
}

/// What somebody types in over there, while this server asks whether they did.
#[derive(Debug)]
pub struct DeviceCode {
    pub device_code: SecretString,
    pub user_code: String,
    pub verification_url: String,
    pub expires_in: Duration,
    /// It is not asked more often.
    pub interval: Duration,
}

/// What came of asking.
#[derive(Debug)]
pub enum Polled {
    /// The token; what it may do, which may be less than was asked for, is told with its [`User`].
    Granted(SecretString),
    /// Nobody has typed it in yet.
    Pending,
    /// It was asked too often: wait so long from now on, or five seconds longer where it does not say.
    SlowDown(Option<Duration>),
    Denied,
    Expired,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub login: String,
    pub name: Option<String>,
    /// As the API tells them; empty for tokens that have permissions in place of scopes.
    pub scopes: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: u64,
    /// `owner/name`
    pub full_name: String,
    pub description: Option<String>,
    pub is_private: bool,
    pub is_fork: bool,
    pub is_archived: bool,
    pub default_branch: Option<String>,
    /// `None`: never.
    pub pushed_at: Option<DateTime<Utc>>,
    /// An https address at the site.
    pub clone_url: String,
}

/// A page of a list, and the number of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// The token is wrong, expired or revoked.
    #[error("GitHub does not accept the token")]
    BadToken,
    /// It understood and refuses; asking again does not help.
    #[error("GitHub refused: {0}")]
    Refused(String),
    /// It wants to be left alone for a while.
    #[error("GitHub takes no further requests at the moment")]
    Limited { retry_after: Option<Duration> },
    /// It does not answer, or not as it should. Asking again may help.
    #[error("{message}")]
    Unavailable {
        message: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

#[async_trait]
pub trait GitHub: Send + Sync {
    fn site(&self) -> &Site;

    /// Begins a sign-in. Refused where there is no OAuth app.
    async fn begin(&self) -> Result<DeviceCode, GitHubError>;

    /// Asks whether somebody has typed the code in. A token is given once: an answer that is lost is a token that is lost.
    async fn poll(&self, device_code: &SecretString) -> Result<Polled, GitHubError>;

    /// Whose token it is.
    async fn user(&self, token: &SecretString) -> Result<User, GitHubError>;

    /// A page, from 1, of the repositories that the token reaches: those pushed to last come first.
    async fn repositories(&self, token: &SecretString, page: u32) -> Result<Page<Repository>, GitHubError>;
}
