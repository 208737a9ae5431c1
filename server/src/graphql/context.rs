//! What a resolver finds in its context.

use std::sync::{Arc, PoisonError};

use async_graphql::{
    Context, ContextSelectionSet,
    dataloader::{DataLoader, Loader},
    runtime::{TokioSpawner, TokioTimer},
};

use super::{Code, Failure, Result};
use crate::caller::{Audience, Caller, Scope};

pub trait ContextExt {
    /// Who asks. A result that was made with it is made for one device only: where [`ContextExt::require`] is enough,
    /// events can be shared.
    fn caller(&self) -> Result<&Caller>;

    /// Who asks, if it may do this.
    fn caller_with(&self, scope: Scope) -> Result<&Caller> {
        let caller = self.caller()?;
        caller.require(scope)?;
        Ok(caller)
    }

    /// Whether whoever asks may do this.
    fn require(&self, scope: Scope) -> Result<()>;

    /// A service, as `app` put it into the schema.
    fn service<T: Send + Sync + 'static>(&self) -> Result<&T>;
}

/// What a type finds that resolves itself.
pub trait SelectionExt {
    /// Whether some field of this operation has failed already.
    fn has_errors(&self) -> bool;
}

impl SelectionExt for ContextSelectionSet<'_> {
    fn has_errors(&self) -> bool {
        let errors = self.query_env.errors.lock();
        !errors.unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl ContextExt for Context<'_> {
    fn caller(&self) -> Result<&Caller> {
        self.data_opt::<Caller>().ok_or_else(|| {
            if let Some(audience) = self.data_opt::<Arc<Audience>>() {
                audience.ask_who();
            }
            Failure::new(
                Code::Unauthenticated,
                "A token is needed: send it as bearer, or in connection_init.",
            )
        })
    }

    fn require(&self, scope: Scope) -> Result<()> {
        match self.data_opt::<Arc<Audience>>() {
            Some(audience) => Ok(audience.require(scope)?),
            None => Ok(self.caller()?.require(scope)?),
        }
    }

    fn service<T: Send + Sync + 'static>(&self) -> Result<&T> {
        self.data_opt::<T>().ok_or_else(|| {
            tracing::error!(
                service = std::any::type_name::<T>(),
                "a service is missing from the schema"
            );
            Failure::new(Code::Internal, "The server is not put together correctly.")
        })
    }
}

/// A loader for one request. Shared ones would mix the rows of several callers, and are slower on more than one core.
pub fn request_loader<K, L>(loader: L) -> DataLoader<L>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    DataLoader::new(loader, TokioSpawner::current(), TokioTimer::default()).delay(std::time::Duration::ZERO)
}
