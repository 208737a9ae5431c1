//! Operations: what a user asked for and waits on, with its steps, kept until it has an end.
//!
//! An operation does nothing itself. It is begun in the transaction that changes what is wanted, reports what the
//! reconciler does about that, and ends when the reconciler has seen what was asked for. A project has at most one open
//! operation: a new one ends the one before as cancelled.

pub mod graphql;
pub mod steps;
pub mod store;
