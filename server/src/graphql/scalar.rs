//! Scalars of this API.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::events;

pub struct Cursor(pub events::Cursor);

/// A place in the event log. Opaque: keep it, send it back, never compare two of them.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => events::Cursor::decode(text)
                .map(Self)
                .map_err(|error| InputValueError::custom(error).with_extension("code", "INVALID_INPUT")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.encode())
    }
}

pub struct Json(pub serde_json::Value);

/// Any JSON value, as it came from outside.
#[Scalar(name = "JSON", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}
