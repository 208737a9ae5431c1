//! Single calls: how they are made, how long they may take, and what their answers mean.

use std::error::Error;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{INSTALL, Limits, fault, ids, wire};
use crate::agent::{AgentError, Endpoint};

/// One endpoint, and how to call it.
pub(super) struct Rest<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) at: &'a Endpoint,
    pub(super) limits: &'a Limits,
}

impl Rest<'_> {
    /// A call about the folder. OpenCode answers for the wrong one, or with nothing, where `directory` is missing.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, AgentError> {
        let query = [&[("directory", self.at.directory.as_str())], query].concat();
        Ok(self.server_request(method, path, &query)?.timeout(self.limits.call))
    }

    /// A call about a session. An id of a wrong shape would be answered by 500.
    pub(super) fn session_request(
        &self,
        method: Method,
        session: &str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, AgentError> {
        if !ids::is_session(session) {
            return Err(AgentError::NotFound);
        }
        self.request(method, &[&["session", session], path].concat(), query)
    }

    /// A call about the server as a whole, without a limit in time.
    pub(super) fn server_request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<RequestBuilder, AgentError> {
        let mut url = self.at.url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(path),
            Err(()) => return Err(AgentError::Rejected("the agent's address is not one of HTTP".into())),
        };
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.request(method, url);
        Ok(request.basic_auth(&self.at.username, Some(self.at.password.expose_secret())))
    }

    /// The version that answers.
    pub(super) async fn health(&self) -> Result<String, AgentError> {
        #[derive(Deserialize)]
        struct Answer {
            healthy: bool,
            version: String,
        }
        let request = self
            .server_request(Method::GET, &["global", "health"], &[])?
            .timeout(self.limits.health);
        let body = match self.send(request).await {
            Ok(body) => body,
            Err(AgentError::NotFound) => return Err(not_opencode()),
            Err(other) => return Err(other),
        };
        // OpenCode answers a path it does not know with a web page and 200.
        match serde_json::from_slice(&body) {
            Ok(Answer { healthy: true, version }) => Ok(version),
            Ok(Answer { healthy: false, .. }) => Err(unavailable("the agent says it is not well")),
            Err(_) => Err(not_opencode()),
        }
    }

    /// A call answered by JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, AgentError> {
        let body = self.send(request).await?;
        wire::read(&body).map_err(|error| AgentError::Unavailable {
            message: BROKEN_ANSWER.into(),
            may_be_done: true,
            source: Some(error.into()),
        })
    }

    /// A call whose answer has nothing in it.
    pub(super) async fn done(&self, request: RequestBuilder) -> Result<(), AgentError> {
        self.send(request).await.map(drop)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, AgentError> {
        let response = request.send().await.map_err(broken_call)?;
        if response.status().is_success() {
            read(response, self.limits.answer_bytes).await
        } else {
            Err(refusal(response).await)
        }
    }
}

/// The whole body, of at most `limit` bytes.
async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, AgentError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken_call)? {
        if body.len() + chunk.len() > limit {
            return Err(AgentError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an answer other than success means.
pub(super) async fn refusal(response: Response) -> AgentError {
    /// No explanation is longer.
    const EXPLANATION: usize = 64 << 10;
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            AgentError::Rejected("the agent does not accept this server's password".into())
        }
        StatusCode::NOT_FOUND => AgentError::NotFound,
        StatusCode::CONFLICT => AgentError::Busy,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => unavailable("the agent is too busy to answer"),
        status if status.is_client_error() => {
            let body = read(response, EXPLANATION).await.unwrap_or_default();
            AgentError::Rejected(explanation(&body).unwrap_or_else(|| format!("the agent refused with {status}")))
        }
        // The text of a 500 only points to OpenCode's own log.
        status => unavailable(&format!("the agent answered with {status}")),
    }
}

/// `{name, data: {message}}` or `{_tag, message}`, made safe.
fn explanation(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let message = body.pointer("/data/message").or_else(|| body.get("message"))?;
    Some(fault::clean(message.as_str()?)).filter(|message| !message.is_empty())
}

/// The address stays out of it: it is internal and names folders.
pub(super) fn broken_call(error: reqwest::Error) -> AgentError {
    let error = error.without_url();
    let may_be_done = !error.is_connect();
    let message = if error.is_builder() {
        return AgentError::Rejected("the agent's address or password cannot be sent".into());
    } else if error.is_connect() {
        "the agent cannot be reached"
    } else if error.is_timeout() {
        "the agent did not answer in time"
    } else {
        "the connection to the agent broke"
    };
    AgentError::Unavailable {
        message: message.into(),
        may_be_done,
        source: Some(Box::new(error) as Box<dyn Error + Send + Sync>),
    }
}

const BROKEN_ANSWER: &str = "the agent's answer makes no sense";

pub(super) fn broken_answer() -> AgentError {
    unavailable(BROKEN_ANSWER)
}

pub(super) fn unavailable(message: &str) -> AgentError {
    AgentError::Unavailable {
        message: message.to_owned(),
        may_be_done: true,
        source: None,
    }
}

fn not_opencode() -> AgentError {
    AgentError::Unsupported(format!(
        "what answers is not OpenCode 1.x, which this server speaks: {INSTALL}"
    ))
}

/// Whether the answer is of this media type, whatever its parameters.
pub(super) fn has_type(response: &Response, wanted: &str) -> bool {
    let value = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(wanted)
}
