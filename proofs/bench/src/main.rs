//! The load generators of `cargo xtask bench`: each scenario starts the real release server on one core, loads it from
//! the others, and reports figures with their number, middle and spread.
//!
//! Nothing here asserts: a figure that misses its goal is printed as such. Tests of behaviour live with the server.
//!
//! A scenario is one file in `scenario/`; see there.

mod agent;
mod database;
mod events;
mod figure;
mod http;
mod machine;
mod rows;
mod scenario;
mod socket;
mod subject;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;

use crate::{
    database::{Database, Kind},
    figure::{Figure, Report},
    machine::Machine,
    scenario::{ALL, Scenario},
    subject::Subject,
};

#[derive(Parser)]
#[command(name = "pcc-bench", about = "Measures pcc-server. Run it by `cargo xtask bench`.")]
struct Arguments {
    /// Which scenarios; all when left out
    scenarios: Vec<String>,
    /// Only print what there is
    #[arg(long)]
    list: bool,
    /// Write the figures here too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Small and short: to see that it works, not to be believed
    #[arg(long)]
    quick: bool,
    /// The release build of pcc-server
    #[arg(long, value_name = "PROGRAM", env = "PCC_BENCH_SERVER")]
    server: PathBuf,
    /// A PostgreSQL cluster in which databases may be made; without it SQLite alone is measured
    #[arg(long, value_name = "URL", env = "PCC_BENCH_POSTGRES_URL")]
    postgres: Option<String>,
    /// The real OpenCode; without it what needs an agent is left out
    #[arg(long, value_name = "PROGRAM", env = "PCC_BENCH_OPENCODE")]
    opencode: Option<PathBuf>,
    /// The release build of pcc-fake-agent, which stands in for OpenCode where many agents or none are measured
    #[arg(long, value_name = "PROGRAM", env = "PCC_BENCH_LIGHT_AGENT")]
    light_agent: PathBuf,
}

/// What every scenario gets.
pub struct Bench {
    pub machine: Machine,
    pub quick: bool,
    pub opencode: Option<PathBuf>,
    light_agent: PathBuf,
    server: PathBuf,
    postgres: Option<String>,
}

impl Bench {
    /// SQLite always, PostgreSQL where there is a cluster.
    pub fn kinds(&self) -> Vec<Kind> {
        let postgres = self.postgres.is_some().then_some(Kind::Postgres);
        std::iter::once(Kind::Sqlite).chain(postgres).collect()
    }

    /// A new, empty, migrated database with a folder for the server beside it.
    pub async fn database(&self, kind: Kind) -> anyhow::Result<Database> {
        Database::new(kind, self.postgres.as_deref()).await
    }

    /// The server over this database, on its core, ready.
    pub async fn start(&self, database: &Database) -> anyhow::Result<Subject> {
        // No agents: they would be measured with it.
        let environment = [("PCC_AGENT_COMMAND", "no-such-agent")];
        self.start_with(database, &environment).await
    }

    /// With light agents, which cost little and start at once.
    pub async fn start_with_light_agents(&self, database: &Database) -> anyhow::Result<Subject> {
        let program = self.light_agent.display().to_string();
        self.start_with(database, &[("PCC_AGENT_COMMAND", &program)]).await
    }

    pub async fn start_with(&self, database: &Database, environment: &[(&str, &str)]) -> anyhow::Result<Subject> {
        Subject::start(&self.server, self.machine.server_core, database, environment).await
    }

    /// The size of a full run, or a tenth of it.
    pub fn size(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(10) } else { full }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.list {
        for scenario in ALL {
            println!("{:20} {}", scenario.name, scenario.about);
        }
        return Ok(());
    }
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let wanted = wanted(&arguments.scenarios)?;
    let machine = Machine::look()?;
    // Before the runtime has threads, so that all of them are kept off the server's core.
    machine.leave_the_servers_core()?;
    let bench = Bench {
        machine,
        quick: arguments.quick,
        server: arguments.server,
        postgres: arguments.postgres,
        opencode: arguments.opencode,
        light_agent: arguments.light_agent,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(bench.machine.load_cores.len())
        .enable_all()
        .build()?;
    let mut report = Report::new(bench.machine.clone(), bench.quick);
    println!("{}\n", bench.machine);
    for scenario in wanted {
        println!("== {}: {}", scenario.name, scenario.about);
        let figures: Vec<Figure> = runtime
            .block_on((scenario.run)(&bench))
            .with_context(|| format!("the scenario {} failed", scenario.name))?;
        println!("{}\n", figure::table(&figures));
        report.add(scenario.name, figures);
        // After each scenario: what was measured is kept when a later one fails.
        if let Some(file) = &arguments.json {
            report.write(file)?;
        }
    }
    println!("{}", report.table());
    Ok(())
}

fn wanted(names: &[String]) -> anyhow::Result<Vec<&'static Scenario>> {
    for name in names {
        ensure!(
            ALL.iter().any(|scenario| scenario.name == name),
            "there is no scenario {name:?}; --list shows them"
        );
    }
    Ok(ALL
        .iter()
        .copied()
        .filter(|scenario| names.is_empty() || names.iter().any(|name| scenario.name == name))
        .collect())
}
