//! The project's commands: `cargo xtask up | test | bench | disconnects | torture | setup | schema | app | app-e2e |
//! graphiql`.
//!
//! They bring a fresh machine to a running server or to a finished test run, and say in one sentence what is missing
//! where they may not install it. What always holds: every wait has a limit, nothing is downloaded twice, whatever a
//! command starts ends with it, and all files land in `.pcc/`, `target/` or a package's own `node_modules`.

mod bench;
mod build;
mod context;
mod demo;
mod disconnects;
mod front_end;
mod group;
mod npm;
mod opencode;
mod packages;
mod passwd;
mod postgres;
mod resident;
mod schema;
mod setup;
mod signals;
mod step;
mod task;
mod tauri_app;
mod test;
mod test_runner;
mod tools;
mod torture;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::context::Context;
use crate::step::warn;
use crate::task::TaskError;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The project's commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up what is missing, build, and run the server in the foreground
    Up(up::Options),
    /// Run everything that CI runs; with FILTER only the tests whose names contain it
    Test(test::Options),
    /// Measure the release build: all scenarios, or those that are named
    Bench(bench::Options),
    /// Break thousands of streams between a server and its clients: nothing may be lost, nothing come twice
    Disconnects(disconnects::Options),
    /// Only look for the tools, and install them where that is allowed
    Setup(setup::Options),
    /// Kill a server again and again while clients use it, and check that nothing is lost or done twice
    Torture(torture::Options),
    /// Rewrite schema.graphql from the server
    Schema(schema::Options),
    /// Build the app as the server serves it
    App,
    /// Build the app for desktops, and walk through it on a screen of its own; the pictures are kept
    AppE2e,
    /// Build the GraphiQL assets
    Graphiql,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            warn(format!("error: {error:#}"));
            ExitCode::from(status_of(&error))
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let context = Context::new()?;
    match command {
        Command::Up(options) => return up::run(&context, &options),
        Command::Test(options) => return test::run(&context, &options),
        Command::Bench(options) => bench::run(&context, &options)?,
        Command::Disconnects(options) => disconnects::run(&context, &options)?,
        Command::Setup(options) => setup::run(&context, &options)?,
        Command::Torture(options) => torture::run(&context, &options)?,
        Command::Schema(options) => schema::run(&context, &options)?,
        Command::App => front_end::app(&context)?,
        Command::AppE2e => tauri_app::walk(&context)?,
        Command::Graphiql => front_end::graphiql(&context)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What a shell expects: 128 and the signal's number after an interruption, 1 after any other failure.
fn status_of(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<TaskError>() {
        Some(TaskError::Interrupted { signal, .. }) => signals::exit_status(*signal),
        _ => 1,
    }
}
