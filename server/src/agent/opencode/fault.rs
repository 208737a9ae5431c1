//! Words from outside, made fit to be shown.
//!
//! OpenCode hands on what a provider answered, headers, body and address included. Only a name, a short message, the
//! status and whether a retry makes sense get through here.

use serde::Deserialize;
use serde_json::Value;

use super::wire::lenient;
use crate::agent::AgentFault;

/// Characters of a message that are kept.
const LONGEST: usize = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    #[serde(deserialize_with = "lenient::or_default")]
    name: String,
    #[serde(deserialize_with = "lenient::or_default")]
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Data {
    #[serde(deserialize_with = "lenient::or_default")]
    message: String,
    #[serde(deserialize_with = "lenient::or_default")]
    is_retryable: bool,
    #[serde(deserialize_with = "lenient::or_default")]
    status_code: Option<u16>,
}

/// An error object of OpenCode, `{name, data: {message, …}}`, whatever its shape.
pub(super) fn fault(error: &Value) -> AgentFault {
    let fault = Fault::deserialize(error).unwrap_or_default();
    let name = match clean(&fault.name) {
        name if name.is_empty() => "UnknownError".to_owned(),
        name => name,
    };
    let message = match clean(&fault.data.message) {
        message if message.is_empty() => match fault.data.status_code {
            Some(status) => format!("the provider answered {status}"),
            None => name.clone(),
        },
        message => message,
    };
    AgentFault {
        name,
        message,
        is_retryable: fault.data.is_retryable,
        status_code: fault.data.status_code,
    }
}

/// One line of at most [`LONGEST`] characters without addresses and stack; nothing when it is a whole document.
pub(super) fn clean(text: &str) -> String {
    let text = text.split("\n    at ").next().unwrap_or_default().trim();
    if text.starts_with(['{', '[', '<']) {
        return String::new();
    }
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if line.len() > 4 * LONGEST {
            break; // Longer than what is kept, however many bytes a character has.
        }
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        line.push_str(if word.contains("://") { "(address)" } else { word });
    }
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST - 1).collect();
        line.push('…');
    }
    line
}

/// Takes what a provider sent out of JSON that is kept as it came: such errors hide in many places.
pub(super) fn scrub(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            let response = [fields.remove("responseHeaders"), fields.remove("responseBody")];
            if response.iter().any(Option::is_some) {
                fields.remove("metadata"); // The provider's address.
            }
            fields.values_mut().for_each(|field| *field = scrub(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = scrub(item.take())),
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_safe_gets_through() {
        let error = json!({ "name": "APIError", "data": {
            "message": "no such\n  key, see https://example.com/keys?k=secret",
            "statusCode": 401, "isRetryable": true,
            "responseHeaders": { "set-cookie": "secret" }, "responseBody": "secret",
            "metadata": { "url": "http://secret" },
        }});
        assert_eq!(
            fault(&error),
            AgentFault {
                name: "APIError".into(),
                message: "no such key, see (address)".into(),
                is_retryable: true,
                status_code: Some(401),
            }
        );
    }

    #[test]
    fn every_shape_is_some_fault() {
        let named = |name: &str, message: &str| AgentFault {
            name: name.into(),
            message: message.into(),
            is_retryable: false,
            status_code: None,
        };
        let cases = [
            (json!(null), named("UnknownError", "UnknownError")),
            (json!("boom"), named("UnknownError", "UnknownError")),
            (json!({ "name": "MessageOutputLengthError", "data": {} }), {
                named("MessageOutputLengthError", "MessageOutputLengthError")
            }),
            (json!({ "name": 7, "data": [] }), named("UnknownError", "UnknownError")),
            (
                json!({ "name": "X", "data": { "message": "m", "statusCode": "no" } }),
                named("X", "m"),
            ),
            (
                json!({ "name": "X", "data": { "message": "<html>secret</html>" } }),
                named("X", "X"),
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(fault(&error), expected, "{error}");
        }
        let document = json!({ "name": "APIError", "data": { "message": "{\"a\":1}", "statusCode": 503 } });
        assert_eq!(fault(&document).message, "the provider answered 503");
    }

    #[test]
    fn what_a_provider_sent_is_taken_out_at_any_depth() {
        let data =
            json!({ "message": "m", "responseHeaders": {}, "responseBody": "secret", "metadata": { "url": "secret" } });
        let part = json!({ "type": "retry", "error": { "data": data }, "more": [{ "responseBody": "secret" }, 7] });
        assert_eq!(
            scrub(part),
            json!({ "type": "retry", "error": { "data": { "message": "m" } }, "more": [{}, 7] })
        );
        assert_eq!(
            scrub(json!({ "metadata": { "exit": 0 } })),
            json!({ "metadata": { "exit": 0 } })
        );
    }

    #[test]
    fn a_message_is_cut_by_characters() {
        assert_eq!(clean(&"é".repeat(500)), "é".repeat(500));
        let long = clean(&"é".repeat(501));
        assert_eq!((long.chars().count(), long.chars().last()), (500, Some('…')));
        let words = clean(&"word ".repeat(200));
        assert!(
            words.chars().count() <= 500 && words.starts_with("word word"),
            "{words}"
        );
        assert_eq!(
            clean(&format!("{} b c", "a".repeat(498))),
            format!("{} …", "a".repeat(498))
        );
        assert_eq!(clean("a\u{0}b\u{1b}[31m"), "a b [31m");
        assert_eq!(
            clean("No image.\n    at catch (/$bunfs/root/chunk.js:1:2)\n    at x"),
            "No image."
        );
    }
}
