//! `cargo xtask test`: everything that CI runs, in an order that finds the cheap mistakes first.
//!
//! A run ends with a table of its steps and, as the very last line, with the closing line of the test runner.

use std::process::ExitCode;
use std::time::Duration;

use crate::context::Context;
use crate::setup::{TestTools, tools_for_tests};
use crate::step::{Steps, say, warn};
use crate::tauri_app::{self, ALL_BUT_IT};
use crate::{build, front_end, schema, test_runner, tools, torture};

/// For one cargo command from an empty target folder on two slow cores.
const CARGO_LIMIT: Duration = Duration::from_secs(45 * 60);
const SCRIPT_LIMIT: Duration = Duration::from_secs(10 * 60);

const ENTRYPOINT_TEST: &str = "docker/test-entrypoint.sh";

#[derive(clap::Args)]
pub struct Options {
    /// Run only the tests whose names contain one of these, and none of the other checks
    filter: Vec<String>,
    /// Run all tests, and none of the other checks
    #[arg(long)]
    quick: bool,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<ExitCode> {
    let mut steps = Steps::default();
    let mut closing_line = None;
    let result = all(context, options, &mut steps, &mut closing_line);
    say(format!("\n{}\n", steps.table()));
    if let Err(error) = &result {
        warn(format!("error: {error:#}\n"));
    }
    if let Some(line) = closing_line {
        say(line);
    }
    Ok(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(crate::status_of(&error)),
    })
}

fn all(
    context: &Context,
    options: &Options,
    steps: &mut Steps,
    closing_line: &mut Option<String>,
) -> anyhow::Result<()> {
    let only_tests = options.quick || !options.filter.is_empty();
    if !only_tests {
        steps.run("formatting", || cargo(context, &["fmt", "--all", "--check"]))?;
    }
    let tools = steps.run("set-up", || set_up(context))?;
    let mut programs = None;
    if !only_tests {
        steps.run("app", || front_end::check_app(context))?;
        let clippy = [&["clippy"], &ALL_BUT_IT[..], &["--all-targets", "--", "-D", "warnings"]].concat();
        steps.run("lints", || cargo(context, &clippy))?;
        // As the tests are built, since another choice of packages would build most dependencies twice.
        let build = [&["test"], &ALL_BUT_IT[..], &["--no-run"]].concat();
        let built = steps.run("build", || build::programs(context, &build))?;
        steps.run("schema is current", || schema::check(context, &built))?;
        programs = Some(built);
    }
    steps.run("tests", || {
        let outcome = test_runner::run(context, &tools, &options.filter)?;
        *closing_line = outcome.closing_line;
        Ok(outcome.result?)
    })?;
    if let Some(programs) = programs {
        let folder = programs.get("pcc-server")?.parent().unwrap_or(&context.root);
        steps.run("app in a browser", || front_end::walk_app(context, folder, &tools))?;
        after_the_tests(context, steps)?;
    }
    Ok(())
}

fn set_up(context: &Context) -> anyhow::Result<TestTools> {
    let tools = tools_for_tests(context)?;
    front_end::build(context)?;
    Ok(tools)
}

fn after_the_tests(context: &Context, steps: &mut Steps) -> anyhow::Result<()> {
    steps.run("kills", || torture::with(context, &torture::SHORT))?;
    tauri_app::check(context, steps)?;
    steps.run("documentation tests", || {
        cargo(context, &[&["test"], &ALL_BUT_IT[..], &["--doc"]].concat())
    })?;
    steps.run("documentation", || {
        let task = context.cargo().arg("doc").args(ALL_BUT_IT).arg("--no-deps");
        Ok(task.env("RUSTDOCFLAGS", "-D warnings").limit(CARGO_LIMIT).run()?)
    })?;
    if context.root.join(ENTRYPOINT_TEST).is_file() {
        let task = context.task("bash").arg(ENTRYPOINT_TEST).limit(SCRIPT_LIMIT);
        steps.run("container entrypoint", || Ok(task.run()?))?;
    }
    if_installed(context, steps, "cargo-deny", &["deny", "check"])?;
    if_installed(context, steps, "cargo-machete", &["machete"])
}

/// Checks that a machine need not have.
fn if_installed(context: &Context, steps: &mut Steps, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    if tools::find(program).is_none() {
        steps.skip(
            program,
            &format!("not installed, skipped; cargo install --locked {program}"),
        );
        return Ok(());
    }
    steps.run(program, || cargo(context, arguments))
}

fn cargo(context: &Context, arguments: &[&str]) -> anyhow::Result<()> {
    Ok(context.cargo().args(arguments).limit(CARGO_LIMIT).run()?)
}
