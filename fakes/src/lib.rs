//! Scripted doubles of what the project talks to and cannot run in a test, and the real parts it can.
//!
//! [`llm`] is a language model that does what its prompt says: it speaks HTTP and fails on command. [`opencode`] starts
//! the real OpenCode in a folder of its own, and [`proxy`] stands before one and spoils what it says. [`agent`] is a light
//! stand-in for it, for proofs that start hundreds. [`github`] is a double of GitHub, with real git behind it. All belong to tests, proofs and the demo, never to a release.

pub mod agent;
pub mod github;
pub mod llm;
pub mod opencode;
pub mod proxy;
