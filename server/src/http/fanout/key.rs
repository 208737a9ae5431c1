//! Which subscriptions are the same.

use std::collections::BTreeSet;

use async_graphql::{
    Name, Positioned,
    parser::types::{Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use crate::{
    caller::{Caller, Scope},
    http::Params,
};

/// Where a client names its cursor: the one thing in which two of the same may differ.
const CURSOR_ARGUMENT: &str = "after";

/// Stands for everything a result depends on, but for the place where it begins: the digest of the document, the name of
/// the operation, the variables in the order of their names, and the scopes. A document is long, and there may be a key
/// for each of a thousand subscribers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::http) struct Key([u8; blake3::OUT_LEN]);

/// What it takes to execute a subscription again.
pub(in crate::http) struct Recipe {
    pub key: Key,
    pub params: Params,
    pub scopes: BTreeSet<Scope>,
}

impl Recipe {
    /// `None` for what is not shared: it has to be one field of the root and nothing else, asked for by a device.
    pub fn of(document: &ExecutableDocument, params: &Params, caller: &Caller) -> Option<Self> {
        let operation = operation(document, params.operation_name.as_deref())?;
        let [root] = operation.selection_set.node.items.as_slice() else {
            return None;
        };
        let Selection::Field(root) = &root.node else {
            return None;
        };
        if !root.node.directives.is_empty() {
            return None;
        }
        let mut variables = params.variables.clone();
        if let Some(Value::Variable(cursor)) = root.node.get_argument(CURSOR_ARGUMENT).map(|value| &value.node)
            && uses(document, cursor) == 1
        {
            variables.remove(cursor);
        }
        let scopes: Vec<_> = caller.scopes.iter().map(|scope| scope.name()).collect();
        // As JSON, in which each part ends where it ends and not a byte later.
        let question = serde_json::to_vec(&(&params.query, &params.operation_name, &variables, scopes)).ok()?;
        Some(Self {
            key: Key(blake3::hash(&question).into()),
            params: params.clone(),
            scopes: caller.scopes.clone(),
        })
    }
}

fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(&only.node),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next().map(|only| &only.node),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name).map(|operation| &operation.node),
        _ => None,
    }
}

/// How often a variable is used anywhere in the document.
fn uses(document: &ExecutableDocument, name: &Name) -> usize {
    let operations = document.operations.iter().map(|(_, operation)| {
        in_directives(&operation.node.directives, name) + in_set(&operation.node.selection_set, name)
    });
    let fragments = document
        .fragments
        .values()
        .map(|fragment| in_directives(&fragment.node.directives, name) + in_set(&fragment.node.selection_set, name));
    operations.chain(fragments).sum()
}

fn in_set(set: &Positioned<SelectionSet>, name: &Name) -> usize {
    let in_selection = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => {
            let arguments = field.node.arguments.iter();
            arguments.map(|(_, value)| in_value(&value.node, name)).sum::<usize>()
                + in_directives(&field.node.directives, name)
                + in_set(&field.node.selection_set, name)
        }
        Selection::FragmentSpread(spread) => in_directives(&spread.node.directives, name),
        Selection::InlineFragment(fragment) => {
            in_directives(&fragment.node.directives, name) + in_set(&fragment.node.selection_set, name)
        }
    };
    set.node.items.iter().map(in_selection).sum()
}

fn in_directives(directives: &[Positioned<Directive>], name: &Name) -> usize {
    directives
        .iter()
        .flat_map(|directive| &directive.node.arguments)
        .map(|(_, value)| in_value(&value.node, name))
        .sum()
}

fn in_value(value: &Value, name: &Name) -> usize {
    match value {
        Value::Variable(variable) => usize::from(variable == name),
        Value::List(values) => values.iter().map(|value| in_value(value, name)).sum(),
        Value::Object(fields) => fields.values().map(|value| in_value(value, name)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Variables, parser::parse_query};
    use entity::ids::DeviceId;
    use serde_json::json;

    use super::*;

    fn key_of(query: &str, variables: serde_json::Value, scope: Scope) -> Option<Key> {
        let params = Params {
            query: query.to_owned(),
            operation_name: None,
            variables: Variables::from_json(variables),
        };
        let caller = Caller {
            device: DeviceId::generate(),
            device_name: String::new(),
            scopes: BTreeSet::from([scope]),
            expires_at: None,
        };
        Recipe::of(&parse_query(query).unwrap(), &params, &caller).map(|recipe| recipe.key)
    }

    const EVENTS: &str = "subscription ($after: Cursor, $kinds: [ChangeKind!]) {
        events(after: $after, filter: {kinds: $kinds}) { cursor }
    }";

    #[test]
    fn only_the_cursor_may_differ() {
        let key = |variables| key_of(EVENTS, variables, Scope::Read).unwrap();
        let one = key(json!({"after": "a", "kinds": ["PROJECT_CHANGED"]}));
        assert_eq!(one, key(json!({"kinds": ["PROJECT_CHANGED"], "after": "b"})));
        assert_eq!(one, key(json!({"kinds": ["PROJECT_CHANGED"]})));
        assert_ne!(one, key(json!({"after": "a", "kinds": ["SESSION_CHANGED"]})));
        assert_ne!(one, key(json!({"after": "a"})));
        let admin = key_of(
            EVENTS,
            json!({"after": "a", "kinds": ["PROJECT_CHANGED"]}),
            Scope::Admin,
        );
        assert_ne!(Some(one), admin, "other rights, other results");
    }

    #[test]
    fn a_cursor_that_is_used_elsewhere_is_a_part_of_the_question() {
        let query = "subscription ($after: Cursor) { events(after: $after) { a(b: [{c: $after}]) } }";
        let key = |after: &str| key_of(query, json!({ "after": after }), Scope::Read);
        assert_ne!(key("a"), key("b"));
        let query = "subscription ($x: String) { events(after: $x) { ...F } } fragment F on E { a @include(if: $x) }";
        let key = |x: &str| key_of(query, json!({ "x": x }), Scope::Read);
        assert_ne!(key("a"), key("b"));
    }

    #[test]
    fn what_is_more_than_one_plain_field_is_not_shared() {
        for query in [
            "subscription { events { cursor } other: events { cursor } }",
            "subscription { ...F } fragment F on Subscription { events { cursor } }",
            "subscription { ... on Subscription { events { cursor } } }",
            "subscription ($x: Boolean!) { events @skip(if: $x) { cursor } }",
        ] {
            assert_eq!(key_of(query, json!({}), Scope::Read), None, "{query}");
        }
    }
}
