//! The items of a subscription, whichever way they come.

use futures_util::{StreamExt, stream::BoxStream};
use graphql_client::GraphQLQuery;

use crate::{Client, Error, Streaming};

/// Until the server ends the operation (the end) or the connection breaks (an error).
pub(crate) type Items<Q> = BoxStream<'static, Result<<Q as GraphQLQuery>::ResponseData, Error>>;

/// The items of a subscription, in order, until the server ends it (`None`) or the connection breaks (an error).
/// Dropping it ends the subscription.
pub struct Subscription<Q: GraphQLQuery> {
    items: Items<Q>,
    is_over: bool,
}

impl Client {
    /// Opens a subscription of [`crate::operations`] without resuming it later; see [`Client::follow`] and
    /// [`Client::session_stream`] for those that do.
    pub async fn subscribe<Q>(&self, variables: Q::Variables) -> Result<Subscription<Q>, Error>
    where
        Q: GraphQLQuery + Unpin + Send + Sync + 'static,
        Q::Variables: Unpin + Send + Sync + 'static,
        Q::ResponseData: Send,
    {
        let items = match self.shared.settings.streaming {
            Streaming::WebSocket => self.subscribe_by_socket::<Q>(variables).await?,
            Streaming::ServerSentEvents => self.subscribe_by_events::<Q>(variables).await?,
        };
        Ok(Subscription { items, is_over: false })
    }
}

impl<Q: GraphQLQuery> Subscription<Q> {
    /// The next item. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Q::ResponseData, Error>> {
        if self.is_over {
            return None;
        }
        let item = self.items.next().await;
        // The WebSocket protocol's `error` ends an operation, but its library's stream would stay open and mute.
        self.is_over = !matches!(item, Some(Ok(_)));
        item
    }
}
