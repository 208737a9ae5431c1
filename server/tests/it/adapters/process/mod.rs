//! Agents as processes: with the real OpenCode where it matters what it does, else with scripts of a few lines.

mod agent;
mod bench;
mod disk;
mod life;
mod records;
mod workspace;
