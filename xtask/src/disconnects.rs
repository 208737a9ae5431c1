//! `cargo xtask disconnects`: breaks thousands of streams between a real server and its clients, on each database.

use std::time::Duration;

use anyhow::bail;

use crate::build;
use crate::context::Context;
use crate::postgres::Cluster;
use crate::setup::tools_for_proofs;
use crate::step::{say, timed};
use crate::tauri_app::ALL_BUT_IT;

const LIMIT: Duration = Duration::from_secs(60 * 60);

#[derive(clap::Args)]
pub struct Options {
    /// Which database the server uses: sqlite, postgres, or both
    #[arg(long, default_value = "both")]
    database: String,
    /// Decides which fault meets which connection [default: by chance]
    #[arg(long)]
    seed: Option<u64>,
    /// How many streams to break
    #[arg(long, default_value_t = 5_000)]
    count: u64,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<()> {
    let kinds: &[&str] = match options.database.as_str() {
        "sqlite" => &["sqlite"],
        "postgres" => &["postgres"],
        "both" => &["sqlite", "postgres"],
        other => bail!("--database is sqlite, postgres or both, not {other}"),
    };
    let tools = tools_for_proofs(context)?;
    let programs = timed("cargo build", || {
        build::programs(context, &[&["build"], &ALL_BUT_IT[..], &["--bins"]].concat())
    })?;
    for kind in kinds {
        say(format!("\n{kind}"));
        let cluster = match (*kind, &tools.postgres_url) {
            ("postgres", None) => Some(Cluster::start(context)?),
            _ => None,
        };
        let mut task = context.task(programs.get("pcc-disconnects")?).limit(LIMIT);
        task = task.arg("--server").arg(programs.get("pcc-server")?);
        task = task.arg("--opencode").arg(&tools.opencode);
        task = task.args(["--count", &options.count.to_string()]);
        let own_url = cluster.as_ref().map(|cluster| &cluster.url);
        if *kind == "postgres"
            && let Some(url) = own_url.or(tools.postgres_url.as_ref())
        {
            task = task.args(["--database-url", url]);
        }
        if let Some(seed) = options.seed {
            task = task.args(["--seed", &seed.to_string()]);
        }
        task.run()?;
    }
    Ok(())
}
