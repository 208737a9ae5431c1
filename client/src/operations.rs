//! The generated types: a module for each operation in `operations/*.graphql`, and `shared` for what several use.
//!
//! `build.rs` makes them. [`crate::types`] gives the shared ones the names to use.

#![allow(clippy::all, dead_code, unused_imports)]

include!(concat!(env!("OUT_DIR"), "/operations.rs"));
