//! What a request asks for, as a name: two requests of one name ask for the same, with the same rights.

use std::collections::BTreeSet;

use async_graphql::{Positioned, Variables, parser::types::VariableDefinition};

use crate::caller::Scope;

/// A digest. In the context of an operation only where everything that it asks for is of the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked([u8; 16]);

impl Asked {
    /// Of a document, the operation that is meant, and the variables it declares; others change nothing of its answer.
    pub fn new(
        document: &str,
        operation: Option<&str>,
        declared: &[Positioned<VariableDefinition>],
        variables: &Variables,
    ) -> Self {
        let mut digest = Digest::default();
        digest.text(document);
        digest.text(operation.unwrap_or_default());
        for definition in declared {
            // One that is left out is not one that is null.
            let value = variables.get(&definition.node.name.node);
            digest.text(&value.map(ToString::to_string).unwrap_or_default());
        }
        digest.finish()
    }

    /// The same, asked with these rights: the whole of what an answer may depend on of its caller.
    pub fn with(self, scopes: &BTreeSet<Scope>) -> Self {
        let mut digest = Digest::default();
        digest.0.update(&self.0);
        for scope in scopes {
            digest.text(scope.name());
        }
        digest.finish()
    }
}

#[derive(Default)]
struct Digest(blake3::Hasher);

impl Digest {
    /// With its length, so that no two lists of texts look the same.
    fn text(&mut self, text: &str) {
        self.0.update(&text.len().to_le_bytes()).update(text.as_bytes());
    }

    fn finish(self) -> Asked {
        let mut half = [0; 16];
        self.0.finalize_xof().fill(&mut half);
        Asked(half)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        parser::{parse_query, types::DocumentOperations},
        value,
    };

    use super::*;

    fn asked(document: &str, variables: async_graphql::Value) -> Asked {
        let parsed = parse_query(document).unwrap();
        let DocumentOperations::Single(operation) = parsed.operations else {
            panic!("one operation without a name: {document}");
        };
        let declared = &operation.node.variable_definitions;
        Asked::new(document, None, declared, &Variables::from_value(variables))
    }

    #[test]
    fn only_what_matters_has_another_name() {
        let document = "query ($a: Int, $b: String) { cursor }";
        let first = asked(document, value!({"a": 1}));
        assert_eq!(first, asked(document, value!({"a": 1, "undeclared": 2})));
        let others = [
            asked(document, value!({"a": 2})),
            asked(document, value!({"a": "1"})),
            asked(document, value!({"a": null})),
            asked(document, value!({})),
            asked(document, value!({"b": "1"})),
            asked("query ($a: Int, $b: String) { cursor  }", value!({"a": 1})),
            first.with(&BTreeSet::from([Scope::Read])),
            first.with(&BTreeSet::from([Scope::Admin])),
            first.with(&BTreeSet::new()),
        ];
        let all: std::collections::HashSet<_> = others.iter().chain([&first]).collect();
        assert_eq!(all.len(), 10);
        assert_eq!(
            first.with(&BTreeSet::from([Scope::Read, Scope::Admin])),
            first.with(&BTreeSet::from([Scope::Admin, Scope::Read]))
        );
    }
}
