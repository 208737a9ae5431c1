//! Operations by name, with variables and answers as JSON: for a program whose screens have types of their own, made from
//! the same files. It can ask for nothing that is not in `operations/*.graphql`.

use graphql_client::{GraphQLQuery, QueryBody, Response};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Client, Error, Repeat, Subscription, operations::CATALOGUE};

/// Data and errors, as the server gave them: a field that lives outside may fail and leave the rest as it is.
pub type Answer = Response<Value>;

/// Any operation of the catalogue.
pub struct Named;

/// An operation and what it is asked with.
pub struct Asked {
    name: &'static str,
    text: &'static str,
    variables: Map<String, Value>,
}

impl Asked {
    fn new(name: &str, variables: Map<String, Value>) -> Result<Self, Error> {
        let found = CATALOGUE.iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or_else(|| Error::Unexpected(format!("there is no operation {name}")))?;
        Ok(Self { name, text, variables })
    }
}

impl Serialize for Asked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.variables.serialize(serializer)
    }
}

impl GraphQLQuery for Named {
    type Variables = Asked;
    type ResponseData = Value;

    fn build_query(variables: Asked) -> QueryBody<Asked> {
        QueryBody {
            query: variables.text,
            operation_name: variables.name,
            variables,
        }
    }
}

impl Client {
    /// Runs an operation and gives the whole answer. A mutation is sent again only if nothing can have arrived: whether it
    /// has a `clientMutationId` is not looked at.
    pub async fn run_named(&self, name: &str, variables: Map<String, Value>) -> Result<Answer, Error> {
        let asked = Asked::new(name, variables)?;
        let repeat = match asked.text.starts_with("query") {
            true => Repeat::Harmless,
            false => Repeat::Harmful,
        };
        self.request::<Named, _>(asked, repeat, Ok).await
    }

    /// Opens a subscription without resuming it later.
    pub async fn subscribe_named(
        &self,
        name: &str,
        variables: Map<String, Value>,
    ) -> Result<Subscription<Named>, Error> {
        self.subscribe::<Named>(Asked::new(name, variables)?).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_has_its_text_and_the_variables_it_was_given() {
        let Value::Object(variables) = json!({ "first": 2, "after": null }) else {
            unreachable!()
        };
        let body = serde_json::to_value(Named::build_query(Asked::new("Decisions", variables).unwrap())).unwrap();
        assert_eq!(body["operationName"], "Decisions");
        assert_eq!(body["variables"], json!({ "first": 2, "after": null }));
        let text = body["query"].as_str().unwrap();
        assert!(
            text.starts_with("query Decisions(") && text.contains("fragment DecisionFields"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_in_the_catalogue_is_not_asked() {
        let refused = Asked::new("{ viewer { serverVersion } }", Map::new()).err();
        assert!(matches!(refused, Some(Error::Unexpected(_))), "{refused:?}");
    }

    #[test]
    fn every_kind_of_operation_is_there() {
        for (name, kind) in [("Home", "query"), ("Decide", "mutation"), ("Events", "subscription")] {
            let asked = Asked::new(name, Map::new()).unwrap();
            assert!(asked.text.starts_with(kind), "{}", asked.text);
        }
    }
}
