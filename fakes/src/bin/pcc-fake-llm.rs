//! The scripted model as a program, for the demo and for tests of other programs.

use std::{
    io::{Write, stdout},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use fakes::llm::{Llm, Options, opencode_config};
use tokio::signal::unix::{SignalKind, signal};

/// A scripted language model that speaks OpenAI's chat completions. It prints its URL, then serves until it is stopped.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Demand this API key.
    #[arg(long, env = "PCC_FAKE_LLM_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Milliseconds before each word, where the prompt does not say.
    #[arg(long, default_value_t = 30)]
    token_delay_ms: u64,
    /// Write the OpenCode configuration that uses this model to a file, once the model listens.
    #[arg(long, value_name = "FILE")]
    config_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let options = Options {
        key: arguments.key,
        token_delay: Duration::from_millis(arguments.token_delay_ms),
    };
    let llm = Llm::listen(arguments.listen, options)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    if let Some(file) = &arguments.config_file {
        write_config(file, &llm.url()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    writeln!(stdout(), "{}", llm.url()).context("cannot print the address")?;
    tokio::select! {
        _ = terminate.recv() => (),
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for SIGINT")?,
    }
    Ok(())
}

/// Whole or not at all: whoever waits for the file reads it as soon as it is there.
fn write_config(file: &Path, url: &str) -> std::io::Result<()> {
    let partial = file.with_extension("partial");
    std::fs::write(&partial, opencode_config(url).to_string())?;
    std::fs::rename(partial, file)
}
