//! Sessions whose messages are to be read, from whoever finds out to whoever reads.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// By the agent's ids.
#[derive(Debug, Default)]
pub(super) struct Unread {
    sessions: Mutex<Vec<String>>,
    called: Notify,
}

impl Unread {
    pub fn add(&self, session: String) {
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
        self.called.notify_one();
    }

    /// Waits for some. For one reader.
    pub async fn next(&self) -> Vec<String> {
        loop {
            let sessions = std::mem::take(&mut *self.sessions.lock().unwrap_or_else(PoisonError::into_inner));
            if !sessions.is_empty() {
                return sessions;
            }
            self.called.notified().await;
        }
    }
}
