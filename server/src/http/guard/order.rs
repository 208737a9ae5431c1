//! The order in which fragments can be measured once each: what a fragment spreads comes before it.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use super::refusal::{at, bad_request};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
}

/// Depth first, on a stack of its own: a chain of fragments may be long. A circle is refused.
pub fn of_fragments(document: &ExecutableDocument) -> Result<Vec<Name>, ServerError> {
    let mut marks: HashMap<&str, Mark> = HashMap::new();
    let mut order = Vec::with_capacity(document.fragments.len());
    for start in document.fragments.keys() {
        let mut stack = vec![(start, None)];
        while let Some((name, pending)) = stack.pop() {
            let mut pending: Vec<&Name> = match pending {
                Some(pending) => pending,
                None if marks.contains_key(name.as_str()) => continue,
                None => {
                    marks.insert(name, Mark::Open);
                    spreads_of(document, name)
                }
            };
            match pending.pop() {
                None => {
                    marks.insert(name, Mark::Done);
                    order.push(name.clone());
                }
                Some(next) => {
                    stack.push((name, Some(pending)));
                    match marks.get(next.as_str()) {
                        Some(Mark::Done) => {}
                        Some(Mark::Open) => return Err(circle(document, next)),
                        None => stack.push((next, None)),
                    }
                }
            }
        }
    }
    Ok(order)
}

fn circle(document: &ExecutableDocument, name: &Name) -> ServerError {
    let error = bad_request("A fragment spreads itself.");
    match document.fragments.get(name) {
        Some(fragment) => at(error, fragment.pos),
        None => error,
    }
}

fn spreads_of<'a>(document: &'a ExecutableDocument, name: &Name) -> Vec<&'a Name> {
    let mut found = Vec::new();
    if let Some(fragment) = document.fragments.get(name) {
        collect(&fragment.node.selection_set, &mut found);
    }
    found
}

fn collect<'a>(set: &'a Positioned<SelectionSet>, found: &mut Vec<&'a Name>) {
    for selection in &set.node.items {
        match &selection.node {
            Selection::Field(field) => collect(&field.node.selection_set, found),
            Selection::InlineFragment(inline) => collect(&inline.node.selection_set, found),
            Selection::FragmentSpread(spread) => found.push(&spread.node.fragment_name.node),
        }
    }
}
