//! Projects: a repository and an agent's container, wanted by a user and kept so.
//!
//! A user's wish is a row (`service`, `orders`). The reconciler (`worker`) looks at what is there (`observe`), decides by a
//! pure function (`reconcile`), does one thing (`perform`) and looks again, holding a lease on the project meanwhile
//! (`lease`). An agent of which nothing is asked sleeps (`upkeep`). What is left over from creations that were answered too
//! late is found by its label and removed (`sweep`).

pub mod board;
pub mod error;
pub mod git_access;
pub mod graphql;
pub mod instances;
pub mod lease;
pub mod lifecycle;
pub mod observe;
pub mod orders;
pub mod perform;
pub mod reconcile;
pub mod service;
pub mod slug;
pub mod store;
pub mod sweep;
pub mod trouble;
pub mod upkeep;
pub mod worker;

pub use board::Board;
pub use error::Error;
pub use instances::{Gate, Instance, Instances};
pub use service::Projects;
