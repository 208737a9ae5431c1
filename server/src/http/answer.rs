//! Answers as bytes: every error with a code, never more or longer errors than the limits allow, and no `data` where the
//! specification forbids it.

use std::time::Duration;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::{Limits, guard::refusal};
use crate::graphql::Failure;

/// The answer to a request that was not executed.
pub fn refused(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

pub fn failed(failure: Failure) -> Response {
    refused(refusal::failure(failure))
}

/// Gives each error a code and cuts what is too much.
pub fn tidy(mut response: Response, limits: &Limits) -> Response {
    response.errors.truncate(limits.errors);
    response.errors = response
        .errors
        .into_iter()
        .map(|error| cut(refusal::with_code(error), limits.error_chars))
        .collect();
    response
}

fn cut(mut error: ServerError, chars: usize) -> ServerError {
    if let Some((at, _)) = error.message.char_indices().nth(chars) {
        // The ellipsis is one of the allowed characters.
        let end = error.message[..at]
            .char_indices()
            .next_back()
            .map_or(0, |(start, _)| start);
        error.message.truncate(end);
        error.message.push('…');
    }
    error
}

/// Nothing was executed: the errors belong to the request, not to a field. Such an answer has no `data`.
pub fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// When to try again, if an error says so.
pub fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response
        .errors
        .iter()
        .filter_map(|error| match error.extensions.as_ref()?.get("retryAfter")? {
            Value::Number(number) => number.as_f64(),
            _ => None,
        })
        .fold(None, |longest: Option<f64>, seconds| {
            Some(longest.map_or(seconds, |other| other.max(seconds)))
        })?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// Writes the response as JSON behind what the buffer holds.
pub fn write(response: &Response, buffer: &mut Vec<u8>) {
    let start = buffer.len();
    let body = Body {
        errors: &response.errors,
        data: (!is_request_error(response)).then_some(&response.data),
        extensions: &response.extensions,
    };
    if let Err(error) = serde_json::to_writer(&mut *buffer, &body) {
        // Only a value that is no JSON can bring us here: a map with keys that are not strings, say.
        buffer.truncate(start);
        buffer.extend_from_slice(unserializable(&error).as_bytes());
    }
}

pub fn to_vec(response: &Response) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(1024);
    write(response, &mut buffer);
    buffer
}

fn unserializable(error: &serde_json::Error) -> String {
    let failure = Failure::internal(error);
    serde_json::json!({ "errors": [refusal::failure(failure)] }).to_string()
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, value};

    use super::*;

    fn text(response: &Response) -> String {
        String::from_utf8(to_vec(response)).unwrap()
    }

    #[test]
    fn a_request_error_has_no_data_and_a_field_error_keeps_it() {
        let mut response = Response::from_errors(vec![ServerError::new("no", None)]);
        assert_eq!(text(&response), r#"{"errors":[{"message":"no"}]}"#);
        response.errors[0].path = vec![PathSegment::Field("a".to_owned())];
        assert_eq!(
            text(&response),
            r#"{"errors":[{"message":"no","path":["a"]}],"data":null}"#
        );
        assert_eq!(text(&Response::new(value!({"a": 1}))), r#"{"data":{"a":1}}"#);
    }

    #[test]
    fn errors_are_few_short_and_have_a_code() {
        let limits = Limits::default();
        let long = "é".repeat(10_000);
        let errors = (0..2_000).map(|_| ServerError::new(long.clone(), None)).collect();
        let response = tidy(Response::from_errors(errors), &limits);
        assert_eq!(response.errors.len(), limits.errors);
        for error in &response.errors {
            assert_eq!(error.message.chars().count(), limits.error_chars);
            assert_eq!(
                error.extensions.as_ref().unwrap().get("code"),
                Some(&Value::from("BAD_REQUEST"))
            );
        }
    }

    #[test]
    fn a_message_of_just_the_limit_is_left_whole() {
        let limits = Limits::default();
        let message = "é".repeat(limits.error_chars);
        let response = tidy(
            Response::from_errors(vec![ServerError::new(message.clone(), None)]),
            &limits,
        );
        assert_eq!(response.errors[0].message, message);
    }

    #[test]
    fn the_longest_wait_is_told() {
        let failure = |seconds| {
            refusal::failure(Failure::unavailable(
                "forge",
                "away",
                Some(Duration::from_secs(seconds)),
            ))
        };
        let response = Response::from_errors(vec![failure(3), failure(7), ServerError::new("x", None)]);
        assert_eq!(retry_after(&response), Some(Duration::from_secs(7)));
    }
}
