//! The ports, each against the real thing.
mod git_sources;
mod local_forge;
mod opencode;
mod process;
