//! Waiting for a condition, never for a time.

use std::time::Duration;

use tokio::time::Instant;

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Polls until `look` gives something. The deadline is for broken programs: it is no claim about speed.
pub async fn until<T, F: AsyncFnMut() -> Option<T>>(what: &str, mut look: F) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
