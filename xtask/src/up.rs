//! `cargo xtask up`: from a fresh checkout to a running server in the foreground.
//!
//! The server alone decides how it ends: signals are passed on to it, and its status becomes ours.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::Signal;

use crate::build::{self, Programs};
use crate::context::Context;
use crate::demo::Model;
use crate::group::{Group, PAUSE};
use crate::step::{say, timed, warn};
use crate::{front_end, setup};

/// What the server gets to end after the first signal. It closes its connections and leaves its agents running.
const STOP_LIMIT: Duration = Duration::from_secs(45);

#[derive(clap::Args)]
pub struct Options {
    /// Start a scripted model on loopback too, so that agents answer without any model key
    #[arg(long)]
    demo: bool,
    /// The address of the server [default: the server's own, 127.0.0.1:3001]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the server keeps its data
    #[arg(long, value_name = "FOLDER", default_value = ".pcc/data")]
    data_dir: PathBuf,
    /// Build with optimizations
    #[arg(long)]
    release: bool,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<ExitCode> {
    let agent = setup::agent_for_up(context)?;
    front_end::build(context)?;
    let programs = timed("cargo build", || build(context, options))?;
    let mut model = match options.demo {
        true => Some(Model::start(context, programs.get("pcc-fake-llm")?)?),
        false => None,
    };
    say_next_steps(context, &programs, options)?;

    let mut command = Command::new(programs.get("pcc-server")?);
    command
        .arg("serve")
        .arg("--data-dir")
        .arg(context.root.join(&options.data_dir));
    if let Some(address) = &options.listen {
        command.args(["--listen", address]);
    }
    command.env("PCC_AGENT_COMMAND", agent);
    if let Some(model) = &model {
        command.env("PCC_AGENT_CONFIG", &model.config);
    }
    command.current_dir(&context.root).stdin(Stdio::null());
    let server = Group::spawn(&mut command).context("the server could not be started")?;
    let status = stay(context, server, model.as_mut())?;
    Ok(exit_code(status))
}

fn build(context: &Context, options: &Options) -> anyhow::Result<Programs> {
    let mut arguments = vec!["build", "-p", "server", "-p", "client", "--bins"];
    if options.demo {
        arguments.extend(["-p", "fakes"]);
    }
    if options.release {
        arguments.push("--release");
    }
    build::programs(context, &arguments)
}

fn say_next_steps(context: &Context, programs: &Programs, options: &Options) -> anyhow::Result<()> {
    let pcc = context.shown(programs.get("pcc")?).to_string();
    say("\nOnce the server is up, open the pairing link that it prints below in a browser. Or in a second terminal:");
    say(format!("  {pcc} pair LINK           with the pairing link"));
    say(format!(
        "  {pcc} new hello           an empty project; --help knows how to clone one"
    ));
    say(format!("  {pcc} chat hello \"Hi\"     ask its agent"));
    if !options.demo && std::env::var_os("PCC_AGENT_CONFIG").is_none() {
        say(
            "Agents have no model key yet: set PCC_AGENT_CONFIG to an OpenCode configuration with a provider, or use --demo.",
        );
    }
    say("Ctrl-C ends the server; projects stay.\n");
    Ok(())
}

/// Until the server has ended.
fn stay(context: &Context, mut server: Group, mut model: Option<&mut Model<'_>>) -> anyhow::Result<ExitStatus> {
    let mut deadline = None;
    loop {
        if let Some(status) = server.try_wait()? {
            return Ok(status);
        }
        if let Some(signal) = context.signals.take() {
            server.signal(signal);
            deadline.get_or_insert_with(|| Instant::now() + STOP_LIMIT);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            warn(format!(
                "The server did not end within {} s and is killed.",
                STOP_LIMIT.as_secs()
            ));
            server.signal(Signal::KILL);
            deadline = Some(Instant::now() + STOP_LIMIT);
        }
        if let Some(model) = model.as_deref_mut().filter(|_| deadline.is_none()) {
            model.keep_alive();
        }
        thread::sleep(PAUSE);
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let by_signal = status.signal().map(|signal| 128 + signal);
    ExitCode::from(
        status
            .code()
            .or(by_signal)
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    )
}
