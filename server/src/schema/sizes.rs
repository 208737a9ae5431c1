//! How much memory it takes to resolve a field.
//!
//! Every selected field of every object of a list gets a future of its own, as large as the largest that any field of the
//! type may need: with 10 kB for `Project`, a page of 50 moved six megabytes about, which was a fifth of its time. So what
//! reads something is boxed where the field does not need it at once.

use async_graphql::{Context, resolver_utils::ContainerType};

use super::events::{Actor, DeviceChanged, GithubAccountChanged, OperationProgressed, ProjectChanged};
use crate::{
    decisions::graphql::Decision,
    operations::graphql::Operation,
    projects::graphql::{Container, Project},
    sessions::graphql::{Message, Session},
};

/// Bytes. Most of it is the object that a field leads to.
const AT_MOST: usize = 1_792;

fn size<'a, T: 'a, F>(_resolve: impl Fn(&'a T, &'a Context<'a>) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn a_field_is_resolved_in_little_memory() {
    macro_rules! sizes {
        ($($type:ty),*) => {
            [$((stringify!($type), size(|object: &$type, ctx| object.resolve_field(ctx)))),*]
        };
    }
    let sizes = sizes![
        Project,
        Container,
        Session,
        Message,
        Operation,
        Decision,
        Actor,
        ProjectChanged,
        OperationProgressed,
        DeviceChanged,
        GithubAccountChanged
    ];
    for (name, size) in sizes {
        assert!(size <= AT_MOST, "a field of {name} takes {size} bytes: {sizes:?}");
    }
}
