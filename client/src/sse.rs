//! One subscription over one stream of server-sent events (graphql-sse, distinct connections).
//!
//! There is nothing to ask the server by: it writes a comment now and then, and a stream without one is dead. A reader
//! that is slow leaves the bytes where they are, so that it holds up itself.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use graphql_client::{GraphQLQuery, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use sseer::{EventStream, errors::EventStreamError};
use tokio::time::timeout;

use crate::{Client, Error, Transport, http, subscription::Items};

/// Larger than any snapshot of a session that the server sends.
const MAX_EVENT: usize = 16 << 20;
const MEDIA_TYPE: &str = "text/event-stream";

impl Client {
    pub(crate) async fn subscribe_by_events<Q>(&self, variables: Q::Variables) -> Result<Items<Q>, Error>
    where
        Q: GraphQLQuery + 'static,
        Q::ResponseData: Send,
    {
        let body = serde_json::to_vec(&Q::build_query(variables)).map_err(http::unexpected)?;
        let request = self.post(body).header(ACCEPT, MEDIA_TYPE);
        let response = timeout(self.shared.settings.connect_timeout, request.send())
            .await
            .map_err(|_| Transport::Timeout)?
            .map_err(|error| self.not_answered(error))?;
        let status = response.status();
        if !(status.is_success() && is_event_stream(&response)) {
            let body = timeout(self.shared.settings.request_timeout, http::read(response))
                .await
                .map_err(|_| Transport::Timeout)??;
            let refused = http::answer::<serde_json::Value, _>(status, &body, http::unwrap).err();
            return Err(refused.unwrap_or_else(|| Error::Unexpected("no stream of events".to_owned())));
        }
        let bytes = response
            .bytes_stream()
            .map(|chunk| chunk.map_err(|error| Error::from(Transport::Broken(error.without_url().into()))));
        let events = EventStream::new(bounded(bytes, self.shared.settings.silence)).boxed();
        Ok(stream::unfold(events, |mut events| async {
            let item = loop {
                let event = match events.next().await {
                    Some(Ok(event)) => event,
                    Some(Err(EventStreamError::Transport(error))) => break Err(error),
                    Some(Err(EventStreamError::Utf8Error(error))) => break Err(http::unexpected(error)),
                    None => break Err(Transport::Lost.into()),
                };
                match &*event.event {
                    "next" => break result::<Q::ResponseData>(&event.data),
                    "complete" => return None,
                    // Of a newer server.
                    _ => {}
                }
            };
            Some((item, events))
        })
        .boxed())
    }
}

fn is_event_stream(response: &reqwest::Response) -> bool {
    let value = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

fn result<D: serde::de::DeserializeOwned>(data: &str) -> Result<D, Error> {
    let response: Response<D> = serde_json::from_str(data).map_err(http::unexpected)?;
    http::unwrap(response)
}

/// The same bytes, until they fall silent or one event is too large. The parser behind it has no limit of its own.
fn bounded<B: AsRef<[u8]> + Send>(
    bytes: impl Stream<Item = Result<B, Error>> + Send + 'static,
    silence: Duration,
) -> impl Stream<Item = Result<B, Error>> + Send {
    stream::unfold(Some((bytes.boxed(), 0_usize)), move |state| async move {
        let (mut bytes, mut size) = state?;
        let chunk = match timeout(silence, bytes.next()).await {
            Ok(chunk) => chunk?,
            Err(_) => Err(Transport::Silent.into()),
        };
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return Some((Err(error), None)),
        };
        // The server's lines end with `\n`, and JSON has none, so that a blank line is an event's end.
        let new = chunk.as_ref();
        size = match new.windows(2).rposition(|pair| pair == b"\n\n") {
            Some(end) => new.len() - end - 2,
            None => size + new.len(),
        };
        if size > MAX_EVENT {
            return Some((Err(Transport::TooLarge(MAX_EVENT).into()), None));
        }
        Some((Ok(chunk), Some((bytes, size))))
    })
}
