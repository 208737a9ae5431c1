//! One subscription over one WebSocket.
//!
//! A socket for each, because on a shared one a subscription whose reader is slow holds up all others and the answers
//! to pings. A reader that is slow here holds up itself: the server closes the socket at some time, and whoever follows
//! resumes.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt, stream};
use graphql_client::GraphQLQuery;
use graphql_ws_client::{Client as Protocol, Connection, Message, graphql::StreamingOperation};
use secrecy::ExposeSecret;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        self, Error as WsError,
        client::IntoClientRequest,
        http::HeaderValue,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::{Client, Error, Transport, http, subscription::Items};

/// Larger than any snapshot of a session that the server sends.
const MAX_MESSAGE: usize = 16 << 20;
/// How many items may wait for the reader before the socket is read no further.
const BUFFER: usize = 256;
/// What the protocol library closes with when no answer to its pings came.
const KEEP_ALIVE_FAILED: u16 = 4503;

impl Client {
    pub(crate) async fn subscribe_by_socket<Q>(&self, variables: Q::Variables) -> Result<Items<Q>, Error>
    where
        Q: GraphQLQuery + Unpin + Send + Sync + 'static,
        Q::Variables: Unpin + Send + Sync + 'static,
        Q::ResponseData: Send,
    {
        let patience = self.shared.settings.connect_timeout;
        let (socket, end) = timeout(patience, self.open_socket())
            .await
            .map_err(|_| Transport::Timeout)??;
        let builder = Protocol::build(socket)
            .subscription_buffer_size(BUFFER)
            // The library gives up after three intervals in which nothing came.
            .keep_alive_interval(self.shared.settings.silence / 3)
            .keep_alive_retries(0);
        let builder = match &self.shared.token {
            Some(token) => builder.payload(serde_json::json!({ "token": token.expose_secret() })),
            None => Ok(builder),
        };
        let opened = timeout(patience, builder.map_err(http::unexpected)?.build());
        let (protocol, actor) = opened
            .await
            .map_err(|_| Transport::Timeout)?
            .map_err(|error| end.explain(error))?;
        tokio::spawn(actor.into_future());
        let operation = StreamingOperation::<Q>::new(variables);
        let items = protocol
            .subscribe(operation)
            .await
            .map_err(|error| end.explain(error))?;
        // The protocol is dropped last: its task ends with it.
        let state = (items.boxed(), end, protocol);
        Ok(stream::unfold(state, |(mut items, end, protocol)| async move {
            let item = match items.next().await {
                Some(Ok(response)) => http::unwrap(response),
                Some(Err(error)) => Err(http::unexpected(error)),
                None => Err(end.take()?),
            };
            Some((item, (items, end, protocol)))
        })
        .boxed())
    }

    async fn open_socket(&self) -> Result<(Socket, End), Error> {
        let origin = || self.base().origin().ascii_serialization();
        let mut request = self
            .shared
            .socket
            .as_str()
            .into_client_request()
            .map_err(http::unexpected)?;
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let (inner, _) = connect_async_with_config(request, Some(config), true)
            .await
            .map_err(|error| match error {
                WsError::Http(response) => match response.status().as_u16() {
                    status @ (401 | 403) => Error::closed(4000 + status, String::new()),
                    status => Transport::Status(status).into(),
                },
                WsError::Io(error) => Transport::Connect(origin(), error.into()).into(),
                error => Error::from(Transport::Connect(origin(), error.into())),
            })?;
        let end = End::default();
        Ok((
            Socket {
                inner,
                end: end.clone(),
                patience: self.shared.settings.silence,
            },
            end,
        ))
    }
}

/// Why the socket ended. The protocol library hands on nothing of it once the connection is acknowledged.
#[derive(Clone, Default)]
struct End(Arc<Mutex<Option<Error>>>);

impl End {
    /// Keeps the first reason; what comes after is its consequence.
    fn note(&self, error: impl Into<Error>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| error.into());
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn explain(&self, error: graphql_ws_client::Error) -> Error {
        self.take().unwrap_or_else(|| match error {
            graphql_ws_client::Error::Close(code, reason) => Error::closed(code, reason),
            graphql_ws_client::Error::Decode(text) => Error::Unexpected(text),
            _ => Transport::Lost.into(),
        })
    }
}

struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    end: End,
    patience: std::time::Duration,
}

impl Connection for Socket {
    async fn receive(&mut self) -> Option<Message> {
        loop {
            match self.inner.next().await {
                Some(Ok(tungstenite::Message::Text(text))) => return Some(Message::Text(text.as_str().to_owned())),
                Some(Ok(tungstenite::Message::Ping(_))) => return Some(Message::Ping),
                Some(Ok(tungstenite::Message::Pong(_))) => return Some(Message::Pong),
                Some(Ok(tungstenite::Message::Close(frame))) => {
                    let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                        (frame.code.into(), frame.reason.as_str().to_owned())
                    });
                    self.end.note(Error::closed(code, reason.clone()));
                    return Some(Message::Close {
                        code: Some(code),
                        reason: Some(reason),
                    });
                }
                Some(Ok(tungstenite::Message::Binary(_) | tungstenite::Message::Frame(_))) => {}
                Some(Err(WsError::Capacity(_))) => {
                    self.end.note(Transport::TooLarge(MAX_MESSAGE));
                    return None;
                }
                Some(Err(_)) | None => {
                    self.end.note(Transport::Lost);
                    return None;
                }
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), graphql_ws_client::Error> {
        let message = match message {
            Message::Text(text) => tungstenite::Message::Text(text.into()),
            Message::Close { code, reason } => {
                if code == Some(KEEP_ALIVE_FAILED) {
                    self.end.note(Transport::Silent);
                }
                tungstenite::Message::Close(Some(close_frame(code, reason)))
            }
            Message::Ping => tungstenite::Message::Ping(Default::default()),
            Message::Pong => tungstenite::Message::Pong(Default::default()),
        };
        // A peer that is gone takes no bytes, and only this deadline finds out.
        let sent = timeout(self.patience, SinkExt::send(&mut self.inner, message)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.end.note(Transport::Lost);
                Err(graphql_ws_client::Error::Send(error.to_string()))
            }
            Err(_) => {
                self.end.note(Transport::Silent);
                Err(graphql_ws_client::Error::Send("timed out".to_owned()))
            }
        }
    }
}

/// The protocol library leaves with code 100, which is none that may be sent.
fn close_frame(code: Option<u16>, reason: Option<String>) -> CloseFrame {
    let code = code
        .map(CloseCode::from)
        .filter(|code| code.is_allowed())
        .unwrap_or(CloseCode::Normal);
    CloseFrame {
        code,
        reason: reason.unwrap_or_default().into(),
    }
}
