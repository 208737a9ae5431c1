//! Finds out when an event stream has really begun.
//!
//! OpenCode says `server.connected` before it listens to its own events: what happens in the next moments is lost without
//! a trace (160 ms of it were seen on a busy machine; after the first event that comes through, none is missing). So we
//! make something happen, a note to whoever has a terminal open, again and again until it comes back.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::rest::Rest;
use crate::agent::AgentEvent;

const NOTE: &str = "Portable Command Center is watching";
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// More than fit between two heartbeats, and a stream that has had its first one has begun.
const TRIES: usize = 40;

/// Sends the note until the handle is dropped. An error does no harm: the stream itself will tell of it.
pub(super) fn begin(rest: &Rest<'_>) -> AbortOnDropHandle<()> {
    let (http, at, limits) = (rest.http.clone(), rest.at.clone(), *rest.limits);
    AbortOnDropHandle::new(tokio::spawn(async move {
        let rest = Rest {
            http: &http,
            at: &at,
            limits: &limits,
        };
        let mut pause = FIRST_PAUSE;
        for _ in 0..TRIES {
            if let Ok(request) = rest.request(Method::POST, &["tui", "show-toast"], &[]) {
                let note = json!({ "message": NOTE, "variant": "info", "duration": 1000 });
                let _ = rest.done(request.json(&note)).await;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }))
}

/// Whether this is the note, which means nothing to anybody else.
pub(super) fn is_note(event: &AgentEvent) -> bool {
    matches!(event, AgentEvent::Unknown { kind, raw, .. } if kind == "tui.toast.show" && raw["message"] == NOTE)
}
