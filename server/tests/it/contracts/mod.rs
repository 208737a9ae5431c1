//! One story a port, told to every implementation.
pub mod containers;
mod forge;
