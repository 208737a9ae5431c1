//! Decisions in the graph.

mod loaders;
mod mutation;
mod policy;
mod query;
mod types;

pub use loaders::{DecisionLoader, load_decision};
pub use mutation::DecisionMutation;
pub use policy::{DecisionPolicy, DecisionPolicyInput, load_policy};
pub use query::{DecisionConnection, DecisionQuery, decisions};
pub use types::{Decision, DecisionState, PermissionRequest, Question};
