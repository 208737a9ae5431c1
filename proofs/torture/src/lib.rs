//! Proof by torture: a real server is killed again and again while clients use it, and nothing may be lost or done twice.
//!
//! A run is one database, one data folder and a stream of server lives. Each life ends by `kill -9`, at a random moment or
//! at a named step, while clients create, start, prompt, stop and delete projects through the `client` crate. What every
//! client saw and was told is written down as it happens ([`history`]) and judged at the end, when all projects are
//! deleted, together with what is left on the machine ([`checker`], [`aftermath`]).
//!
//! All choices (what clients do and when, where and when the server dies, which answers are lost) come from one seed
//! ([`chance`]). How the threads interleave does not, so a seed replays the plan and not each instruction.
//!
//! Most agents are light stand-ins, every tenth is the real OpenCode with the scripted model; the result counts both.

pub mod aftermath;
pub mod agent;
pub mod chance;
pub mod checker;
pub mod database;
pub mod follower;
pub mod history;
pub mod killer;
pub mod orders;
pub mod remote;
pub mod run;
pub mod worker;
pub mod world;
