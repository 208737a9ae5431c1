//! The graph: every capability's corner of it, and what spans them all.

mod events;
mod node;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};

use crate::{auth, decisions, graphql::Code, operations, projects, servers, sessions};
pub use events::ReadFrom;

/// Reading.
#[derive(MergedObject, Default)]
pub struct Query(
    events::EventQuery,
    node::NodeQuery,
    auth::graphql::AccessQuery,
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
    projects::graphql::ProjectMutation,
    sessions::graphql::SessionMutation,
    decisions::graphql::DecisionMutation,
);

/// Watching.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    events::EventSubscription,
    projects::graphql::ProjectSubscription,
    sessions::graphql::SessionSubscription,
    servers::graphql::ServerSubscription,
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

#[cfg(test)]
mod tests {
    use async_graphql::parser::{
        parse_schema,
        types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
    };

    /// What nobody has described, by its place in the schema.
    #[derive(Default)]
    struct Undescribed(Vec<String>);

    impl Undescribed {
        fn note<T>(&mut self, place: &str, description: Option<&T>) {
            if description.is_none() {
                self.0.push(place.to_owned());
            }
        }

        fn definition(&mut self, definition: &TypeDefinition) {
            let name = definition.name.node.as_str();
            // The library makes these types and takes no description for them; their fields have one.
            if !name.ends_with("Connection") {
                self.note(name, definition.description.as_ref());
            }
            match &definition.kind {
                TypeKind::Object(object) => object.fields.iter().for_each(|field| self.field(name, &field.node)),
                TypeKind::Interface(kind) => kind.fields.iter().for_each(|field| self.field(name, &field.node)),
                TypeKind::InputObject(input) => input.fields.iter().for_each(|field| self.input(name, &field.node)),
                TypeKind::Enum(values) => {
                    for value in &values.values {
                        let place = format!("{name}.{}", value.node.value.node);
                        self.note(&place, value.node.description.as_ref());
                    }
                }
                TypeKind::Scalar | TypeKind::Union(_) => {}
            }
        }

        fn field(&mut self, owner: &str, field: &FieldDefinition) {
            let place = format!("{owner}.{}", field.name.node);
            self.note(&place, field.description.as_ref());
            field
                .arguments
                .iter()
                .for_each(|argument| self.input(&place, &argument.node));
        }

        fn input(&mut self, owner: &str, input: &InputValueDefinition) {
            self.note(&format!("{owner}.{}", input.name.node), input.description.as_ref());
        }
    }

    #[test]
    fn everything_is_described() {
        let mut undescribed = Undescribed::default();
        for definition in parse_schema(super::sdl()).unwrap().definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                undescribed.definition(&definition.node);
            }
        }
        assert_eq!(undescribed.0, Vec::<String>::new());
    }
}
