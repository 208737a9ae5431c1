//! The proof that clients may come and go: nothing is missing, nothing comes twice.
//!
//! A real server with a real agent, and many clients that reach it through a [`proxy`] which cuts, resets, tears, stalls
//! and slows their connections at random. Meanwhile the server is killed and started again, once with so little of its
//! log kept that a client which slept must read afresh. What each client saw is checked as it comes, and against the
//! truth at the end. The seed decides which fault meets which connection; when, the machine decides as well.

pub mod followers;
pub mod proxy;
pub mod report;
pub mod run;
pub mod server;
pub mod speech;
pub mod stage;
pub mod verdict;
pub mod watchers;

pub use report::Report;
pub use run::{Options, run};
