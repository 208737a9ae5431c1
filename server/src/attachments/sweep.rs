//! Removing what no prompt has taken, and the contents that nothing has any more.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::{
    error::Error,
    service::{Attachments, blocking},
    store,
};

const PERIOD: Duration = Duration::from_secs(3600);
/// How long a file waits for its prompt.
const UNUSED_FOR: TimeDelta = TimeDelta::days(1);
/// There is no hurry: what has lost its row a moment ago may still be on its way to an agent.
const YOUNG: TimeDelta = TimeDelta::hours(1);

pub struct Sweep(pub Attachments);

impl Sweep {
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.0.tidy().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "attachments that nobody has cannot be removed"
                );
            }
            if stop.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_none() {
                return;
            }
        }
    }
}

impl Attachments {
    /// Removes what is due.
    pub async fn tidy(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        store::remove_unused(self.db.writer(), self.clock.now() - UNUSED_FOR).await?;
        let used = store::hashes(self.db.reader()).await?;
        let contents = Arc::clone(&self.contents);
        let older_than = SystemTime::from(self.clock.now() - YOUNG);
        let removed = blocking(move || contents.tidy(older_than, |hash| used.contains(hash))).await?;
        if removed > 0 {
            tracing::info!(removed, "contents of attachments that nothing has any more are removed");
        }
        Ok(())
    }
}
