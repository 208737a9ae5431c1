//! Makes the Rust types of every operation in `operations/*.graphql`.
//!
//! The generator of `graphql_client` knows one query text and no imports, and gives each operation types of its own.
//! So each operation is handed over with just the fragments it uses, and afterwards all types that do not belong to one
//! operation (those of fragments, input objects and enums) move to one module `shared`: one Rust type for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use graphql_client_codegen::{
    CodegenMode, GraphQLClientCodegenOptions, generate_module_token_stream_from_string, normalization::Normalization,
};
use graphql_parser::{
    query::{self, Definition, FragmentDefinition, OperationDefinition, Selection, SelectionSet},
    schema::{self, TypeDefinition},
};
use quote::{ToTokens, quote};

type Fragments = BTreeMap<String, FragmentDefinition<'static, String>>;
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const SCHEMA: &str = "../schema.graphql";
const OPERATIONS: &str = "operations";

/// Inputs in which "leave it" and "clear it" differ: the generator cannot say both, so these types are written by hand.
const HAND_WRITTEN: [(&str, &str); 1] = [("UpdateProject", "crate::scalars::UpdateProjectInput")];

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed={SCHEMA}");
    println!("cargo::rerun-if-changed={OPERATIONS}");
    println!("cargo::rerun-if-changed=build.rs");
    let names = SchemaNames::read()?;
    let (operations, fragments) = read_documents()?;
    let mut shared = Shared::new(&names, &fragments);
    let mut modules = Vec::new();
    for operation in &operations {
        modules.extend(shared.take_from(generate(operation, &fragments)?));
    }
    let out = PathBuf::from(env::var("OUT_DIR")?).join("operations.rs");
    modules.push(catalogue(&modules));
    fs::write(out, prettyplease::unparse(&shared.file(&modules)?))?;
    Ok(())
}

/// The names in the schema that decide where a generated type belongs.
struct SchemaNames {
    shared: BTreeSet<String>,
    scalars: BTreeSet<String>,
}

impl SchemaNames {
    fn read() -> Outcome<Self> {
        let text = fs::read_to_string(SCHEMA).map_err(|error| format!("{SCHEMA}: {error}"))?;
        let (mut shared, mut scalars) = (BTreeSet::new(), BTreeSet::new());
        for definition in schema::parse_schema::<String>(&text)?.definitions {
            match definition {
                schema::Definition::TypeDefinition(TypeDefinition::Enum(item)) => shared.insert(item.name),
                schema::Definition::TypeDefinition(TypeDefinition::InputObject(item)) => shared.insert(item.name),
                schema::Definition::TypeDefinition(TypeDefinition::Scalar(item)) => scalars.insert(item.name),
                _ => false,
            };
        }
        Ok(Self { shared, scalars })
    }
}

fn read_documents() -> Outcome<(Vec<OperationDefinition<'static, String>>, Fragments)> {
    let (mut operations, mut fragments) = (Vec::new(), Fragments::new());
    for path in graphql_files(Path::new(OPERATIONS))? {
        let text = fs::read_to_string(&path)?;
        let document = query::parse_query::<String>(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        for definition in document.into_static().definitions {
            match definition {
                Definition::Operation(operation) => operations.push(operation),
                Definition::Fragment(fragment) => drop(fragments.insert(fragment.name.clone(), fragment)),
            }
        }
    }
    Ok((operations, fragments))
}

fn graphql_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(graphql_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "graphql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn generate(operation: &OperationDefinition<'static, String>, fragments: &Fragments) -> Outcome<syn::File> {
    let (name, selections) = parts(operation)?;
    let mut used = BTreeSet::new();
    collect(selections, fragments, &mut used)?;
    let mut text = operation.to_string();
    for fragment in &used {
        text.push_str(&fragments[fragment].to_string());
    }
    let mut options = GraphQLClientCodegenOptions::new(CodegenMode::Cli);
    options.set_module_visibility(syn::parse_quote!(pub));
    options.set_response_derives("Debug,Clone,PartialEq,Serialize".to_owned());
    options.set_variables_derives("Debug,Clone,PartialEq".to_owned());
    options.set_custom_scalars_module(syn::parse_quote!(crate::scalars));
    options.set_normalization(Normalization::Rust);
    options.set_fragments_other_variant(true);
    options.set_skip_serializing_none(true);
    if let Some((_, path)) = HAND_WRITTEN.iter().find(|(written, _)| *written == name) {
        options.set_custom_variable_types(vec![(*path).to_owned()]);
    }
    let tokens = generate_module_token_stream_from_string(&text, Path::new(SCHEMA), options)
        .map_err(|error| format!("{name}: {error}"))?;
    Ok(syn::parse2(tokens)?)
}

/// Every operation's name and text.
fn catalogue(modules: &[syn::Item]) -> syn::Item {
    let names = modules.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(&module.ident),
        _ => None,
    });
    syn::parse_quote! {
        pub(crate) static CATALOGUE: &[(&str, &str)] = &[#((#names::OPERATION_NAME, #names::QUERY)),*];
    }
}

fn parts<'a>(
    operation: &'a OperationDefinition<'static, String>,
) -> Outcome<(&'a str, &'a SelectionSet<'static, String>)> {
    let (name, selections) = match operation {
        OperationDefinition::Query(query) => (&query.name, &query.selection_set),
        OperationDefinition::Mutation(mutation) => (&mutation.name, &mutation.selection_set),
        OperationDefinition::Subscription(subscription) => (&subscription.name, &subscription.selection_set),
        OperationDefinition::SelectionSet(_) => return Err("an operation needs a name".into()),
    };
    Ok((name.as_deref().ok_or("an operation needs a name")?, selections))
}

/// Adds the fragments that the selections use, directly or through another.
fn collect(set: &SelectionSet<'static, String>, fragments: &Fragments, used: &mut BTreeSet<String>) -> Outcome<()> {
    for selection in &set.items {
        match selection {
            Selection::Field(field) => collect(&field.selection_set, fragments, used)?,
            Selection::InlineFragment(inline) => collect(&inline.selection_set, fragments, used)?,
            Selection::FragmentSpread(spread) => {
                let name = &spread.fragment_name;
                let fragment = fragments.get(name).ok_or_else(|| format!("no fragment {name}"))?;
                if used.insert(name.clone()) {
                    collect(&fragment.selection_set, fragments, used)?;
                }
            }
        }
    }
    Ok(())
}

/// The types that belong to no single operation, each once.
struct Shared<'a> {
    names: &'a SchemaNames,
    fragments: &'a Fragments,
    items: BTreeMap<String, syn::Item>,
}

impl<'a> Shared<'a> {
    fn new(names: &'a SchemaNames, fragments: &'a Fragments) -> Self {
        Self {
            names,
            fragments,
            items: BTreeMap::new(),
        }
    }

    /// Takes the shared types out of an operation's module and puts an import in their place.
    fn take_from(&mut self, file: syn::File) -> Vec<syn::Item> {
        let mut items = file.items;
        for item in &mut items {
            let syn::Item::Mod(module) = item else { continue };
            let Some((_, content)) = &mut module.content else {
                continue;
            };
            for item in std::mem::take(content) {
                match type_name(&item).filter(|name| self.owns(name)) {
                    // The key tells a type from the implementations beside it.
                    Some(name) => drop(self.items.insert(format!("{name} {}", signature(&item)), item)),
                    None => content.push(item),
                }
            }
            content.insert(
                0,
                syn::parse_quote!(
                    use super::shared::*;
                ),
            );
            // In variables, the generator's Rust names turn `ID` into `Id`, for which it has no type.
            content.insert(
                1,
                syn::parse_quote!(
                    type Id = String;
                ),
            );
        }
        items
    }

    fn owns(&self, name: &str) -> bool {
        self.names.shared.contains(name)
            || self
                .fragments
                .keys()
                .any(|fragment| name.starts_with(fragment.as_str()))
    }

    fn file(&self, modules: &[syn::Item]) -> Outcome<syn::File> {
        let items = self.items.values();
        let scalars = self.names.scalars.iter().map(|name| {
            // The generator writes JSON as `Json`.
            let name = if name == "JSON" { "Json" } else { name };
            let ident = quote::format_ident!("{name}");
            quote!(type #ident = crate::scalars::#ident;)
        });
        Ok(syn::parse2(quote! {
            pub mod shared {
                use ::serde::{Deserialize, Serialize};
                type Boolean = bool;
                type Float = f64;
                type Int = i64;
                type ID = String;
                #(#scalars)*
                #(#items)*
            }
            #(#modules)*
        })?)
    }
}

fn type_name(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        syn::Item::Type(item) => Some(item.ident.to_string()),
        syn::Item::Impl(item) => Some(item.self_ty.to_token_stream().to_string()),
        _ => None,
    }
}

fn signature(item: &syn::Item) -> String {
    match item {
        syn::Item::Impl(item) => item
            .trait_
            .as_ref()
            .map(|(_, path, _)| path.to_token_stream().to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}
