//! Sessions in the graph.

mod changes;
mod choices;
mod life;
mod loaders;
mod mutation;
mod open;
mod parts;
mod query;
mod subscription;
mod todos;
mod types;

pub use choices::{Agent, Command, Model, agents, commands, models};
pub use life::SessionLifeMutation;
pub use loaders::{SessionLoader, SessionRows, load_message, load_session};
pub use mutation::SessionMutation;
pub use query::{SessionConnection, SessionQuery, of_project};
pub use subscription::{MessageChanged, SessionSubscription};
pub use todos::TodosChanged;
pub use types::{Message, Session};
