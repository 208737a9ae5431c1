//! The edges: everything that speaks HTTP to the server's own clients.
//!
//! The schema is not known here. `graphql_routes` serves any executor over POST, GET, WebSocket and server-sent events;
//! `web_app_routes` serves the app, `graphiql_routes` the page to try the graph with; `guarded` keeps foreign pages out of
//! whatever router it is put around.

mod answer;
mod answers;
pub mod attachments;
mod auth;
mod endpoint;
mod fanout;
mod files;
pub mod git;
mod graphiql;
mod graphql;
pub mod guard;
mod gzip;
mod health;
mod limits;
mod negotiate;
mod origin;
mod params;
mod plain;
mod seats;
#[cfg(test)]
mod sizes;
mod sse;
mod web_app;
mod websocket;

pub use answers::Reuse;
pub use attachments::attachment_routes;
pub use auth::{Authenticate, bearer};
pub use endpoint::{GraphqlEndpoint, Prepare, graphql_routes};
pub use graphiql::graphiql_routes;
pub use health::{Health, Metrics, health_routes};
pub use limits::{Limits, SocketLimits};
pub use origin::{AccessPolicy, guarded};
pub use params::Params;
pub use plain::{caller, plain, refused};
pub use web_app::web_app_routes;
