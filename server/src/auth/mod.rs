//! Access: devices, the tokens they prove themselves with, and the one-time codes that make them.
//!
//! A token is shown once, at its making; only a hash of its secret half is kept. A pairing code is good once, for ten
//! minutes. Revoking a device ends what it has open.

pub mod error;
pub mod graphql;
mod known;
pub mod service;
pub mod store;
pub mod token;

pub use error::Error;
pub use service::Access;
