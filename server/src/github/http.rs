//! Single calls: how they are made, how long they may take, and what their answers mean.

use std::time::Duration;

use chrono::DateTime;
use reqwest::{RequestBuilder, Response, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;

use super::GitHubError;

/// How long GitHub may take, and how much it may say.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A whole call.
    pub call: Duration,
    /// Of a page of a hundred repositories, which is about 600 kB.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(20),
            answer_bytes: 8 << 20,
        }
    }
}

/// Reaches GitHub as git does: directly, and where it is told.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("portable-command-center/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) async fn to(request: RequestBuilder, limits: &Limits) -> Result<Self, GitHubError> {
        let mut response = request.timeout(limits.call).send().await.map_err(broken)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = read(response, limits.answer_bytes).await?;
        Ok(Self { status, headers, body })
    }

    /// What it says, or what its status means.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        if self.status.is_success() {
            self.read()
        } else {
            Err(self.refusal())
        }
    }

    /// What it says, whatever its status.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        // The parser's message may quote what it read.
        serde_json::from_slice(&self.body).map_err(|_| odd("GitHub's answer cannot be read"))
    }

    pub(super) fn refusal(&self) -> GitHubError {
        match self.status {
            StatusCode::UNAUTHORIZED => GitHubError::BadToken,
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS if self.is_limited() => GitHubError::Limited {
                retry_after: self.retry_after(),
            },
            StatusCode::REQUEST_TIMEOUT => odd("GitHub did not answer in time"),
            status if status.is_client_error() => GitHubError::Refused(format!("it answers with {status}")),
            status => odd(&format!("GitHub answers with {status}")),
        }
    }

    fn is_limited(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
            || self.text("retry-after").is_some()
            || self.text("x-ratelimit-remaining") == Some("0")
    }

    fn retry_after(&self) -> Option<Duration> {
        let number = |name| self.text(name)?.parse::<u64>().ok();
        number("retry-after").map(Duration::from_secs).or_else(|| {
            // By GitHub's own clock, not by ours.
            let now = DateTime::parse_from_rfc2822(self.text("date")?).ok()?.timestamp();
            let reset = i64::try_from(number("x-ratelimit-reset")?).ok()?;
            u64::try_from(reset.saturating_sub(now)).ok().map(Duration::from_secs)
        })
    }

    pub(super) fn text(&self, header: &str) -> Option<&str> {
        self.headers.get(header)?.to_str().ok()
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, GitHubError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > limit {
            return Err(odd("GitHub's answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without the address, in which nothing secret is, but which is nobody's business either.
fn broken(error: reqwest::Error) -> GitHubError {
    let message = if error.is_timeout() {
        "GitHub did not answer in time"
    } else {
        "GitHub cannot be reached"
    };
    GitHubError::Unavailable {
        message: message.to_owned(),
        source: Some(error.without_url().into()),
    }
}

pub(super) fn odd(message: &str) -> GitHubError {
    GitHubError::Unavailable {
        message: message.to_owned(),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> GitHubError {
        let headers = headers.iter().map(|(name, value)| {
            let name = reqwest::header::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: Vec::new(),
        };
        answer.refusal()
    }

    #[test]
    fn tells_a_limit_from_a_refusal() {
        let now = ("date", "Mon, 30 Nov 2026 12:00:00 GMT");
        let waits = |status, headers: &[_]| match answer(status, headers) {
            GitHubError::Limited { retry_after } => retry_after.map(|after| after.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(waits(429, &[]), None);
        assert_eq!(waits(403, &[("retry-after", "7")]), Some(7));
        let spent = ("x-ratelimit-remaining", "0");
        assert_eq!(waits(403, &[spent, ("x-ratelimit-reset", "1796040060"), now]), Some(60));
        assert_eq!(waits(403, &[spent, ("x-ratelimit-reset", "1"), now]), None);
        let left = ("x-ratelimit-remaining", "12");
        assert!(matches!(answer(403, &[left]), GitHubError::Refused(_)));
        assert!(matches!(answer(401, &[]), GitHubError::BadToken));
        assert!(matches!(answer(502, &[]), GitHubError::Unavailable { .. }));
        assert!(
            matches!(answer(302, &[]), GitHubError::Unavailable { .. }),
            "it is not followed"
        );
    }
}
