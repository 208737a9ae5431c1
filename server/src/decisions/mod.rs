//! Decisions: what agents wait for, and what was decided.
//!
//! An agent's request becomes a row that outlives everything but its session (`intake`, called by the bridge that hears
//! it). A person, the project's policy or the clock closes it, once (`service`); the answer is then carried to the
//! agent until the agent has it. What nobody waits for any more is withdrawn, with the reason.
//!
//! What holds:
//! - a row leaves `PENDING` once, by a conditional update that is committed before anything is sent;
//! - the agent's id of a request is unique and kept, so what was closed is never asked again by a late list or event;
//! - an agent keeps its requests in memory, so a request of an earlier run is dead and is withdrawn;
//! - what a request risks (`risk`) and whether the policy allows it (`policy`) are pure functions of what is asked.

pub mod ask;
pub mod error;
pub mod graphql;
pub mod intake;
pub mod keeper;
pub mod new_policy;
pub mod policy;
pub mod risk;
pub mod service;
pub mod shell;
pub mod store;

pub use error::Error;
pub use keeper::Keeper;
pub use service::Decisions;
