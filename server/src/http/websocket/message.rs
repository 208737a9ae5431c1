//! The messages of graphql-transport-ws: reading what a client sends, writing what it gets.

use std::borrow::Cow;

use async_graphql::{Name, ServerError, indexmap::IndexMap};
use async_graphql_value::ConstValue;
use axum::extract::ws::Utf8Bytes;
use secrecy::SecretString;

use crate::http::{Params, auth::bearer_token};

/// The name of the protocol in `Sec-WebSocket-Protocol`.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Longer ids are refused: the server repeats an id in each message.
const ID_BYTES: usize = 256;
/// What a close frame can carry behind its code.
const REASON_BYTES: usize = 123;

/// Why the server closes the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: Cow<'static, str>,
}

impl Close {
    pub const GOING_AWAY: Self = Self::new(1001, "The server is shutting down");
    pub const MESSAGE_TOO_BIG: Self = Self::new(1009, "The message is broken or too long");
    pub const TRY_AGAIN_LATER: Self = Self::new(1013, "Try again later");
    pub const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    pub const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    pub const SUBPROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    pub const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub const TOO_MANY_INITS: Self = Self::new(4429, "Too many initialisation requests");
    /// The reference implementation's code for a peer that does not answer pings.
    pub const SILENT: Self = Self::new(4499, "Nothing was heard from the client");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    pub fn invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: 4400,
            reason: fitting(reason.into()),
        }
    }

    pub fn exists(id: &str) -> Self {
        let id: String = id.chars().take(20).collect();
        Self {
            code: 4409,
            reason: fitting(format!("Subscriber for {id} already exists").into()),
        }
    }

    pub fn full(places: usize) -> Self {
        Self {
            reason: format!("Try again later: this device has {places} sockets open").into(),
            ..Self::TRY_AGAIN_LATER
        }
    }
}

fn fitting(reason: Cow<'static, str>) -> Cow<'static, str> {
    if reason.len() <= REASON_BYTES {
        return reason;
    }
    let end = reason.floor_char_boundary(REASON_BYTES);
    reason[..end].to_owned().into()
}

/// A message of a client that is of the protocol's form.
#[derive(Debug)]
pub enum ClientMessage {
    Init { token: Option<SecretString> },
    Ping { payload: Option<ConstValue> },
    Pong,
    Subscribe { id: String, params: Params },
    Complete { id: String },
}

type Object = IndexMap<Name, ConstValue>;

/// Anything that is not exactly a message of the protocol closes the socket with 4400.
pub fn read(text: &str) -> Result<ClientMessage, Close> {
    let Ok(ConstValue::Object(mut message)) = serde_json::from_str(text) else {
        return Err(Close::invalid("Invalid message: a JSON object is expected"));
    };
    let kind = match message.swap_remove("type") {
        Some(ConstValue::String(kind)) => kind,
        _ => return Err(Close::invalid("Invalid message: its type is missing")),
    };
    match kind.as_str() {
        "connection_init" => Ok(ClientMessage::Init {
            token: token(optional_payload(&mut message)?)?,
        }),
        "ping" => Ok(ClientMessage::Ping {
            payload: optional_payload(&mut message)?.map(ConstValue::Object),
        }),
        "pong" => optional_payload(&mut message).map(|_payload| ClientMessage::Pong),
        "subscribe" => {
            let id = id(&mut message)?;
            let Some(ConstValue::Object(payload)) = message.swap_remove("payload") else {
                return Err(Close::invalid("Invalid message: its payload must be an object"));
            };
            let params = Params::from_object(payload)
                .map_err(|error| Close::invalid(format!("Invalid message: {}", error.message)))?;
            Ok(ClientMessage::Subscribe { id, params })
        }
        "complete" => Ok(ClientMessage::Complete { id: id(&mut message)? }),
        _ => Err(Close::invalid("Invalid message: its type is unknown")),
    }
}

fn id(message: &mut Object) -> Result<String, Close> {
    match message.swap_remove("id") {
        Some(ConstValue::String(id)) if !id.is_empty() && id.len() <= ID_BYTES => Ok(id),
        _ => Err(Close::invalid(format!(
            "Invalid message: its id must be a string of 1 to {ID_BYTES} bytes"
        ))),
    }
}

fn optional_payload(message: &mut Object) -> Result<Option<Object>, Close> {
    match message.swap_remove("payload") {
        None | Some(ConstValue::Null) => Ok(None),
        Some(ConstValue::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(Close::invalid("Invalid message: its payload must be an object")),
    }
}

/// The token of `connection_init`: `{"token": "…"}`, or the header as a browser cannot send it, `{"Authorization": "Bearer …"}`.
fn token(payload: Option<Object>) -> Result<Option<SecretString>, Close> {
    for (name, value) in payload.into_iter().flatten() {
        let token = match (name.to_ascii_lowercase().as_str(), value) {
            ("token" | "authorization", ConstValue::Null) => continue,
            ("token", ConstValue::String(token)) if !token.is_empty() => Some(token.into()),
            ("authorization", ConstValue::String(header)) => bearer_token(&header),
            ("token" | "authorization", _) => None,
            _ => continue,
        };
        return token.map(Some).ok_or(Close::FORBIDDEN);
    }
    Ok(None)
}

pub const ACK: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#);
pub const PING: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"ping"}"#);
pub const PONG: Utf8Bytes = Utf8Bytes::from_static(r#"{"type":"pong"}"#);

/// A pong brings back what the ping brought.
pub fn pong(payload: Option<ConstValue>) -> Utf8Bytes {
    match payload {
        Some(payload) => serde_json::json!({ "type": "pong", "payload": payload })
            .to_string()
            .into(),
        None => PONG,
    }
}

/// Writes the messages of one operation. The envelope with its id is made once.
#[derive(Debug)]
pub struct Envelope {
    id: String,
    next: Vec<u8>,
}

impl Envelope {
    pub fn new(id: &str) -> Self {
        let id = serde_json::Value::from(id).to_string();
        let next = format!(r#"{{"id":{id},"type":"next","payload":"#).into_bytes();
        Self { id, next }
    }

    /// A result of about this many bytes, written by the caller. Subscribers of one event with one document get the same result: whoever has its
    /// JSON already copies it here, and only the envelope with the subscriber's own id is written anew.
    pub fn next(&self, room: usize, write_result: impl FnOnce(&mut Vec<u8>)) -> Utf8Bytes {
        let mut message = Vec::with_capacity(self.next.len() + room + 1);
        message.extend_from_slice(&self.next);
        write_result(&mut message);
        message.push(b'}');
        // JSON is UTF-8: the empty text does not come about.
        Utf8Bytes::try_from(message).unwrap_or_default()
    }

    pub fn error(&self, errors: &[ServerError]) -> Utf8Bytes {
        let errors = serde_json::to_string(errors).unwrap_or_else(|_never| "[]".to_owned());
        format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, self.id).into()
    }

    pub fn complete(&self) -> Utf8Bytes {
        format!(r#"{{"id":{},"type":"complete"}}"#, self.id).into()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Response, value};
    use secrecy::ExposeSecret;

    use super::*;
    use crate::http::answer;

    #[test]
    fn what_is_not_a_message_closes_with_4400() {
        for text in [
            "",
            "no json",
            "[]",
            "null",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":1}}"#,
            r#"{"type":"complete"}"#,
        ] {
            let close = read(text).unwrap_err();
            assert_eq!(close.code, 4400, "{text}");
            assert!(close.reason.len() <= REASON_BYTES, "{text}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(ID_BYTES + 1));
        assert_eq!(read(&long).unwrap_err().code, 4400);
    }

    #[test]
    fn fuzz_messages() {
        crate::fuzzing::fuzz("socket", |input| match read(&String::from_utf8_lossy(input)) {
            Ok(ClientMessage::Subscribe { id, .. } | ClientMessage::Complete { id }) => {
                assert!((1..=ID_BYTES).contains(&id.len()));
                // An id comes back in every message: whatever it is, that stays JSON.
                let complete = Envelope::new(&id).complete();
                let read: serde_json::Value = serde_json::from_str(&complete).unwrap();
                assert_eq!(read["id"], id.as_str());
            }
            Ok(ClientMessage::Ping { payload }) => {
                let read: serde_json::Value = serde_json::from_str(&pong(payload)).unwrap();
                assert_eq!(read["type"], "pong");
            }
            Ok(ClientMessage::Init { .. } | ClientMessage::Pong) => {}
            Err(close) => {
                assert!(matches!(close.code, 4400 | 4403), "{close:?}");
                assert!(close.reason.len() <= REASON_BYTES);
            }
        });
    }

    #[test]
    fn the_token_comes_in_either_form() {
        let token = |payload: &str| match read(&format!(r#"{{"type":"connection_init","payload":{payload}}}"#)) {
            Ok(ClientMessage::Init { token }) => Ok(token.map(|token| token.expose_secret().to_owned())),
            Ok(_) => panic!("another message"),
            Err(close) => Err(close.code),
        };
        assert_eq!(token("null"), Ok(None));
        assert_eq!(token("{}"), Ok(None));
        assert_eq!(token(r#"{"other":1}"#), Ok(None));
        assert_eq!(token(r#"{"token":null}"#), Ok(None));
        assert_eq!(token(r#"{"token":"t"}"#), Ok(Some("t".to_owned())));
        assert_eq!(token(r#"{"Authorization":"Bearer t"}"#), Ok(Some("t".to_owned())));
        assert_eq!(token(r#"{"authorization":"bearer t"}"#), Ok(Some("t".to_owned())));
        assert_eq!(token(r#"{"Authorization":"Basic t"}"#), Err(4403));
        assert_eq!(token(r#"{"token":1}"#), Err(4403));
    }

    #[test]
    fn reasons_fit_a_close_frame() {
        assert!(Close::exists(&"😀".repeat(200)).reason.len() <= REASON_BYTES);
        assert!(Close::invalid("😀".repeat(200)).reason.len() <= REASON_BYTES);
    }

    #[test]
    fn an_id_is_quoted_in_the_envelope() {
        let envelope = Envelope::new("a\"b");
        let response = Response::new(value!({"n": 1}));
        assert_eq!(
            envelope.next(64, |buffer| answer::write(&response, buffer)).as_str(),
            r#"{"id":"a\"b","type":"next","payload":{"data":{"n":1}}}"#
        );
        assert_eq!(envelope.complete().as_str(), r#"{"id":"a\"b","type":"complete"}"#);
    }
}
