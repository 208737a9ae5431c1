//! What agents used: tokens and money, by session, project and day.
//!
//! A row for each answer, under the agent's own id for it: told of again, it is the same row. It is written in the
//! transaction that writes the answer, and stays when the session is deleted. What a session copied from another one was
//! used there.

pub mod graphql;
pub mod store;
