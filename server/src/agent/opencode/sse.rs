//! The event stream of one OpenCode server, for one folder.
//!
//! `/global/event` and not `/event`: it survives the disposal of a folder's instance and says which folder an event
//! belongs to. It has no replay, so a broken stream ends here and whoever reads it asks again for everything.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use reqwest::{Method, header};
use sseer::{EventStream, errors::EventStreamError};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::{
    Limits,
    backlog::{Backlog, Closed},
    greeting,
    rest::{Rest, broken_call, has_type, refusal, unavailable},
    wire,
};
use crate::agent::{AgentError, AgentEvent};

pub(super) async fn open(rest: &Rest<'_>) -> Result<BoxStream<'static, Result<AgentEvent, AgentError>>, AgentError> {
    let request = rest
        .server_request(Method::GET, &["global", "event"], &[])?
        .header(header::ACCEPT, "text/event-stream");
    let opened = timeout(rest.limits.call, async {
        let response = request.send().await.map_err(broken_call)?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(refusal(response).await)
        }
    });
    let response = opened
        .await
        .map_err(|_| unavailable("the agent did not open its event stream in time"))??;
    if !has_type(&response, "text/event-stream") {
        return Err(unavailable(
            "what answers for the agent's event stream is something else",
        ));
    }

    let bytes = bounded(
        response.bytes_stream().map(|chunk| chunk.map_err(broken_call)),
        *rest.limits,
    );
    let backlog = Arc::new(Backlog::new(rest.limits));
    let drain = Drain {
        backlog: Arc::clone(&backlog),
        directory: rest.at.directory.clone(),
        greeting: Some(greeting::begin(rest)),
    };
    // Dropping the stream drops the handle, which ends the task and with it the connection.
    let task = AbortOnDropHandle::new(tokio::spawn(drain.run(bytes)));
    let events = stream::unfold((backlog, task), |(backlog, task)| async move {
        let item = backlog.next().await?;
        Some((item, (backlog, task)))
    });
    Ok(events.boxed())
}

/// Reads as fast as OpenCode writes.
struct Drain {
    backlog: Arc<Backlog>,
    directory: String,
    /// Until the stream has begun.
    greeting: Option<AbortOnDropHandle<()>>,
}

impl Drain {
    async fn run(mut self, bytes: impl Stream<Item = Result<Bytes, AgentError>>) {
        let mut events = pin!(EventStream::new(bytes));
        let end = loop {
            let data = match events.next().await {
                Some(Ok(event)) => event.data,
                Some(Err(EventStreamError::Transport(error))) => break error,
                Some(Err(EventStreamError::Utf8Error(_))) => break unavailable("the agent's event stream is garbled"),
                None => break unavailable("the agent closed its event stream"),
            };
            let Some(event) = wire::event(&data, &self.directory) else {
                continue;
            };
            if self.take(event, data.len()).is_err() {
                return;
            }
        };
        self.backlog.close(end);
    }

    fn take(&mut self, event: AgentEvent, bytes: usize) -> Result<(), Closed> {
        // OpenCode says that it is connected before it is: only another event shows it.
        if event == AgentEvent::Connected {
            return Ok(());
        }
        if self.greeting.take().is_some() {
            self.backlog.push(AgentEvent::Connected, 0)?;
        }
        if greeting::is_note(&event) {
            return Ok(());
        }
        self.backlog.push(event, bytes)
    }
}

impl Drop for Drain {
    /// Its reader must not wait for ever for a task that died.
    fn drop(&mut self) {
        self.backlog
            .close(unavailable("the agent's event stream is no longer read"));
    }
}

/// The same bytes, until they fall silent or one event is too large. The parser behind it has no limit of its own.
fn bounded(
    bytes: impl Stream<Item = Result<Bytes, AgentError>> + Send + 'static,
    limits: Limits,
) -> impl Stream<Item = Result<Bytes, AgentError>> {
    let start = Some((Box::pin(bytes), EventSize::default()));
    stream::unfold(start, move |state| async move {
        let (mut bytes, mut size) = state?;
        let chunk = match timeout(limits.silence, bytes.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(error))) => return Some((Err(error), None)),
            Ok(None) => return None,
            Err(_) => return Some((Err(silence(limits.silence)), None)),
        };
        if size.after(&chunk) > limits.event_bytes {
            let message = format!("the agent sent an event of more than {} bytes", limits.event_bytes);
            return Some((Err(unavailable(&message)), None));
        }
        Some((Ok(chunk), Some((bytes, size))))
    })
}

fn silence(after: Duration) -> AgentError {
    unavailable(&format!(
        "the agent's event stream was silent for {} s",
        after.as_secs()
    ))
}

/// Counts the bytes since the last blank line. A line ends with `\n` or `\r\n`, as OpenCode and all others write it; one
/// that ends with `\r` alone would count as part of the next.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    line_has_text: bool,
}

impl EventSize {
    /// The largest size an event had reached within this chunk.
    fn after(&mut self, chunk: &[u8]) -> usize {
        let mut largest = 0;
        for byte in chunk {
            self.bytes += 1;
            match byte {
                b'\n' if !self.line_has_text => self.bytes = 0,
                b'\n' => self.line_has_text = false,
                b'\r' => {}
                _ => self.line_has_text = true,
            }
            largest = largest.max(self.bytes);
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_an_event_starts_anew_after_a_blank_line() {
        let cases: [(&[&str], usize); 6] = [
            (&["data: 12345\n\n"], 12),
            (&["data: 1\n\ndata: 12345\n\n"], 12),
            (&["data: 1\r\n\r\ndata: 12345\r\n\r\n"], 14),
            (&["da", "ta: 12345", "\n", "\ndata: 1"], 12),
            (&["data: 1\ndata: 2\n\n"], 16),
            (&["\n\n\n"], 0),
        ];
        for (chunks, expected) in cases {
            let mut size = EventSize::default();
            let largest = chunks.iter().map(|chunk| size.after(chunk.as_bytes())).max();
            assert_eq!(largest, Some(expected), "{chunks:?}");
        }
    }
}
