//! graphql-transport-ws, from the protocol's text.

mod client;
mod lifetime;
mod operations;
mod protocol;

pub use client::request;
