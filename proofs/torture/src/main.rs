//! `cargo xtask torture` builds and calls this.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use torture::{
    checker::Check,
    database::Database,
    history::{Fact, Kind},
    run::{Outcome, Plan, run},
    world::Programs,
};

/// Kills a real server again and again and checks that nothing was lost and nothing done twice.
#[derive(Parser)]
#[command(name = "cargo xtask torture")]
struct Arguments {
    /// Kills on each database
    #[arg(long, default_value_t = 60)]
    kills: u64,
    /// Makes the choices of an earlier run again; a new one where left out
    #[arg(long)]
    seed: Option<u64>,
    /// Only this database
    #[arg(long)]
    database: Option<Choice>,
    /// Which agents: the real OpenCode in every tenth project, in none, or in all
    #[arg(long, default_value = "mixed")]
    agent: Agents,
    /// Leave something out of the server and expect to be told: no_intent, no_fence, no_sweep, event_outside, or all
    #[arg(long, value_name = "NAME")]
    broken: Option<String>,
    #[arg(long, env = "PCC_TORTURE_SERVER", hide = true)]
    server: PathBuf,
    #[arg(long, env = "PCC_TORTURE_AGENT", hide = true)]
    light_agent: PathBuf,
    #[arg(long, env = "PCC_TEST_OPENCODE", hide = true)]
    opencode: PathBuf,
    #[arg(long, env = "PCC_TEST_POSTGRES_URL", hide = true, hide_env_values = true)]
    postgres: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Choice {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Agents {
    Mixed,
    Light,
    Opencode,
}

const BROKEN: [&str; 4] = ["no_intent", "no_fence", "no_sweep", "event_outside"];

/// Interrupted, it drops what it holds, and with that ends the agents, which outlive everything else.
#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    client::install_tls_provider();
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = prove(Arguments::parse()) => result,
        _ = terminate.recv() => anyhow::bail!("it was ended before its time"),
        _ = tokio::signal::ctrl_c() => anyhow::bail!("it was interrupted"),
    }
}

async fn prove(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let seed = arguments.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let plan = Plan {
        programs: Programs {
            server: arguments.server.clone(),
            light_agent: arguments.light_agent.clone(),
            opencode: arguments.opencode.clone(),
        },
        seed,
        kills: arguments.kills,
        real_every: match arguments.agent {
            Agents::Mixed => 10,
            Agents::Light => 0,
            Agents::Opencode => 1,
        },
        broken: None,
    };
    let Some(broken) = &arguments.broken else {
        println!("seed {seed}");
        let outcomes = on_all(&plan, &arguments).await?;
        let is_fine = outcomes.iter().all(|outcome| outcome.violations.is_empty());
        return Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    let variants = if broken == "all" {
        BROKEN.to_vec()
    } else {
        vec![broken.as_str()]
    };
    let mut is_fine = true;
    let mut summary = String::new();
    for name in variants {
        anyhow::ensure!(BROKEN.contains(&name), "the broken variants are {}", BROKEN.join(", "));
        println!("seed {seed}, broken on purpose: {name}");
        let plan = Plan {
            broken: Some(name.to_owned()),
            ..plan.clone()
        };
        let mut caught: BTreeMap<Check, usize> = BTreeMap::new();
        for outcome in on_all(&plan, &arguments).await? {
            for violation in outcome.violations {
                *caught.entry(violation.check).or_default() += 1;
            }
        }
        is_fine &= !caught.is_empty();
        let verdict = if caught.is_empty() {
            "NOT NOTICED".to_owned()
        } else {
            format!("caught by {caught:?}")
        };
        writeln!(summary, "{name}: {verdict}")?;
    }
    println!("\n{summary}");
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// On each database that was chosen, both at the same time.
async fn on_all(plan: &Plan, arguments: &Arguments) -> anyhow::Result<Vec<Outcome>> {
    let wants = |choice| arguments.database.is_none_or(|chosen| chosen == choice);
    let sqlite = async {
        if wants(Choice::Sqlite) {
            Some(run(plan, Database::Sqlite).await)
        } else {
            None
        }
    };
    let postgres = async {
        if !wants(Choice::Postgres) {
            return None;
        }
        let outcome = async {
            let cluster = arguments
                .postgres
                .as_deref()
                .context("PostgreSQL is missing: PCC_TEST_POSTGRES_URL")?;
            run(plan, Database::make_postgres(cluster).await?).await
        };
        Some(outcome.await)
    };
    let (sqlite, postgres) = tokio::join!(sqlite, postgres);
    let mut outcomes = Vec::new();
    for (name, outcome) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
        if let Some(outcome) = outcome.transpose()? {
            println!("{}", report(name, &outcome)?);
            outcomes.push(outcome);
        }
    }
    Ok(outcomes)
}

fn report(name: &str, outcome: &Outcome) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let total: usize = outcome.kills.values().sum();
    writeln!(text, "\n{name}: {total} kills in {} s", outcome.took.as_secs())?;
    for (step, count) in &outcome.kills {
        writeln!(text, "  {count:5}  {step}")?;
    }
    let count = |counts: &dyn Fn(&Fact) -> bool| outcome.facts.iter().filter(|fact| counts(fact)).count();
    let prompts = |wanted: Kind| count(&|fact| matches!(fact, Fact::Prompted { kind, .. } if *kind == wanted));
    let answers = |wanted: Kind| count(&|fact| matches!(fact, Fact::Answered { kind, .. } if *kind == wanted));
    for (what, number) in [
        ("projects", usize::try_from(outcome.projects).unwrap_or(usize::MAX)),
        ("operations", count(&|fact| matches!(fact, Fact::Ordered { .. }))),
        (
            "operations superseded before they ended",
            count(&|fact| {
                matches!(
                    fact,
                    Fact::Ended {
                        is_superseded: true,
                        ..
                    }
                )
            }),
        ),
        (
            "mutations sent again under the same id",
            count(&|fact| matches!(fact, Fact::Repeated { .. })),
        ),
        ("prompts to light agents", prompts(Kind::Light)),
        ("prompts to OpenCode", prompts(Kind::OpenCode)),
        ("whole answers of light agents compared", answers(Kind::Light)),
        ("whole answers of OpenCode compared", answers(Kind::OpenCode)),
        (
            "runs of agents compared over kills",
            count(&|fact| matches!(fact, Fact::Run { .. })),
        ),
        ("events in the log", outcome.events),
        ("events followed", count(&|fact| matches!(fact, Fact::Event { .. }))),
        ("violations", outcome.violations.len()),
    ] {
        writeln!(text, "  {number:5}  {what}")?;
    }
    for violation in outcome.violations.iter().take(40) {
        writeln!(text, "  {:?}: {}", violation.check, violation.what)?;
    }
    if let Some(folder) = &outcome.folder {
        writeln!(text, "  everything is kept in {}", folder.display())?;
    }
    Ok(text)
}
