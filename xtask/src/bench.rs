//! `cargo xtask bench`: builds the server and its load generators with optimizations, and measures.
//!
//! What is measured, and how to read it, says `BENCHMARKS.md`.

use std::path::PathBuf;
use std::time::Duration;

use crate::context::Context;
use crate::postgres::{self, Cluster};
use crate::step::{say, timed};
use crate::{build, front_end, opencode};

/// All scenarios on a slow machine.
const LIMIT: Duration = Duration::from_secs(2 * 3600);

#[derive(clap::Args)]
pub struct Options {
    /// Which scenarios; all when left out
    scenarios: Vec<String>,
    /// Only say which scenarios there are
    #[arg(long)]
    list: bool,
    /// Write the figures to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Small and short: to see that everything works
    #[arg(long)]
    quick: bool,
    /// Leave PostgreSQL out
    #[arg(long)]
    sqlite_only: bool,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<()> {
    front_end::graphiql(context)?;
    let build = [
        "build",
        "--release",
        "-p",
        "server",
        "-p",
        "bench",
        "-p",
        "fakes",
        "--bins",
    ];
    let programs = timed("cargo build", || build::programs(context, &build))?;
    let cluster = match postgres::programs() {
        Some(_) if !options.sqlite_only && !options.list => Some(Cluster::start(context)?),
        None if !options.sqlite_only => {
            say("PostgreSQL is not installed: SQLite alone is measured.");
            None
        }
        _ => None,
    };
    let mut task = context
        .task(programs.get("pcc-bench")?)
        .args(&options.scenarios)
        .env("PCC_BENCH_SERVER", programs.get("pcc-server")?)
        .env("PCC_BENCH_OPENCODE", opencode::program(context)?)
        .env("PCC_BENCH_LIGHT_AGENT", programs.get("pcc-fake-agent")?)
        .limit(LIMIT);
    if let Some(cluster) = &cluster {
        task = task.env("PCC_BENCH_POSTGRES_URL", &cluster.url);
    }
    for (flag, is_set) in [("--quick", options.quick), ("--list", options.list)] {
        if is_set {
            task = task.arg(flag);
        }
    }
    if let Some(file) = &options.json {
        task = task.arg("--json").arg(std::path::absolute(file)?);
    }
    Ok(task.run()?)
}
