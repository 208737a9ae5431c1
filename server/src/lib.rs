//! The server of Portable Command Center.
//!
//! Modules in downhill order: each may use those below it, none those above.
//!
//! - `app`, `http`, `schema`: the composition root and the edges;
//! - `files`, `sessions`, `usage`, `decisions`, `projects`, `servers`, `accounts`, `auth`: capabilities, each a folder with the same rooms
//!   (`service`, `store`, `graphql`, `error`);
//! - `operations`, `events`, `graphql`, `db`, `caller`, `clock`, `secrets`, `config`: the kernel, which knows no capability
//!   (`failpoints` is for the proofs, and usually nothing);
//! - `containers`, `forge`, `github`, `agent`, `workspace`: ports to the outside world, which know nothing of ours; `workspace` runs
//!   git by `forge::git`, which is where every git of this server starts.

pub mod accounts;
pub mod agent;
pub mod app;
pub mod attachments;
pub mod auth;
pub mod caller;
pub mod clock;
pub mod config;
pub mod containers;
pub mod data_dir;
pub mod db;
pub mod decisions;
pub mod events;
pub mod failpoints;
pub mod files;
pub mod forge;
#[cfg(test)]
mod fuzzing;
pub mod github;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod operations;
pub mod projects;
pub mod schema;
pub mod secrets;
pub mod servers;
pub mod sessions;
pub mod usage;
mod weighed;
pub mod workspace;
