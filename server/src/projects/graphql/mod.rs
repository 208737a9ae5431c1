//! Projects in the graph. The graph has cycles (a project has sessions, a session has a project), so the `graphql` rooms
//! of capabilities may point at each other; their services may not.

mod container;
mod first_page;
mod listed;
mod loaders;
mod mutation;
mod query;
mod repository;
mod sleep;
mod subscription;
mod types;

pub use container::Container;
pub use first_page::FirstPages;
pub use listed::ListedParts;
pub use loaders::{ProjectLoader, ProjectRows, load_project};
pub use mutation::ProjectMutation;
pub use query::ProjectQuery;
pub use repository::Commit;
pub use sleep::SleepMutation;
pub use subscription::ProjectSubscription;
pub use types::Project;
