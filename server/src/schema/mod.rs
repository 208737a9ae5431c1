//! The graph: every capability's corner of it, and what spans them all.

#[cfg(test)]
mod described;
mod events;
mod node;
#[cfg(test)]
mod sizes;
mod sources;

use std::{collections::HashSet, sync::LazyLock};

use async_graphql::{
    MergedObject, MergedSubscription, OutputType, SDLExportOptions, Schema, SchemaBuilder, SubscriptionType,
    registry::{MetaType, Registry},
};

use crate::{accounts, auth, decisions, files, graphql::Code, operations, projects, servers, sessions};
pub use events::ReadFrom;
pub use sources::is_of_the_log;

/// Reading.
#[derive(MergedObject, Default)]
pub struct Query(
    events::EventQuery,
    node::NodeQuery,
    auth::graphql::AccessQuery,
    accounts::graphql::AccountQuery,
    projects::graphql::ProjectQuery,
    sessions::graphql::SessionQuery,
    decisions::graphql::DecisionQuery,
    operations::graphql::OperationQuery,
    servers::graphql::ServerQuery,
);

/// Writing. Each mutation is done when it answers, or answers with an operation.
#[derive(MergedObject, Default)]
pub struct Mutation(
    auth::graphql::AccessMutation,
    accounts::graphql::AccountMutation,
    projects::graphql::ProjectMutation,
    projects::graphql::SleepMutation,
    sessions::graphql::SessionMutation,
    sessions::graphql::SessionLifeMutation,
    files::graphql::FileMutation,
    decisions::graphql::DecisionMutation,
);

/// Watching.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    events::EventSubscription,
    projects::graphql::ProjectSubscription,
    sessions::graphql::SessionSubscription,
    servers::graphql::ServerSubscription,
    accounts::graphql::AccountSubscription,
);

pub type Graph = Schema<Query, Mutation, Subscription>;

/// The schema without services: enough to print it. `app` adds what resolvers ask for.
pub fn build() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        // No field has this type: it is what `extensions.code` of an error says.
        .register_output_type::<Code>()
        .disable_suggestions()
}

/// The schema as text: sorted, so that it changes only where the API does.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .use_space_ident();
    build().finish().sdl_with_options(options)
}

/// Every type with its fields, to look things up in. The schema itself does not show its own.
fn registry() -> Registry {
    let mut registry = Registry::default();
    <Query as OutputType>::create_type_info(&mut registry);
    <Mutation as OutputType>::create_type_info(&mut registry);
    <Subscription as SubscriptionType>::create_type_info(&mut registry);
    registry
}

/// What is looked up again and again, made at once: the registry takes megabytes while it is there.
struct Known {
    of_the_log: sources::OfTheLog,
    objects: HashSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let registry = registry();
    let of_the_log = sources::of_the_log(&registry);
    let types = registry.types.into_iter();
    Known {
        of_the_log,
        objects: types
            .filter(|(_, of)| matches!(of, MetaType::Object { .. }))
            .map(|(name, _)| name)
            .collect(),
    }
});

/// Whether this is a type of objects. Nothing is of two such types.
pub fn is_object(name: &str) -> bool {
    KNOWN.objects.contains(name)
}
