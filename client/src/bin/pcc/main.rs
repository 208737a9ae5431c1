//! `pcc`: the graph from a shell.
//!
//! Standard output holds the answer and nothing else; progress, questions and errors go to standard error. Exit codes:
//! 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C.

mod access;
mod args;
mod chat;
mod choices;
mod config;
mod context;
mod decide;
mod diff;
mod events;
mod export;
mod files;
mod github;
mod inbox;
mod lines;
mod output;
mod projects;
mod session;
mod sleep;
mod usage;
mod work;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{
    args::{Arguments, Command},
    context::Context,
    output::{Complaint, Output},
};

#[tokio::main]
async fn main() -> ExitCode {
    client::install_tls_provider();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    let output = Output::new(arguments.global.json);
    let code = match run(arguments, output).await {
        Ok(()) => 0,
        Err(error) => {
            output.error(&error);
            error
                .downcast_ref::<Complaint>()
                .map_or(1, |complaint| complaint.exit_code)
        }
    };
    // Not by returning: a thread that reads standard input would hold the program until the next line.
    std::process::exit(code)
}

async fn run(arguments: Arguments, output: Output) -> Result<()> {
    let global = arguments.global;
    let context = || Context::open(&global, output);
    match arguments.command {
        Command::Pair { link, name } => access::pair(&link, name, output).await,
        Command::Projects => projects::list(&context()?).await,
        Command::Project(target) => projects::show(&context()?, &target).await,
        Command::New(new) => projects::create(&context()?, new).await,
        Command::Start(work) => projects::start(&context()?, &work).await,
        Command::Stop(work) => projects::stop(&context()?, &work).await,
        Command::Restart(work) => projects::restart(&context()?, &work).await,
        Command::Sleep { work, after } => sleep::sleep(&context()?, &work, after).await,
        Command::Wake(work) => sleep::wake(&context()?, &work).await,
        Command::Rm {
            work,
            keep_repository,
            yes,
        } => projects::remove(&context()?, &work, keep_repository, yes).await,
        Command::Retry(retry) => work::retry(&context()?, &retry).await,
        Command::Cancel { operation } => work::cancel(&context()?, &operation).await,
        Command::Agents(target) => choices::agents(&context()?, &target).await,
        Command::Models(target) => choices::models(&context()?, &target).await,
        Command::Commands(target) => choices::commands(&context()?, &target).await,
        Command::Sessions { target, archived } => chat::list(&context()?, &target, archived).await,
        Command::Todos { session } => session::todos(&context()?, &session).await,
        Command::Usage { project, days } => usage::usage(&context()?, project, days).await,
        Command::Session(action) => session::run(&context()?, action).await,
        Command::Chat(chat) => chat::chat(&context()?, chat).await,
        Command::Inbox { action } => inbox::run(&context()?, action).await,
        Command::Continue { session } => chat::go_on(&context()?, &session).await,
        Command::Logs { target, lines } => projects::logs(&context()?, &target, lines).await,
        Command::Files(files) => files::files(&context()?, files).await,
        Command::Diff(diff) => diff::diff(&context()?, diff).await,
        Command::Log { target, count } => files::log(&context()?, &target, count).await,
        Command::Events {
            follow: true,
            after,
            project,
        } => events::follow(&context()?, after, project).await,
        Command::Events {
            follow: false,
            after,
            project,
        } => events::until_now(&context()?, after, project).await,
        Command::Github { action } => github::run(&context()?, action).await,
        Command::Servers => access::servers(&context()?).await,
        Command::Devices => access::devices(&context()?).await,
        Command::Clone(target) => projects::clone_line(&context()?, &target).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "pcc", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// Help and version are no errors; anything else is wrong usage, told in JSON to who asked for it.
fn misused(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !is_help && std::env::args().any(|argument| argument == "--json") {
        // The first paragraph is the reason; usage and hints follow.
        let text = error.render().to_string();
        let reason = text
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        Output::new(true).error(&Complaint::usage(reason).into());
    } else {
        // Nothing can be done about a closed terminal.
        error.print().ok();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
