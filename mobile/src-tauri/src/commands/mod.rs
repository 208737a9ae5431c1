//! What the screens can call. Each command is a few lines over `client`.

pub mod account;
pub mod device;
pub mod files;
pub mod graph;
pub mod oauth;
mod raw;
