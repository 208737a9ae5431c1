//! What has to be there before anything runs.

use std::path::PathBuf;

use anyhow::ensure;

use crate::context::Context;
use crate::step::say;
use crate::tools::{self, CHROMIUM, GIT, NODE, POSTGRES, RIPGREP, Tool, is_program};
use crate::{front_end, opencode};

#[derive(clap::Args)]
pub struct Options {
    /// Also what only the tests need: PostgreSQL, Chromium, the audits' npm packages
    #[arg(long)]
    tests: bool,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<()> {
    if options.tests {
        let tools = tools_for_tests(context)?;
        say(format!("Chromium: {}", context.shown(&tools.chromium)));
        say(format!("OpenCode: {}", context.shown(&tools.opencode)));
    } else {
        let agent = agent_for_up(context)?;
        say(format!("OpenCode: {}", context.shown(&agent)));
    }
    front_end::build(context)?;
    say("Everything is there.");
    Ok(())
}

/// The agent that the server starts: the one the user names, or the pinned one.
pub fn agent_for_up(context: &Context) -> anyhow::Result<PathBuf> {
    tools::require(context, &[&GIT, &RIPGREP, &NODE])?;
    match chosen("PCC_AGENT_COMMAND")? {
        Some(program) => Ok(program),
        None => opencode::program(context),
    }
}

pub struct TestTools {
    pub opencode: PathBuf,
    pub chromium: PathBuf,
    /// A PostgreSQL server the user provides; otherwise a private one is started.
    pub postgres_url: Option<String>,
}

pub fn tools_for_tests(context: &Context) -> anyhow::Result<TestTools> {
    let postgres_url = postgres_url();
    let chosen_chromium = chosen("PCC_TEST_CHROMIUM")?;
    let mut tools: Vec<&Tool> = vec![&GIT, &RIPGREP, &NODE];
    if postgres_url.is_none() {
        tools.push(&POSTGRES);
    }
    if chosen_chromium.is_none() {
        tools.push(&CHROMIUM);
    }
    // All at once, so that a person is told one line and not one after the other.
    tools::require(context, &tools)?;
    let opencode = test_agent(context)?;
    let chromium = chosen_chromium.or_else(tools::chromium).unwrap_or_default();
    front_end::audits(context)?;
    Ok(TestTools {
        opencode,
        chromium,
        postgres_url,
    })
}

/// What the long proofs need.
pub struct ProofTools {
    pub opencode: PathBuf,
    /// A PostgreSQL server the user provides; otherwise a private one is started.
    pub postgres_url: Option<String>,
}

pub fn tools_for_proofs(context: &Context) -> anyhow::Result<ProofTools> {
    let postgres_url = postgres_url();
    let mut tools: Vec<&Tool> = vec![&GIT, &RIPGREP, &NODE];
    if postgres_url.is_none() {
        tools.push(&POSTGRES);
    }
    tools::require(context, &tools)?;
    Ok(ProofTools {
        opencode: test_agent(context)?,
        postgres_url,
    })
}

pub fn test_agent(context: &Context) -> anyhow::Result<PathBuf> {
    match chosen("PCC_TEST_OPENCODE")? {
        Some(program) => Ok(program),
        None => opencode::program(context),
    }
}

fn postgres_url() -> Option<String> {
    std::env::var("PCC_TEST_POSTGRES_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// A program that the user names by a variable.
fn chosen(variable: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some(program) = std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
    else {
        return Ok(None);
    };
    let known = if program.components().count() == 1 {
        tools::find(&program.to_string_lossy())
    } else {
        Some(program.clone())
    };
    let found = known.filter(|path| is_program(path));
    ensure!(
        found.is_some(),
        "{variable} names {}, which is no program",
        program.display()
    );
    Ok(found)
}
