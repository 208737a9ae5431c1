//! The files of projects, and git in them: read, searched, changed, committed and pushed by the server itself.
//!
//! It works while the agent runs and while it does not; a workspace that is not there yet, or is being removed, is a clear
//! error. Nothing is kept between two questions: what is told is what is there. Two writers never overwrite each other:
//! each says which version of a file it means. Reading takes the scope `read`, changing files and committing `steer`
//! (whoever may talk to the agent can have it do the same), pushing `manage`.

pub mod error;
pub mod graphql;
pub mod service;
mod turns;

pub use error::Error;
pub use service::Files;
