//! What stands between a document and the library that executes it.
//!
//! One kilobyte of nested fragments can hold a core for ever, because the library's own checks expand them. Here nothing is
//! expanded: bytes and tokens are counted before the parser runs, the document is parsed once, and it is measured in work
//! linear in its length. What passes is handed on parsed. A refusal has a code and names the limit.

mod cost;
#[cfg(test)]
mod fuzz;
mod measure;
mod order;
pub(super) mod refusal;
mod scan;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Request, ServerError,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationDefinition, OperationType},
    },
};
use lru::LruCache;

pub use cost::IsObject;
pub use measure::Measured;
pub use scan::Scan;

use super::{Limits, params::Params};
use crate::graphql::asked::Asked;

/// A document that passed.
#[derive(Debug)]
pub struct Checked {
    document: ExecutableDocument,
    pub scan: Scan,
    pub measured: Measured,
    /// Its answers may be given again while they are true.
    is_reusable: bool,
}

/// Says whether a document's answers may be given again.
type Reusable = Box<dyn Fn(&ExecutableDocument) -> bool + Send + Sync>;

/// A request that may be executed.
#[derive(Debug)]
pub struct Admitted {
    pub request: Request,
    pub kind: OperationType,
    pub introspects: bool,
    pub cost: u64,
    /// It only reads, and its answer may be given again while it is true.
    pub is_reusable: bool,
    /// What it asks for, whoever asks.
    pub asked: Asked,
}

pub struct Guard {
    limits: Limits,
    reusable: Reusable,
    is_object: IsObject,
    cache: Option<Mutex<LruCache<Box<str>, Arc<Checked>>>>,
}

impl Guard {
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, |_| false, Box::new(|_| false))
    }

    /// A guard that knows which types are objects, and notes of each document whether its answers may be given again.
    pub fn with(limits: Limits, is_object: IsObject, reusable: Reusable) -> Self {
        let cache = NonZeroUsize::new(limits.cached_documents).map(|size| Mutex::new(LruCache::new(size)));
        Self {
            limits,
            reusable,
            is_object,
            cache,
        }
    }

    /// Everything that is known of the document alone. Documents that passed are kept, so that the same text is parsed once.
    pub fn check(&self, text: &str) -> Result<Arc<Checked>, ServerError> {
        if let Some(known) = self.cached(text) {
            return Ok(known);
        }
        let scan = scan::scan(text, &self.limits)?;
        let document = parse_query(text).map_err(|error| refusal::with_code(error.into()))?;
        let measured = measure::measure(&document, &self.limits)?;
        let is_reusable = (self.reusable)(&document);
        let checked = Arc::new(Checked {
            document,
            is_reusable,
            scan,
            measured,
        });
        self.keep(text, &checked);
        Ok(checked)
    }

    /// The whole check: the document, then its cost with these variables, then which operation is meant.
    pub fn admit(&self, params: Params) -> Result<Admitted, ServerError> {
        if params.variables.len() > self.limits.variables {
            return Err(refusal::limit(format!(
                "A request may have {} variables.",
                self.limits.variables
            )));
        }
        let checked = self.check(&params.query)?;
        let name = params.operation_name.as_deref();
        let operation = operation(&checked.document, name)?;
        let kind = operation.ty;
        let cost = cost::cost(
            &checked.document,
            &checked.measured.order,
            name,
            &params.variables,
            &self.limits,
            self.is_object,
        )?;
        let asked = Asked::new(&params.query, name, &operation.variable_definitions, &params.variables);
        let mut request = Request::new(params.query).variables(params.variables);
        request.operation_name = params.operation_name;
        request.set_parsed_query(checked.document.clone());
        Ok(Admitted {
            request,
            kind,
            introspects: checked.measured.introspects,
            cost,
            is_reusable: checked.is_reusable && kind == OperationType::Query,
            asked,
        })
    }

    fn cached(&self, text: &str) -> Option<Arc<Checked>> {
        let mut cache = self.cache.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(text).cloned()
    }

    fn keep(&self, text: &str, checked: &Arc<Checked>) {
        if let Some(cache) = &self.cache
            && text.len() <= self.limits.cached_document_bytes
        {
            let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.put(text.into(), Arc::clone(checked));
        }
    }
}

/// Which operation the request means, by the rules of the specification.
fn operation<'d>(
    document: &'d ExecutableDocument,
    wanted: Option<&str>,
) -> Result<&'d OperationDefinition, ServerError> {
    let mut operations = document.operations.iter();
    match wanted {
        Some(wanted) => operations
            .find(|(name, _)| name.is_some_and(|name| name == wanted))
            .map(|(_, operation)| &operation.node)
            .ok_or_else(|| refusal::bad_request("The document has no operation of that operationName.")),
        None => match (operations.next(), operations.next()) {
            (Some((_, only)), None) => Ok(&only.node),
            _ => Err(refusal::bad_request(
                "The document has several operations: operationName must say which.",
            )),
        },
    }
}
