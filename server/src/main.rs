//! `pcc-server`: serves, and does what is asked of it on its own machine.
//!
//! rustls is told which cryptography to use before anything else: with more than one in the program it would panic at
//! the first connection. The workspace builds only aws-lc-rs; this line keeps it working should another one come in.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt::Write as _,
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::ExposeSecret;
use server::{
    app::App,
    auth::{self, Access},
    caller::Scope,
    clock::Clock,
    config::{Config, LogFormat, Overrides},
    data_dir,
    db::Database,
    events::EventLog,
    schema,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// An answer is thousands of small values that are made and dropped by several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "pcc-server", version, about = "The server of Portable Command Center.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is told to end.
    Serve(ServeArgs),
    /// Tokens, which devices and scripts prove themselves with.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Prints a one-time link that pairs a device with everything allowed.
    Pair(Place),
    /// Prints the GraphQL schema.
    Schema,
    /// Asks a running server whether it is ready; ends with 0 if it is.
    Health {
        /// Its address.
        #[arg(long, default_value = "http://127.0.0.1:3001")]
        url: String,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Makes a token and prints it, and nothing else. The server may be running.
    Create {
        /// A name for whoever uses it.
        #[arg(long)]
        name: String,
        /// What it may do: read, steer, manage or admin. Each includes those before it.
        #[arg(long, value_parser = scope)]
        scope: Scope,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args)]
struct ServeArgs {
    /// The address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Where the data is.
#[derive(Args)]
struct Place {
    /// The folder everything is kept in.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite://… or postgres://…; a file in the data folder when left out.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// A file with settings; `config.default.toml` in the source shows them all.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// The command that pairs a device with a server that was started with these: without them it would make a link for
    /// another one. A URL is not repeated, since it may hold a password.
    fn pair_command(&self) -> String {
        let program = std::env::args_os().next().unwrap_or_else(|| "pcc-server".into());
        let mut words = vec![program.to_string_lossy().into_owned(), "pair".to_owned()];
        if let Some(folder) = &self.data_dir {
            words.extend(["--data-dir".to_owned(), folder.clone()]);
        }
        if let Some(file) = &self.config {
            words.extend(["--config".to_owned(), file.display().to_string()]);
        }
        let mut command = words.iter().map(|word| for_a_shell(word)).collect::<Vec<_>>().join(" ");
        if self.database_url.is_some() {
            command += " --database-url URL";
        }
        command
    }
}

fn for_a_shell(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if word.bytes().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', "'\\''")).into()
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    let names: Vec<_> = Scope::ALL.into_iter().map(Scope::name).collect();
    Scope::from_name(name).ok_or_else(|| format!("a scope is one of {}", names.join(", ")))
}

#[tokio::main]
async fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    server::failpoints::begin();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match run(Cli::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pcc-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve(args).await?,
        Command::Token {
            command: TokenCommand::Create { name, scope, place },
        } => {
            let paired = access(place)
                .await?
                .create_token(&name, BTreeSet::from([scope]))
                .await?;
            say(&format!("{}\n", paired.token.expose_secret()));
        }
        Command::Pair(place) => {
            let config = load(&place, None)?;
            let pairing = access_of(&config)
                .await?
                .pair_from_here(BTreeSet::from([Scope::Admin]))
                .await?;
            let link = config.public_url()?.pairing_link(pairing.code.expose_secret());
            say(&pairing_text(&link));
        }
        Command::Schema => say(&schema::sdl()),
        Command::Health { url } => return health(&url).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn load(place: &Place, listen: Option<String>) -> anyhow::Result<Config> {
    let overrides = Overrides {
        file: place.config.clone(),
        listen,
        data_dir: place.data_dir.clone(),
        database_url: place.database_url.clone(),
    };
    Ok(Config::load(overrides)?)
}

async fn access(place: Place) -> anyhow::Result<Access> {
    access_of(&load(&place, None)?).await
}

/// Access to devices beside a server that may be running: the database takes care of both.
async fn access_of(config: &Config) -> anyhow::Result<Access> {
    let folder = config.data_dir()?;
    data_dir::make(&folder)?;
    let db = Database::open(config.database_url(&folder).expose_secret()).await?;
    let clock = Clock::system();
    let events = EventLog::open(db.clone(), clock.clone()).await?;
    Ok(Access::new(db, events, clock))
}

async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let mut config = load(&args.place, args.listen)?;
    start_logging(&config)?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("figures cannot be kept")?;
    // Before anything is touched: a port that is taken is the most common mistake.
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: choose another address with --listen or PCC_LISTEN",
            config.listen
        )
    })?;
    // Port 0 asks for any free one.
    config.listen = listener.local_addr().context("the listener has no address")?;
    let stop = CancellationToken::new();
    let app = App::build(&config, metrics, stop.clone()).await?;
    greet(&app, &args.place).await?;
    tokio::spawn(end_on_signal(stop));
    app.serve(listener).await.context("the server failed")
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.level).context("log.level is not a log filter")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// What somebody who has just started it wants to know.
async fn greet(app: &App, place: &Place) -> Result<(), auth::Error> {
    let mut words = format!(
        "Portable Command Center is at {}\nGraphiQL is at {}\n",
        app.public_url.as_str(),
        app.public_url.graphiql()
    );
    for shortcoming in &app.shortcomings {
        words += &format!("Missing: {shortcoming}\n");
    }
    if app.access.has_devices().await? {
        let _ = writeln!(words, "To pair another device: {}", place.pair_command());
    } else {
        let pairing = app.access.pair_from_here(BTreeSet::from([Scope::Admin])).await?;
        let link = app.public_url.pairing_link(pairing.code.expose_secret());
        words += "Pair your first device within 10 minutes:\n";
        words += &pairing_text(&link);
    }
    say(&words);
    Ok(())
}

/// Nobody reading along is no reason to end.
fn say(words: &str) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(words.as_bytes()).and_then(|()| stdout.flush());
}

/// The link, and for a person at a terminal the same as a QR code.
fn pairing_text(link: &str) -> String {
    match fast_qr::QRBuilder::new(link).build() {
        Ok(code) if std::io::stdout().is_terminal() => format!("{link}\n{}\n", code.to_str()),
        _ => format!("{link}\n"),
    }
}

async fn end_on_signal(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be waited for");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("ending; agents go on and are taken up by the next start");
    stop.cancel();
}

async fn health(url: &str) -> anyhow::Result<ExitCode> {
    let http = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(5))
        .no_proxy()
        .build()?;
    let answer = http.get(format!("{}/readyz", url.trim_end_matches('/'))).send().await?;
    let is_ready = answer.status().is_success();
    say(&answer.text().await?);
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
