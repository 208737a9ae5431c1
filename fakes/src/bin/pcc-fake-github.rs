//! The double of GitHub as a program, for the demo and for tests of other programs.

use std::{
    io::{Write, stdout},
    net::SocketAddr,
};

use anyhow::Context;
use clap::Parser;
use fakes::github::{GitHub, Options, Repository};
use tokio::signal::unix::{SignalKind, signal};

/// A double of GitHub, which is one person's. It prints its URL, then serves until it is stopped; REST is below /api/v3,
/// and what people do is said to /control.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The client id of the OAuth app it knows.
    #[arg(long, default_value = "Iv1.fake")]
    client_id: String,
    /// Seconds between two questions about a code.
    #[arg(long, default_value_t = 1)]
    interval: u64,
    /// Seconds for which a code is good.
    #[arg(long, default_value_t = 900)]
    expires_in: u64,
    /// Whose it is.
    #[arg(long, default_value = "octo")]
    login: String,
    /// A token that is good from the start; it is printed after the URL.
    #[arg(long)]
    with_token: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let options = Options {
        client_id: arguments.client_id,
        interval: arguments.interval,
        expires_in: arguments.expires_in,
        repositories: repositories(&arguments.login),
        login: arguments.login,
        ..Options::default()
    };
    let github = GitHub::listen(arguments.listen, options)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let token = arguments.with_token.then(|| github.make_token());
    let lines = [Some(github.url()), token];
    for line in lines.into_iter().flatten() {
        writeln!(stdout(), "{line}").context("cannot print the address")?;
    }
    tokio::select! {
        _ = terminate.recv() => (),
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for SIGINT")?,
    }
    Ok(())
}

/// A few of each kind, and enough for more than one page.
fn repositories(login: &str) -> Vec<Repository> {
    let repository = |name: &str, description: &str, day: usize| Repository {
        full_name: name.to_owned(),
        description: Some(description.to_owned()).filter(|text| !text.is_empty()),
        private: false,
        fork: false,
        archived: false,
        pushed_at: Some(format!("2026-11-{day:02}T09:30:00Z")),
    };
    let mut all = vec![
        Repository {
            private: true,
            ..repository(
                &format!("{login}/kitchen-garden"),
                "What grows where, and when to water it",
                29,
            )
        },
        repository(
            &format!("{login}/weather-station"),
            "Sensors on the roof, a page in the hall",
            28,
        ),
        Repository {
            fork: true,
            ..repository(&format!("{login}/static-site"), "", 27)
        },
        Repository {
            private: true,
            ..repository("harbour-works/tide-tables", "Tides for small harbours", 26)
        },
        Repository {
            archived: true,
            ..repository(&format!("{login}/old-blog"), "Kept for its pictures", 2)
        },
    ];
    all.extend((1..=120).map(|number| Repository {
        pushed_at: Some(format!("2025-{:02}-{:02}T08:00:00Z", 1 + number % 12, 1 + number % 28)),
        ..repository(&format!("{login}/exercise-{number:03}"), "", 1)
    }));
    all.push(Repository {
        pushed_at: None,
        ..repository(&format!("{login}/brand-new"), "", 1)
    });
    all
}
