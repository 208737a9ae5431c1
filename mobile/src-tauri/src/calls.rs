//! What the screens wait for, by the numbers they gave it: it ends when they do not wait any more, or go away.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::error::Failure;

#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<HashMap<u32, CancellationToken>>>);

/// One of them, as long as it lasts.
pub struct Call {
    calls: Calls,
    id: u32,
    token: CancellationToken,
}

impl Calls {
    /// From now on it can be cancelled.
    pub fn begin(&self, id: u32) -> Call {
        let token = CancellationToken::new();
        self.all().insert(id, token.clone());
        Call {
            calls: self.clone(),
            id,
            token,
        }
    }

    pub fn cancel(&self, id: u32) {
        if let Some(token) = self.all().remove(&id) {
            token.cancel();
        }
    }

    pub fn cancel_all(&self) {
        for (_, token) in self.all().drain() {
            token.cancel();
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u32, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    pub async fn run<T>(self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.token
            .run_until_cancelled(work)
            .await
            .unwrap_or(Err(Failure::Cancelled))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // A page that was loaded anew gives the same numbers again: what has another token is not ours.
        if !self.token.is_cancelled() {
            self.calls.all().remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn what_is_not_waited_for_ends() {
        let calls = Calls::default();
        let call = calls.begin(7);
        calls.cancel(8);
        calls.cancel(7);
        assert_eq!(call.run(pending::<Result<(), _>>()).await, Err(Failure::Cancelled));
    }

    #[tokio::test]
    async fn what_is_done_leaves_nothing() {
        let calls = Calls::default();
        assert_eq!(calls.begin(1).run(async { Ok(5) }).await, Ok(5));
        assert!(calls.all().is_empty());
    }

    #[tokio::test]
    async fn an_old_one_does_not_take_a_new_one_of_its_number_along() {
        let calls = Calls::default();
        let old = calls.begin(1);
        calls.cancel_all();
        let new = calls.begin(1);
        assert_eq!(old.run(pending::<Result<(), _>>()).await, Err(Failure::Cancelled));
        calls.cancel(1);
        assert_eq!(new.run(pending::<Result<(), _>>()).await, Err(Failure::Cancelled));
    }
}
