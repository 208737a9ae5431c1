//! Sessions: conversations with agents.
//!
//! What a user asks (a new session, a prompt, another title, a deletion) is a row here at once, whether the agent runs
//! or not (`service`, `prompts`). One bridge for each running agent (`bridge`) carries it there and brings back what happens:
//! finished things into rows and events, text as it is written into `live`, where it is never stored.
//!
//! A prompt is sent under ids that were committed before the first try, so every further try is the same prompt.

mod abort;
pub mod bridge;
pub mod changes;
pub mod enclosures;
pub mod error;
pub mod export;
pub mod graphql;
mod life;
pub mod live;
pub mod new_prompt;
pub mod offers;
pub mod part;
pub mod prompts;
pub mod service;
pub mod store;

pub use bridge::Bridges;
pub use enclosures::Enclosures;
pub use error::Error;
pub use live::Live;
pub use service::Sessions;
