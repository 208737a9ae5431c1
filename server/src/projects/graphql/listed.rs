//! A project in a list, whose part of the answer is given again as long as nothing about the project has changed.
//!
//! Between two readings of a list, one or two of its fifty projects have changed as a rule. All that a project leads to
//! within the log (its operations, its sessions, their messages) changes only together with an event about this project,
//! and its server never: so what the log tells about one project decides over its part of the answer.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use async_graphql::{
    ContextSelectionSet, OutputType, Pos, Positioned, ServerResult, Value, parser::types::Field, registry::Registry,
};
use entity::ids::ProjectId;

use super::Project;
use crate::{
    events::EventLog,
    graphql::{asked::Asked, context::SelectionExt},
    weighed::Weighed,
};

/// A project as a list shows it.
pub struct Listed {
    pub project: Project,
    /// The log's head before anything of it was read.
    pub head: i64,
}

impl OutputType for Listed {
    fn type_name() -> Cow<'static, str> {
        Project::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Project::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let key = ctx.data_opt::<Asked>().map(|asked| Key {
            asked: *asked,
            at: ctx.item.pos,
            project: self.project.0.id,
        });
        let (Some(key), Some(parts)) = (key, ctx.data_opt::<ListedParts>()) else {
            return Box::pin(self.project.resolve(ctx, field)).await;
        };
        if let Some(part) = parts.get(&key) {
            return Ok(part);
        }
        let part = Box::pin(self.project.resolve(ctx, field)).await?;
        // A field that could not be read is null in it, and its error is told once.
        if !ctx.has_errors() {
            parts.keep(key, self.head, &part);
        }
        Ok(part)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    asked: Asked,
    /// Which selection of the document: a list may be asked for twice.
    at: Pos,
    project: ProjectId,
}

/// Parts of answers, those that were asked for last.
pub struct ListedParts {
    log: EventLog,
    kept: Mutex<Weighed<Key, Part>>,
}

struct Part {
    head: i64,
    value: Value,
}

impl ListedParts {
    /// That take at most so many bytes.
    pub fn new(log: EventLog, limit: usize) -> Self {
        Self {
            log,
            kept: Mutex::new(Weighed::new(limit)),
        }
    }

    fn get(&self, key: &Key) -> Option<Value> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let part = kept.get(key)?;
        let is_true = self.log.nothing_since(part.head, key.project);
        let found = is_true.then(|| part.value.clone());
        drop(kept);
        if found.is_some() {
            metrics::counter!("pcc_graphql_parts_reused_total").increment(1);
        }
        found
    }

    fn keep(&self, key: Key, head: i64, value: &Value) {
        let bytes = size_of::<(Key, Part)>() + bytes(value);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody who read later may have been faster.
        let is_old = kept.peek(&key).is_some_and(|part| part.head > head);
        if !is_old && kept.takes(bytes) {
            let value = value.clone();
            kept.put(key, Part { head, value }, bytes);
        }
    }
}

/// What a value takes in memory: about.
fn bytes(value: &Value) -> usize {
    const ENTRY: usize = size_of::<(usize, async_graphql::Name, Value)>() + 2 * size_of::<usize>();
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Binary(content) => content.len(),
            Value::List(values) => values.iter().map(bytes).sum(),
            // The names are the document's own.
            Value::Object(fields) => fields.values().map(|value| ENTRY + bytes(value)).sum(),
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Enum(_) => 0,
        }
}
