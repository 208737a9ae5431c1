//! Measures a parsed document without expanding it: each fragment once, in an order in which what it spreads is already known.
//!
//! So the work is linear in the document's length, while the measures are those of the expanded document, which can be
//! exponentially longer. Recursion goes no deeper than the brackets of the text, which the scan has bounded.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet},
};

use super::refusal::{at, bad_request, limit};
use crate::http::Limits;

/// Lists of an introspection type that lead back to types: each level multiplies the answer by the size of the schema.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const INTROSPECTION_LIST_DEPTH: usize = 3;

/// The measure of a selection set once its fragments are expanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measure {
    /// Fields below each other, those of introspection apart.
    depth: usize,
    nesting: usize,
    selections: u64,
    /// Fields of the set itself.
    width: u64,
    /// Lists of introspection types below each other.
    lists: usize,
    /// The deepest `__schema` or `__type` in it.
    introspection: usize,
}

impl Measure {
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            selections: self.selections.saturating_add(other.selections),
            width: self.width.saturating_add(other.width),
            lists: self.lists.max(other.lists),
            introspection: self.introspection.max(other.introspection),
        }
    }
}

/// What is known of a document that passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    pub depth: usize,
    pub expanded_selections: u64,
    /// It asks for `__schema` or `__type`.
    pub introspects: bool,
    /// Fragments in an order in which each comes after those it spreads.
    pub(super) order: Vec<Name>,
    /// Selections looked at: the work that was done.
    pub visited: usize,
}

pub fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<Measured, ServerError> {
    let order = super::order::of_fragments(document)?;
    let mut walk = Walk {
        limits,
        fragments: HashMap::new(),
        aliases: HashMap::new(),
        directives: 0,
        visited: 0,
    };
    walk.definitions(document)?;
    let mut total = Measure::default();
    for name in &order {
        let Some(fragment) = document.fragments.get(name) else {
            continue;
        };
        walk.directives(&fragment.node.directives)?;
        let measure = walk.selection_set(&fragment.node.selection_set)?;
        walk.within_size(measure)?;
        walk.fragments.insert(name.as_str(), measure);
    }
    for (_, operation) in document.operations.iter() {
        walk.directives(&operation.node.directives)?;
        let measure = walk.selection_set(&operation.node.selection_set)?;
        walk.within_depth(measure)?;
        if measure.width > limits.root_fields {
            return Err(limit(format!(
                "An operation may have {} fields at its root.",
                limits.root_fields
            )));
        }
        total = total.and(measure);
        walk.within_size(total)?;
    }
    let visited = walk.visited;
    Ok(Measured {
        depth: total.depth,
        expanded_selections: total.selections,
        introspects: total.introspection > 0,
        order,
        visited,
    })
}

struct Walk<'a> {
    limits: &'a Limits,
    fragments: HashMap<&'a str, Measure>,
    aliases: HashMap<&'a str, usize>,
    directives: usize,
    visited: usize,
}

impl<'a> Walk<'a> {
    fn definitions(&self, document: &ExecutableDocument) -> Result<(), ServerError> {
        if document.operations.iter().len() > self.limits.operations {
            return Err(limit(format!(
                "A document may have {} operations.",
                self.limits.operations
            )));
        }
        if document.fragments.len() > self.limits.fragments {
            return Err(limit(format!(
                "A document may have {} fragments.",
                self.limits.fragments
            )));
        }
        let variables = document
            .operations
            .iter()
            .map(|(_, operation)| operation.node.variable_definitions.len());
        if variables.max().unwrap_or(0) > self.limits.variables {
            return Err(limit(format!(
                "An operation may have {} variables.",
                self.limits.variables
            )));
        }
        Ok(())
    }

    fn selection_set(&mut self, set: &'a Positioned<SelectionSet>) -> Result<Measure, ServerError> {
        let items = &set.node.items;
        if items.len() > self.limits.selections_per_set {
            return Err(at(
                limit(format!(
                    "A selection set may have {} selections.",
                    self.limits.selections_per_set
                )),
                set.pos,
            ));
        }
        items.iter().try_fold(Measure::default(), |sum, selection| {
            self.visited += 1;
            self.directives(selection.node.directives())?;
            Ok(sum.and(match &selection.node {
                Selection::Field(field) => self.field(field)?,
                Selection::InlineFragment(inline) => nested(self.selection_set(&inline.node.selection_set)?),
                // An unknown fragment is left to validation, which names it.
                Selection::FragmentSpread(spread) => nested(
                    self.fragments
                        .get(spread.node.fragment_name.node.as_str())
                        .copied()
                        .unwrap_or_default(),
                ),
            }))
        })
    }

    fn field(&mut self, field: &'a Positioned<Field>) -> Result<Measure, ServerError> {
        let name = field.node.name.node.as_str();
        if name == "__typename" {
            known_directives_only(&field.node.directives)?;
        }
        self.alias(field)?;
        let inner = self.selection_set(&field.node.selection_set)?;
        let below = Measure {
            depth: inner.depth + 1,
            width: u64::from(name != "__typename"),
            lists: inner.lists + usize::from(INTROSPECTION_LISTS.contains(&name)),
            ..nested(inner)
        };
        if name != "__schema" && name != "__type" {
            return Ok(below);
        }
        if below.lists > INTROSPECTION_LIST_DEPTH {
            return Err(at(
                limit(format!(
                    "Introspection may follow fields, inputFields, interfaces and possibleTypes {INTROSPECTION_LIST_DEPTH} deep."
                )),
                field.pos,
            ));
        }
        Ok(Measure {
            depth: 1,
            lists: 0,
            introspection: below.depth,
            ..below
        })
    }

    fn alias(&mut self, field: &'a Positioned<Field>) -> Result<(), ServerError> {
        if field.node.alias.is_none() {
            return Ok(());
        }
        let name = field.node.name.node.as_str();
        let count = self.aliases.entry(name).or_default();
        *count += 1;
        if *count > self.limits.aliases {
            return Err(at(
                limit(format!(
                    "A document may have {} aliases of one field.",
                    self.limits.aliases
                )),
                field.pos,
            ));
        }
        Ok(())
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), ServerError> {
        self.directives += directives.len();
        if self.directives > self.limits.directives {
            return Err(limit(format!(
                "A document may have {} directives.",
                self.limits.directives
            )));
        }
        Ok(())
    }

    /// Holds for each fragment too, used or not: the validation that follows looks at them all.
    fn within_size(&self, measure: Measure) -> Result<(), ServerError> {
        let limits = self.limits;
        if measure.selections > limits.expanded_selections {
            return Err(limit(format!(
                "A document may have {} selections, counted with its fragments expanded.",
                limits.expanded_selections
            )));
        }
        if measure.nesting > limits.nesting {
            return Err(limit(format!("Selections may be nested {} deep.", limits.nesting)));
        }
        Ok(())
    }

    /// Holds for operations: a fragment may be meant for introspection, which may go deeper.
    fn within_depth(&self, measure: Measure) -> Result<(), ServerError> {
        let limits = self.limits;
        if measure.depth > limits.depth {
            return Err(limit(format!("Fields may be nested {} deep.", limits.depth)));
        }
        if measure.introspection > limits.introspection_depth {
            return Err(limit(format!(
                "Introspection may be nested {} deep.",
                limits.introspection_depth
            )));
        }
        Ok(())
    }
}

/// One selection that holds these.
fn nested(inner: Measure) -> Measure {
    Measure {
        nesting: inner.nesting + 1,
        selections: inner.selections.saturating_add(1),
        ..inner
    }
}

/// The validation that follows does not look at the directives of `__typename`.
fn known_directives_only(directives: &[Positioned<Directive>]) -> Result<(), ServerError> {
    match directives
        .iter()
        .find(|directive| !matches!(directive.node.name.node.as_str(), "skip" | "include"))
    {
        Some(unknown) => Err(at(bad_request("Unknown directive on __typename."), unknown.pos)),
        None => Ok(()),
    }
}
