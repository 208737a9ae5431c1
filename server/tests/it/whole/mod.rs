//! The whole: the real server, the real OpenCode and a scripted model, through the real client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod answers;
mod attachments;
mod bad_agent;
mod choices;
mod command_line;
mod commands;
mod decision_storm;
mod decisions;
mod disconnects;
mod files;
mod first_policy;
mod graph;
mod long_output;
mod loop_with_opencode;
mod lost_prompts;
mod prompt_storm;
mod prompts;
mod recordings;
mod session_life;
mod sleep_with_opencode;
mod stage;
mod told;
mod trouble;
mod usage;
