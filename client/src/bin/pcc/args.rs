//! The command line.

mod actions;
mod times;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use actions::{Format, GithubAction, InboxAction, SessionAction};
pub use times::SleepAfter;
use times::{seconds, sleep_after};

/// Steer coding agents on your own machines.
#[derive(Debug, Parser)]
#[command(name = "pcc", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Print JSON and nothing else: one value, or one line for each event of a stream. Errors are JSON on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// The server, when it is not the paired one. Its token comes from PCC_TOKEN.
    #[arg(long, global = true, env = "PCC_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// How long to wait at most for work or an answer to end.
    #[arg(long, global = true, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    pub timeout: Duration,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make this machine known to a server, by the link it printed.
    Pair {
        /// `http(s)://host:port/pair#CODE`, or `-` to read it from standard input.
        link: String,
        /// What the server calls this device; the host's name if left out.
        #[arg(long)]
        name: Option<String>,
    },
    /// List the projects.
    Projects,
    /// Show one project.
    Project(Target),
    /// Create a project and wait until it runs.
    New(New),
    /// Start a project's agent.
    Start(Work),
    /// Stop a project's agent. Its files stay.
    Stop(Work),
    /// Stop a project's agent and start it again.
    Restart(Work),
    /// Put a project's agent to sleep now, or say when it sleeps by itself. It wakes with the next prompt.
    Sleep {
        #[command(flatten)]
        work: Work,
        /// After how long without work it sleeps, such as 90s, 30m or 2h; `never`, or `default` for the server's setting.
        #[arg(long, value_name = "TIME", value_parser = sleep_after)]
        after: Option<SleepAfter>,
    },
    /// Wake a project's agent before anything is asked of it.
    Wake(Work),
    /// Delete a project.
    Rm {
        #[command(flatten)]
        work: Work,
        /// Keep its repository on the server.
        #[arg(long)]
        keep_repository: bool,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Try a failed operation again.
    Retry(OperationWork),
    /// Cancel an operation.
    Cancel {
        /// The operation's id.
        operation: String,
    },
    /// List the agents that a project's prompts can go to.
    Agents(Target),
    /// List the models that a project's prompts can go to.
    Models(Target),
    /// List the commands that a project's agent knows.
    Commands(Target),
    /// List a project's sessions.
    Sessions {
        #[command(flatten)]
        target: Target,
        /// Those that were put away instead.
        #[arg(long)]
        archived: bool,
    },
    /// What an agent has set itself to do in a session.
    Todos {
        /// The session's id.
        session: String,
    },
    /// What agents used: tokens and US dollars, today and in all; of one project also by day.
    Usage {
        /// The project's slug or id; all projects if left out.
        project: Option<String>,
        /// How many days back.
        #[arg(long, requires = "project", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=366))]
        days: i64,
    },
    /// What becomes of one session: renamed, copied, taken back, summed up, put away, deleted.
    #[command(subcommand)]
    Session(SessionAction),
    /// Talk to a project's agent. Ctrl-C ends the turn, a second one the command.
    Chat(Chat),
    /// What the agents of all projects wait for. On a terminal it asks for one answer after the other.
    Inbox {
        #[command(subcommand)]
        action: Option<InboxAction>,
    },
    /// Let an agent go on with a turn in the middle of which it was restarted.
    Continue {
        /// The session's id.
        session: String,
    },
    /// Print what a project's agent wrote to its log.
    Logs {
        #[command(flatten)]
        target: Target,
        /// How many lines at most.
        #[arg(long, short = 'n', default_value_t = 200, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        lines: i64,
    },
    /// List a folder of a project's workspace, or show a file.
    Files(Files),
    /// Show what differs in a project's workspace from its last commit.
    Diff(Diff),
    /// List the commits of the branch that is checked out in a project's workspace.
    Log {
        #[command(flatten)]
        target: Target,
        /// How many commits at most.
        #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        count: u16,
    },
    /// Print events: those after a cursor until now, or with `--follow` also those to come.
    Events {
        /// Go on with what is to come; without `--after` from now.
        #[arg(long, short)]
        follow: bool,
        /// Begin after this cursor.
        #[arg(long, value_name = "CURSOR", required_unless_present = "follow")]
        after: Option<String>,
        /// Only those of one project.
        #[arg(long, short)]
        project: Option<String>,
    },
    /// The account at GitHub by which this server lists and clones repositories. Without more it shows it.
    Github {
        #[command(subcommand)]
        action: Option<GithubAction>,
    },
    /// List the machines that projects run on.
    Servers,
    /// List the devices that know a token.
    Devices,
    /// Tell how to clone a project's repository.
    Clone(Target),
    /// Print a completion script for a shell.
    Completions { shell: Shell },
}

#[derive(Debug, Args)]
pub struct Target {
    /// The project's slug or id.
    pub project: String,
}

#[derive(Debug, Args)]
pub struct Work {
    #[command(flatten)]
    pub target: Target,
    /// Do not wait for the end.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Args)]
pub struct OperationWork {
    /// The operation's id.
    pub operation: String,
    /// Do not wait for the end.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Allow {
    /// What only reads, inside the workspace.
    Reads,
    /// Reading and changes of files, inside the workspace.
    Edits,
    /// Everything, wherever it reaches.
    Everything,
}

#[derive(Debug, Args)]
pub struct New {
    /// The project's name.
    pub name: String,
    /// Begin with a clone of this repository, an address or `owner/name` at GitHub; without it the project is empty.
    #[arg(long, value_name = "REPOSITORY")]
    pub git: Option<String>,
    /// The branch, tag or commit to begin with.
    #[arg(long, value_name = "REF", requires = "git")]
    pub r#ref: Option<String>,
    /// Its short name in addresses; made from the name if left out.
    #[arg(long)]
    pub slug: Option<String>,
    /// What its agent need not ask, from its first prompt on; it asks everything if left out.
    #[arg(long, value_name = "WHAT")]
    pub allow: Option<Allow>,
    /// Do not wait for the end.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Args)]
pub struct Files {
    #[command(flatten)]
    pub target: Target,
    /// A folder to list, or a file to show; the workspace itself if left out.
    #[arg(default_value = "")]
    pub path: String,
    /// Show a file from this line on.
    #[arg(long, value_name = "LINE", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    pub from: i64,
    /// How many lines of a file at most.
    #[arg(long, short = 'n', default_value_t = 2_000, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    pub lines: i64,
    /// Find files by a few letters of their paths instead.
    #[arg(long, value_name = "LETTERS", conflicts_with_all = ["path", "search"])]
    pub find: Option<String>,
    /// Search the text of files instead.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Take the text that is searched for as a regular expression.
    #[arg(long, requires = "search")]
    pub regex: bool,
}

#[derive(Debug, Args)]
pub struct Diff {
    #[command(flatten)]
    pub target: Target,
    /// Only these files and folders.
    pub paths: Vec<String>,
    /// Only which files differ, with their lines.
    #[arg(long)]
    pub stat: bool,
    /// Unchanged lines around a change.
    #[arg(long, short = 'U', default_value_t = 3, value_parser = clap::value_parser!(i64).range(0..=100))]
    pub context: i64,
    /// Show generated files too.
    #[arg(long)]
    pub generated: bool,
}

#[derive(Debug, Args)]
pub struct Chat {
    #[command(flatten)]
    pub target: Target,
    /// What to ask. Without it, it is read from standard input; on a terminal, line by line.
    pub prompt: Vec<String>,
    /// Run this command; what would be the prompt are its arguments. See `pcc commands`.
    #[arg(long, value_name = "NAME")]
    pub command: Option<String>,
    /// Attach this file: an image, a PDF or a text.
    #[arg(long, value_name = "PATH")]
    pub file: Vec<PathBuf>,
    /// Point at this file or folder of the project's workspace.
    #[arg(long, value_name = "PATH")]
    pub at: Vec<String>,
    /// Go on in this session; without it in the latest one.
    #[arg(long, value_name = "ID", conflicts_with = "new")]
    pub session: Option<String>,
    /// Begin a new session.
    #[arg(long)]
    pub new: bool,
    /// The agent to ask: see `pcc agents`.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// The model to ask: see `pcc models`. The session goes on with it.
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub model: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn reads_events_only_from_somewhere() {
        assert!(Arguments::try_parse_from(["pcc", "events"]).is_err());
        assert!(Arguments::try_parse_from(["pcc", "events", "--follow"]).is_ok());
        assert!(Arguments::try_parse_from(["pcc", "events", "--after", "c"]).is_ok());
        assert!(Arguments::try_parse_from(["pcc", "new", "x", "--ref", "main"]).is_err());
        assert!(Arguments::try_parse_from(["pcc", "--timeout", "-1", "projects"]).is_err());
        assert!(Arguments::try_parse_from(["pcc", "--timeout", "1e300", "projects"]).is_err());
    }
}
