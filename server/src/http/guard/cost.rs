//! What a query may cost: its fields, those of a page times the size of the page.
//!
//! The guard knows no more of the schema than which types are objects, so it reads the page from the request, by the
//! conventions of connections:
//! - `edges` and `nodes` are a page of the field they stand in: `first` or `last` of that field, or the default page size;
//! - a field with `first` or `last` but no `edges` or `nodes` is a plain list of that many;
//! - `nodes(ids:)` is a list as long as its ids;
//! - of what is asked of different types of objects, the dearest counts: nothing is of two types;
//! - `__typename` is free, since clients add it everywhere; every other field costs one.
//!
//! The cost of a fragment is linear in the page it is spread in, so each fragment is summed up once: what it costs once, and
//! what it costs for each item of the page around it.

use std::collections::HashMap;

use async_graphql::{
    Positioned, ServerError, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::{ConstValue, Name, Value};

use super::refusal::{at, limit};
use crate::http::Limits;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    once: u64,
    per_item: u64,
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            once: self.once.saturating_add(other.once),
            per_item: self.per_item.saturating_add(other.per_item),
        }
    }

    /// The most that either may come to.
    fn or(self, other: Self) -> Self {
        Self {
            once: self.once.max(other.once),
            per_item: self.per_item.max(other.per_item),
        }
    }

    fn times(self, page: u64) -> u64 {
        self.once.saturating_add(self.per_item.saturating_mul(page))
    }
}

/// Whether a type is that of objects.
pub type IsObject = fn(&str) -> bool;

/// The cost of the dearest operation that the request may mean.
pub fn cost(
    document: &ExecutableDocument,
    order: &[Name],
    operation_name: Option<&str>,
    variables: &Variables,
    limits: &Limits,
    is_object: IsObject,
) -> Result<u64, ServerError> {
    let mut dearest = 0;
    for (name, operation) in document.operations.iter() {
        if operation_name.is_some_and(|wanted| name.is_some_and(|name| name != wanted)) {
            continue;
        }
        let mut bill = Bill {
            limits,
            is_object,
            variables,
            operation: &operation.node,
            fragments: HashMap::new(),
        };
        for name in order {
            if let Some(fragment) = document.fragments.get(name) {
                let cost = bill.selection_set(&fragment.node.selection_set)?;
                let on = fragment.node.type_condition.node.on.node.as_str();
                bill.fragments.insert(name.as_str(), (on, cost));
            }
        }
        dearest = dearest.max(bill.selection_set(&operation.node.selection_set)?.times(1));
    }
    if dearest > limits.complexity {
        return Err(limit(format!(
            "A query may cost {}; this one costs {dearest}. A field costs 1, and what stands in a page is multiplied by `first` or `last`, or by {}.",
            limits.complexity, limits.default_page_size
        )));
    }
    Ok(dearest)
}

struct Bill<'a> {
    limits: &'a Limits,
    is_object: IsObject,
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    /// What type each is of, and what it costs.
    fragments: HashMap<&'a str, (&'a str, Cost)>,
}

impl<'a> Bill<'a> {
    fn selection_set(&self, set: &'a Positioned<SelectionSet>) -> Result<Cost, ServerError> {
        let mut of_all = Cost::default();
        let mut of_objects = HashMap::<&str, Cost>::new();
        for selection in &set.node.items {
            let (on, cost) = match &selection.node {
                Selection::Field(field) => (None, self.field(field)?),
                Selection::InlineFragment(inline) => (
                    inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str()),
                    self.selection_set(&inline.node.selection_set)?,
                ),
                Selection::FragmentSpread(spread) => self
                    .fragments
                    .get(spread.node.fragment_name.node.as_str())
                    .map_or((None, Cost::default()), |(on, cost)| (Some(*on), *cost)),
            };
            let sum = match on.filter(|on| (self.is_object)(on)) {
                Some(on) => of_objects.entry(on).or_default(),
                None => &mut of_all,
            };
            *sum = sum.and(cost);
        }
        Ok(of_all.and(of_objects.into_values().fold(Cost::default(), Cost::or)))
    }

    fn field(&self, field: &'a Positioned<Field>) -> Result<Cost, ServerError> {
        let name = field.node.name.node.as_str();
        let inner = self.selection_set(&field.node.selection_set)?;
        let page = self.page(field)?;
        let ids = self.argument(&field.node, "ids").map_or(0, list_length);
        Ok(match (name, page) {
            ("__typename", _) => Cost::default(),
            ("edges" | "nodes", _) if ids == 0 => Cost {
                once: 1,
                per_item: inner.times(1),
            },
            ("edges" | "nodes", _) => one_and(inner.times(1).saturating_mul(ids)),
            (_, Some(page)) if inner.per_item == 0 => one_and(inner.once.saturating_mul(page)),
            (_, page) => one_and(inner.times(page.unwrap_or(self.limits.default_page_size))),
        })
    }

    /// How many items the field was asked for, if it says so.
    fn page(&self, field: &'a Positioned<Field>) -> Result<Option<u64>, ServerError> {
        let asked = ["first", "last"]
            .into_iter()
            .filter_map(|name| match self.argument(&field.node, name) {
                Some(Given::Literal(Value::Number(number))) => number.as_u64(),
                Some(Given::Constant(ConstValue::Number(number))) => number.as_u64(),
                _ => None,
            })
            .max();
        match asked {
            Some(page) if page > self.limits.page_size => Err(at(
                limit(format!("A page may have {} items.", self.limits.page_size)),
                field.pos,
            )),
            page => Ok(page),
        }
    }

    /// An argument with its variable looked up: in the request, then among the operation's defaults.
    fn argument(&self, field: &'a Field, name: &str) -> Option<Given<'a>> {
        let Value::Variable(variable) = &field.get_argument(name)?.node else {
            return field.get_argument(name).map(|value| Given::Literal(&value.node));
        };
        if let Some(value) = self.variables.get(variable) {
            return Some(Given::Constant(value));
        }
        self.operation
            .variable_definitions
            .iter()
            .find(|definition| definition.node.name.node == *variable)
            .and_then(|definition| definition.node.default_value.as_ref())
            .map(|default| Given::Constant(&default.node))
    }
}

#[derive(Clone, Copy)]
enum Given<'a> {
    Literal(&'a Value),
    Constant(&'a ConstValue),
}

fn one_and(below: u64) -> Cost {
    Cost {
        once: below.saturating_add(1),
        per_item: 0,
    }
}

fn list_length(given: Given<'_>) -> u64 {
    let length = match given {
        Given::Literal(Value::List(items)) => items.len(),
        Given::Constant(ConstValue::List(items)) => items.len(),
        _ => 1,
    };
    u64::try_from(length).unwrap_or(u64::MAX)
}
