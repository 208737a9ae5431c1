//! The account at GitHub for which this server acts: one for the whole server.
//!
//! People sign in there from any device, and the token never comes near one: the server asks for a code, shows it, and
//! asks GitHub whether it was typed in, for as long as the code is good, over restarts of its own. Or they paste a token,
//! which goes in and never comes out. It is kept sealed, goes to GitHub's own addresses only, and is what repositories are
//! listed and cloned with.
//!
//! - An account whose token GitHub no longer accepts, or that this server can no longer open, stays, with a problem that
//!   says so, and is used for nothing.
//! - At most one sign-in is pending. GitHub gives its token once: it is kept before anything else is done with it.

pub mod error;
mod git;
pub mod graphql;
mod poll;
pub mod repositories;
pub mod service;
mod sign_in;
pub mod store;

pub use error::Error;
pub use git::GitLogins;
pub use poll::Poller;
pub use service::Accounts;
