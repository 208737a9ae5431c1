//! The GraphQL kit: what every capability's corner of the graph is built with. No capability in it.

pub mod asked;
pub mod context;
pub mod failure;
pub mod id;
pub mod page;
pub mod public_url;
pub mod scalar;

pub use context::ContextExt;
pub use failure::{Classify, Code, Conflict, Decided, Failure, Nullable, Result, nullable, sentence};
pub use id::{GlobalId, Id};
pub use page::{Page, PageArguments};
pub use public_url::PublicUrl;
