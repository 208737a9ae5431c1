//! The API is its documentation: everything in the schema says what it is.

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
        // The one `input` of a mutation is described by its type.
        let arguments = field
            .arguments
            .iter()
            .filter(|argument| argument.node.name.node != "input");
        arguments.for_each(|argument| self.input(&place, &argument.node));
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
