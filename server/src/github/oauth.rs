//! The device flow (RFC 8628): somebody types a code in at GitHub, and this server is given a token. It needs the public id
//! of an OAuth app and no secret.
//!
//! What an answer means is in its body: GitHub says "not yet" with 200 or with 400.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::{
    DeviceCode, GitHubError, Polled,
    api::Api,
    http::{Answer, odd},
    wire,
};

/// To read and push private repositories: there is no smaller one.
const SCOPE: &str = "repo";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where GitHub does not say.
const INTERVAL: u64 = 5;
const LONGEST_INTERVAL: u64 = 120;
/// A code that is good for longer is asked for no longer.
const LONGEST_LOGIN: u64 = 3_600;

impl Api {
    pub(super) async fn begin_login(&self) -> Result<DeviceCode, GitHubError> {
        let form = [("client_id", self.client_id()?), ("scope", SCOPE)];
        let answer = self.ask_login("login/device/code", &form).await?;
        if let Some(error) = error_of(&answer) {
            return Err(refused(&error));
        }
        let code: wire::DeviceCode = answer.json()?;
        Ok(DeviceCode {
            user_code: checked_code(&code.user_code)?,
            verification_url: self.checked_page(&code.verification_uri)?,
            device_code: code.device_code.into(),
            expires_in: Duration::from_secs(code.expires_in.min(LONGEST_LOGIN)),
            interval: interval(code.interval.unwrap_or(INTERVAL)),
        })
    }

    pub(super) async fn ask_for_token(&self, device_code: &SecretString) -> Result<Polled, GitHubError> {
        let form = [
            ("client_id", self.client_id()?),
            ("device_code", device_code.expose_secret()),
            ("grant_type", GRANT),
        ];
        let answer = self.ask_login("login/oauth/access_token", &form).await?;
        if let Some(error) = error_of(&answer) {
            let asked = answer
                .read::<wire::AccessToken>()
                .ok()
                .and_then(|answer| answer.interval);
            return meaning(&error, asked);
        }
        let answer: wire::AccessToken = answer.json()?;
        let token = answer.access_token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| odd("GitHub's answer has no token in it"))?;
        Ok(Polled::Granted(token.into()))
    }

    async fn ask_login(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer, GitHubError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self
            .http
            .post(self.page(path))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        Answer::to(request, &self.limits).await
    }

    fn client_id(&self) -> Result<&str, GitHubError> {
        let id = self.site.client_id.as_deref();
        id.ok_or_else(|| GitHubError::Refused("no OAuth app is configured".to_owned()))
    }

    /// People are sent there: it must be the site's.
    fn checked_page(&self, text: &str) -> Result<String, GitHubError> {
        let is_the_sites = |url: &Url| url.origin() == self.site.url.origin();
        let url = Url::parse(text).ok().filter(is_the_sites);
        url.map(String::from)
            .ok_or_else(|| odd("GitHub sends people to another place than its own"))
    }
}

fn error_of(answer: &Answer) -> Option<String> {
    // A fault of the server or a limit has no such body, and whatever it has is not about the login.
    if answer.status.is_server_error() || matches!(answer.refusal(), GitHubError::Limited { .. }) {
        return None;
    }
    answer.read::<wire::OauthError>().ok()?.error
}

fn meaning(error: &str, asked: Option<u64>) -> Result<Polled, GitHubError> {
    match error {
        "authorization_pending" => Ok(Polled::Pending),
        "slow_down" => Ok(Polled::SlowDown(asked.map(interval))),
        "expired_token" | "token_expired" => Ok(Polled::Expired),
        "access_denied" => Ok(Polled::Denied),
        other => Err(refused(other)),
    }
}

/// What a person can do about it, where they can.
fn refused(error: &str) -> GitHubError {
    GitHubError::Refused(match error {
        "device_flow_disabled" => "the device flow is not enabled for this server's OAuth app".to_owned(),
        "incorrect_client_credentials" | "Not Found" => {
            "it knows no OAuth app with this server's github.client_id".to_owned()
        }
        "incorrect_device_code" | "bad_verification_code" => "the code was used already, or is unknown".to_owned(),
        other => other
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(60)
            .collect(),
    })
}

fn interval(seconds: u64) -> Duration {
    Duration::from_secs(seconds.clamp(1, LONGEST_INTERVAL))
}

/// It is shown, and typed in by hand.
fn checked_code(code: &str) -> Result<String, GitHubError> {
    let is_plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain && (1..=32).contains(&code.len()) {
        Ok(code.to_owned())
    } else {
        Err(odd("GitHub's code cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_that_is_documented_means_something() {
        let of = |error, asked| format!("{:?}", meaning(error, asked));
        assert_eq!(of("authorization_pending", None), "Ok(Pending)");
        assert_eq!(of("slow_down", Some(10)), "Ok(SlowDown(Some(10s)))");
        assert_eq!(of("slow_down", None), "Ok(SlowDown(None))");
        assert_eq!(of("slow_down", Some(0)), "Ok(SlowDown(Some(1s)))");
        assert_eq!(of("expired_token", None), "Ok(Expired)");
        assert_eq!(of("access_denied", None), "Ok(Denied)");
        for error in [
            "device_flow_disabled",
            "incorrect_client_credentials",
            "incorrect_device_code",
            "unsupported_grant_type",
            "something_new",
        ] {
            assert!(matches!(meaning(error, None), Err(GitHubError::Refused(_))), "{error}");
        }
    }

    #[test]
    fn a_code_is_shown_only_if_it_can_be_typed_in() {
        assert_eq!(checked_code("WDJB-MJHT").unwrap(), "WDJB-MJHT");
        for code in ["", "A B", "<b>", "\u{1b}[1m", &"A".repeat(33)] {
            assert!(checked_code(code).is_err(), "{code:?}");
        }
    }
}
