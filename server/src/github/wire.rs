//! What GitHub writes.

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// Answers of `login/device/code`.
#[derive(Deserialize)]
pub(super) struct DeviceCode {
    pub(super) device_code: String,
    pub(super) user_code: String,
    pub(super) verification_uri: String,
    pub(super) expires_in: u64,
    pub(super) interval: Option<u64>,
}

/// Answers of `login/oauth/access_token`: a token, or an error.
#[derive(Deserialize)]
pub(super) struct AccessToken {
    pub(super) access_token: Option<String>,
    /// With `slow_down`.
    pub(super) interval: Option<u64>,
}

/// What both say when they refuse.
#[derive(Deserialize)]
pub(super) struct OauthError {
    pub(super) error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
    pub(super) description: Option<String>,
    pub(super) private: bool,
    pub(super) fork: bool,
    #[serde(default)]
    pub(super) archived: bool,
    pub(super) default_branch: Option<String>,
    pub(super) pushed_at: Option<DateTime<Utc>>,
    pub(super) clone_url: String,
}
