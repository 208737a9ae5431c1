//! What a request asks for, read from JSON or from a URL's query. The types are checked by hand, because a wrong one is an
//! error of its own and not a reason to print what a deserializer expected.

use async_graphql::{Name, ServerError, Variables, indexmap::IndexMap};
use async_graphql_value::ConstValue;

use super::guard::refusal::bad_request;

/// The parameters of the GraphQL-over-HTTP specification. `extensions` is checked and dropped: the server knows none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
}

type Object = IndexMap<Name, ConstValue>;

impl Params {
    /// From the body of a POST.
    pub fn from_json(body: &[u8]) -> Result<Self, ServerError> {
        match serde_json::from_slice(body) {
            Ok(ConstValue::Object(object)) => Self::from_object(object),
            Ok(ConstValue::List(_)) => Err(bad_request("Batches are off: send one operation a request.")),
            Ok(_) => Err(bad_request("The body must be a JSON object.")),
            Err(error) => Err(bad_request(format!(
                "The body is not JSON: line {}, column {}.",
                error.line(),
                error.column()
            ))),
        }
    }

    /// From the query of a GET's URL, where `variables` and `extensions` are JSON in text.
    pub fn from_url_query(query: &str) -> Result<Self, ServerError> {
        let mut object = Object::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = match &*name {
                "query" | "operationName" => ConstValue::String(value.into_owned()),
                "variables" | "extensions" => serde_json::from_str(&value)
                    .map_err(|_error| bad_request(format!("`{name}` in the URL must be a JSON object.")))?,
                _ => continue,
            };
            object.insert(Name::new(&name), value);
        }
        Self::from_object(object)
    }

    /// From a JSON object: the body of a POST, or the payload of a WebSocket's `subscribe`.
    pub fn from_object(mut object: Object) -> Result<Self, ServerError> {
        let query = match object.swap_remove("query") {
            Some(ConstValue::String(query)) => query,
            None | Some(ConstValue::Null) => return Err(bad_request("`query` is missing.")),
            Some(_) => return Err(bad_request("`query` must be a string.")),
        };
        let operation_name = match object.swap_remove("operationName") {
            Some(ConstValue::String(name)) => Some(name),
            None | Some(ConstValue::Null) => None,
            Some(_) => return Err(bad_request("`operationName` must be a string.")),
        };
        let variables = match object.swap_remove("variables") {
            Some(variables @ ConstValue::Object(_)) => Variables::from_value(variables),
            None | Some(ConstValue::Null) => Variables::default(),
            Some(_) => return Err(bad_request("`variables` must be an object.")),
        };
        match object.swap_remove("extensions") {
            None | Some(ConstValue::Null | ConstValue::Object(_)) => Ok(Self {
                query,
                operation_name,
                variables,
            }),
            Some(_) => Err(bad_request("`extensions` must be an object.")),
        }
    }
}
