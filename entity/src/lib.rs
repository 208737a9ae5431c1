//! The tables as Rust, and the ids everything is named by. Depends on the ORM and nothing of ours.

pub mod attachment;
pub mod client_mutation;
pub mod decision;
pub mod decision_policy;
pub mod device;
pub mod event;
pub mod event_log;
pub mod file_change;
pub mod github_account;
pub mod github_login;
pub mod ids;
pub mod installation;
pub mod message;
pub mod message_usage;
pub mod operation;
pub mod pairing;
pub mod part;
pub mod problem;
pub mod project;
pub mod resource;
pub mod sealed;
pub mod server;
pub mod session;
pub mod todo_list;
pub mod token;
pub mod work;
