//! Servers: the machines that containers run on. So far there is one, this machine.

pub mod graphql;
pub mod resources;
pub mod store;

pub use resources::Resources;
