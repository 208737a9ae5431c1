//! `cargo xtask torture`: builds the server with its failpoints and has it killed, on both databases.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

use crate::context::Context;
use crate::postgres::Cluster;
use crate::tauri_app::ALL_BUT_IT;
use crate::{build, front_end, setup};

/// A thousand kills take most of an hour.
const LIMIT: Duration = Duration::from_secs(6 * 3600);
/// For `cargo xtask test`: enough to see that the proof itself works.
pub const SHORT: [&str; 6] = ["--kills", "6", "--seed", "1", "--agent", "light"];

/// As the tests are built (the test target is what makes cargo choose their features), so that no dependency is built
/// twice for it.
const BUILD: [&str; 10] = [
    "--bin",
    "pcc-server",
    "--bin",
    "pcc-fake-agent",
    "--bin",
    "torture",
    "--test",
    "checker",
    "--features",
    "server/failpoints",
];

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Options {
    /// Passed on: `cargo xtask torture --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<()> {
    with(context, &options.arguments)
}

pub fn with(context: &Context, arguments: &[impl AsRef<std::ffi::OsStr>]) -> anyhow::Result<()> {
    let tools = setup::tools_for_proofs(context)?;
    front_end::graphiql(context)?;
    let programs = build::programs(context, &[&["build"], &ALL_BUT_IT[..], &BUILD].concat())?;
    // A copy: the next build puts a server without failpoints in that place.
    let folder = context.root.join("target/torture");
    let server = folder.join("pcc-server");
    let built = programs.get("pcc-server")?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(built, &server))
        .with_context(|| format!("cannot write {}", server.display()))?;
    let cluster = match tools.postgres_url {
        Some(_) => None,
        None => Some(Cluster::start(context)?),
    };
    let url = cluster
        .as_ref()
        .map(|cluster| &cluster.url)
        .or(tools.postgres_url.as_ref());
    let mut task = context
        .task(programs.get("torture")?)
        .args(arguments)
        .env("PCC_TORTURE_SERVER", &server)
        .env("PCC_TORTURE_AGENT", programs.get("pcc-fake-agent")?)
        .env("PCC_TEST_OPENCODE", &tools.opencode)
        .limit(LIMIT);
    if let Some(url) = url {
        task = task.env("PCC_TEST_POSTGRES_URL", url);
    }
    Ok(task.run()?)
}
