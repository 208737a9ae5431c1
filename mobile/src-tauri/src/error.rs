//! What the screens are told when a command fails. They know two kinds: the server refused, or nobody answered.

use client::{Error, ErrorCode};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Failure {
    /// As the server's errors in GraphQL: `extensions.code` decides.
    Refused {
        message: String,
        extensions: Map<String, Value>,
    },
    /// Nothing came back.
    Unreachable { message: String },
    /// It was not waited for.
    Cancelled,
    /// Something of this device.
    Here { message: String },
    /// What this device keeps is not what was written: opened again, it begins anew.
    Damaged { message: String },
}

impl Failure {
    pub fn signed_out() -> Self {
        Self::unauthenticated("This device is not paired.")
    }

    pub fn here(error: impl ToString) -> Self {
        Self::Here {
            message: error.to_string(),
        }
    }

    /// Of a subscription that could not begin. The server closes with the code for "forbidden" when the token does not
    /// hold, since the protocol has one for both.
    pub fn of_opening(error: Error) -> Self {
        match error.code() {
            Some(ErrorCode::Forbidden | ErrorCode::Unauthenticated) => {
                Self::unauthenticated("This device has no access any more.")
            }
            _ => error.into(),
        }
    }

    fn unauthenticated(message: &str) -> Self {
        let code = ErrorCode::Unauthenticated.name().into();
        Self::Refused {
            message: message.to_owned(),
            extensions: Map::from_iter([("code".to_owned(), code)]),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(failure) => {
                let message = failure.message.clone();
                match serde_json::to_value(failure) {
                    Ok(Value::Object(mut extensions)) => {
                        extensions.remove("message");
                        Self::Refused { message, extensions }
                    }
                    _ => Self::Here { message },
                }
            }
            Error::Address(message) => Self::Here { message },
            // An answer that is not the server's own: of a gateway, say.
            Error::Transport(_) | Error::Unexpected(_) => Self::Unreachable {
                message: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_screens_can_tell_them_apart() {
        let timeout = Failure::from(Error::from(client::Transport::Timeout));
        assert_eq!(
            serde_json::to_value(timeout).unwrap(),
            json!({ "kind": "unreachable", "message": "the server did not answer in time" })
        );
        assert_eq!(
            serde_json::to_value(Failure::signed_out()).unwrap()["extensions"],
            json!({ "code": "UNAUTHENTICATED" })
        );
    }
}
