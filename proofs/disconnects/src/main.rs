//! `pcc-disconnects`: the proof as a program. `cargo xtask disconnects` builds and runs it with all it needs.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use disconnects::{Options, run};

#[derive(Parser)]
#[command(about = "Breaks the connections of many clients and checks that nothing is lost and nothing comes twice")]
struct Arguments {
    /// The server's program
    #[arg(long)]
    server: PathBuf,
    /// OpenCode's program
    #[arg(long)]
    opencode: PathBuf,
    /// An empty PostgreSQL database; SQLite when left out
    #[arg(long)]
    database_url: Option<String>,
    /// Decides which fault meets which connection [default: by chance]
    #[arg(long)]
    seed: Option<u64>,
    /// How many streams to break
    #[arg(long, default_value_t = 5_000)]
    count: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = run(Options {
        server: arguments.server,
        opencode: arguments.opencode,
        database_url: arguments.database_url,
        seed: arguments.seed.unwrap_or_else(rand::random),
        count: arguments.count,
    })
    .await?;
    println!("{report}");
    Ok(if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
