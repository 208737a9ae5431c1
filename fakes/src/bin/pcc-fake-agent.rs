//! `pcc-fake-agent`: the light stand-in for OpenCode, started as OpenCode is (`serve --port N`).

use std::{env, path::PathBuf, time::Duration};

use anyhow::Context;
use fakes::agent::{Options, VERSION, serve};
use tokio::net::TcpListener;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--version") {
        println!("{VERSION}");
        return Ok(());
    }
    let port = arguments.iter().skip_while(|argument| *argument != "--port").nth(1);
    let port: u16 = port.context("--port is missing")?.parse()?;
    let variable = |name: &str| env::var(name).with_context(|| format!("{name} is not set"));
    let options = Options {
        username: variable("OPENCODE_SERVER_USERNAME")?,
        password: variable("OPENCODE_SERVER_PASSWORD")?,
        token_delay: Duration::from_millis(8),
    };
    let home = PathBuf::from(variable("HOME")?);
    // One thread: many of them run at once.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        serve(listener, &home, &env::current_dir()?, options).await
    })
}
