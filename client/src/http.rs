//! Queries and mutations: one POST, repeated while that is harmless and the deadline allows it.

use std::{error::Error as StdError, time::Duration};

use futures_util::StreamExt;
use graphql_client::{GraphQLQuery, Response};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::{Client, Error, ErrorCode, Transport};

/// What of an answer with data and errors counts.
type Reading<D, R = D> = fn(Response<D>) -> Result<R, Error>;

/// An answer is bounded, so that a broken server cannot fill this machine's memory.
const MAX_ANSWER: usize = 32 << 20;

/// Whether the request may reach the server twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A query, or a mutation with a `clientMutationId`.
    Harmless,
    /// Anything else: sent again only if nothing can have arrived.
    Harmful,
}

/// One attempt that failed, and what that means for another.
struct Attempt {
    error: Error,
    /// The same request may succeed now.
    passing: bool,
    /// Nothing can have reached the server.
    unsent: bool,
    wait: Option<Duration>,
}

impl Client {
    /// Runs an operation of [`crate::operations`]. The methods of [`Client`] are built on it.
    pub async fn run<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
        repeat: Repeat,
    ) -> Result<Q::ResponseData, Error> {
        self.request::<Q, _>(variables, repeat, unwrap).await
    }

    /// Like [`run`](Self::run), for answers that are worth nothing in part: any error in them is the error.
    pub(crate) async fn run_whole<Q: GraphQLQuery>(
        &self,
        variables: Q::Variables,
        repeat: Repeat,
    ) -> Result<Q::ResponseData, Error> {
        self.request::<Q, _>(variables, repeat, unwrap_whole).await
    }

    pub(crate) async fn request<Q: GraphQLQuery, R>(
        &self,
        variables: Q::Variables,
        repeat: Repeat,
        read: Reading<Q::ResponseData, R>,
    ) -> Result<R, Error> {
        let body = serde_json::to_vec(&Q::build_query(variables)).map_err(unexpected)?;
        let request = || {
            let accepted = "application/graphql-response+json, application/json;q=0.9";
            self.post(body.clone())
                .header(ACCEPT, accepted)
                .timeout(self.shared.settings.request_timeout)
        };
        self.repeated(request, repeat, read).await
    }

    /// Sends a request, again where that is harmless and may help, and reads an answer that looks like GraphQL's. How long
    /// one attempt may take is the request's to say.
    pub(crate) async fn repeated<D: DeserializeOwned, R>(
        &self,
        request: impl Fn() -> RequestBuilder,
        repeat: Repeat,
        read: Reading<D, R>,
    ) -> Result<R, Error> {
        let deadline = Instant::now() + self.shared.settings.retry_for;
        let mut backoff = self.shared.settings.backoff();
        loop {
            let failed = match self.attempt(request(), read).await {
                Ok(data) => return Ok(data),
                Err(failed) => failed,
            };
            let may_repeat = failed.passing && (failed.unsent || repeat == Repeat::Harmless);
            let pause = backoff.next().unwrap_or_default().max(failed.wait.unwrap_or_default());
            if !may_repeat || Instant::now() + pause > deadline {
                return Err(failed.error);
            }
            tracing::debug!(error = %failed.error, ?pause, "a request failed and is repeated");
            sleep(pause).await;
        }
    }

    async fn attempt<D: DeserializeOwned, R>(
        &self,
        request: RequestBuilder,
        unwrap: Reading<D, R>,
    ) -> Result<R, Attempt> {
        let response = request.send().await.map_err(|error| self.unanswered(error))?;
        let status = response.status();
        let wait = retry_after(&response);
        // A gateway before the server, or the server on its way out: nothing was done, or a repetition finds it done.
        let passing = matches!(
            status,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
        );
        let bytes = read(response).await.map_err(|error| Attempt {
            passing: error.is_transient(),
            error,
            unsent: false,
            wait,
        })?;
        answer(status, &bytes, unwrap).map_err(|error| {
            let busy = busy_for(&error);
            Attempt {
                error,
                passing: passing || busy.is_some(),
                unsent: false,
                wait: wait.or(busy),
            }
        })
    }

    /// A request with a body, without a limit in time.
    pub(crate) fn post(&self, body: Vec<u8>) -> RequestBuilder {
        let request = self.authorized(self.shared.http.post(self.shared.graphql.clone()));
        request.header(CONTENT_TYPE, "application/json").body(body)
    }

    pub(crate) fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.shared.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    fn unanswered(&self, error: reqwest::Error) -> Attempt {
        Attempt {
            unsent: error.is_connect(),
            error: self.not_answered(error).into(),
            passing: true,
            wait: None,
        }
    }

    pub(crate) fn not_answered(&self, error: reqwest::Error) -> Transport {
        // The address is public, but keep the message short: reqwest's own repeats the URL.
        let error = error.without_url();
        if error.is_connect() {
            Transport::Connect(self.base().origin().ascii_serialization(), error.into())
        } else if error.is_timeout() {
            Transport::Timeout
        } else {
            Transport::Broken(error.into())
        }
    }
}

/// How long a limit of the server holds that was reached for the moment only, such as the time for one operation.
fn busy_for(error: &Error) -> Option<Duration> {
    let failure = error.failure()?;
    failure.retry_after.filter(|_| failure.code == ErrorCode::LimitExceeded)
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .map(Duration::from_secs)
}

pub(crate) async fn read(response: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| match error.is_timeout() {
            true => Transport::Timeout,
            false => Transport::Broken(error.without_url().into()),
        })?;
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(Transport::TooLarge(MAX_ANSWER).into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads the answer as GraphQL whatever the status says; without one, the status is the error.
pub(crate) fn answer<D: DeserializeOwned, R>(
    status: StatusCode,
    bytes: &[u8],
    unwrap: Reading<D, R>,
) -> Result<R, Error> {
    match serde_json::from_slice::<Response<D>>(bytes) {
        Ok(response) if response.data.is_some() || response.errors.is_some() => unwrap(response),
        _ if !status.is_success() => Err(Transport::Status(status.as_u16()).into()),
        Ok(_) => Err(Error::Unexpected("neither data nor errors".to_owned())),
        Err(error) => Err(unexpected(error)),
    }
}

/// The data, unless the operation itself failed. A fault further down (a container that does not answer) leaves a null
/// there and is no reason to withhold the rest.
pub(crate) fn unwrap<D>(response: Response<D>) -> Result<D, Error> {
    let errors = response.errors.unwrap_or_default();
    let of_operation = errors
        .iter()
        .find(|error| error.path.as_ref().is_none_or(|path| path.len() <= 1));
    match (response.data, of_operation.or(errors.first())) {
        (Some(data), _) if of_operation.is_none() => Ok(data),
        (_, Some(error)) => Err(Error::from_graphql(error)),
        _ => Err(Error::Unexpected("neither data nor errors".to_owned())),
    }
}

fn unwrap_whole<D>(response: Response<D>) -> Result<D, Error> {
    match response.errors.iter().flatten().next() {
        Some(error) => Err(Error::from_graphql(error)),
        None => unwrap(response),
    }
}

pub(crate) fn unexpected(error: impl StdError) -> Error {
    Error::Unexpected(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ErrorCode;

    fn read_answer(status: u16, body: &Value) -> Result<Value, Error> {
        answer(
            StatusCode::from_u16(status).unwrap(),
            body.to_string().as_bytes(),
            unwrap,
        )
    }

    #[test]
    fn a_fault_deep_in_the_answer_leaves_the_rest() {
        let body = json!({ "data": { "project": { "container": null } },
            "errors": [{ "message": "x", "path": ["project", "container"], "extensions": { "code": "UNAVAILABLE" } }] });
        assert_eq!(
            read_answer(200, &body).unwrap(),
            json!({ "project": { "container": null } })
        );
    }

    #[test]
    fn a_fault_at_the_root_is_the_answer() {
        let body = json!({ "data": { "project": null },
            "errors": [{ "message": "x", "path": ["project"], "extensions": { "code": "FORBIDDEN" } }] });
        assert_eq!(read_answer(200, &body).unwrap_err().code(), Some(&ErrorCode::Forbidden));
        let body = json!({ "errors": [{ "message": "x", "extensions": { "code": "UNAUTHENTICATED" } }] });
        assert_eq!(
            read_answer(401, &body).unwrap_err().code(),
            Some(&ErrorCode::Unauthenticated)
        );
    }

    #[test]
    fn an_answer_that_is_not_graphql_is_told_by_its_status() {
        let error = answer::<Value, Value>(StatusCode::NOT_FOUND, b"<html>", unwrap).unwrap_err();
        assert!(matches!(error, Error::Transport(Transport::Status(404))), "{error:?}");
        assert!(matches!(
            answer::<Value, Value>(StatusCode::OK, b"<html>", unwrap),
            Err(Error::Unexpected(_))
        ));
        assert!(matches!(
            answer::<Value, Value>(StatusCode::OK, b"{}", unwrap),
            Err(Error::Unexpected(_))
        ));
    }
}
