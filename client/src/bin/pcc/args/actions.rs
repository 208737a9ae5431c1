//! What can be done with one session, with one decision, and with the account at GitHub.

use clap::Subcommand;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Format {
    Markdown,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum SessionAction {
    /// Give it another title, which the agent keeps.
    Rename {
        /// The session's id.
        session: String,
        title: String,
    },
    /// Begin another session as a copy of it.
    Fork {
        /// The session's id.
        session: String,
        /// Copy only what came before this message.
        #[arg(long, value_name = "MESSAGE")]
        before: Option<String>,
        /// The title of the copy; the agent finds one if left out.
        #[arg(long)]
        title: Option<String>,
    },
    /// Take it and the files its agent changed back to before a prompt. The next prompt makes that final.
    Revert {
        /// The session's id.
        session: String,
        /// The prompt's id.
        message: String,
    },
    /// Undo a revert, as long as nothing was said since.
    Unrevert {
        /// The session's id.
        session: String,
    },
    /// Have what was said summed up; the model goes on from the summary.
    Summarize {
        /// The session's id.
        session: String,
    },
    /// Show what its turns changed in files: of all turns, or the diff of one.
    Changes {
        /// The session's id.
        session: String,
        /// The prompt of the turn.
        #[arg(long, value_name = "MESSAGE")]
        turn: Option<String>,
        /// Show generated files too.
        #[arg(long, requires = "turn")]
        generated: bool,
    },
    /// Write it out, as Markdown or with everything that is kept as JSON.
    Export {
        /// The session's id.
        session: String,
        /// How it is written.
        #[arg(long, value_enum, default_value_t = Format::Markdown)]
        format: Format,
        /// Into this file; to standard output if left out.
        #[arg(long, short, value_name = "FILE")]
        output: Option<std::path::PathBuf>,
    },
    /// Put it away: it is left out of lists.
    Archive {
        /// The session's id.
        session: String,
    },
    /// Take it out again.
    Unarchive {
        /// The session's id.
        session: String,
    },
    /// Delete it for good.
    Rm {
        /// The session's id.
        session: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum InboxAction {
    /// Give leave, this once.
    Allow {
        /// The decision's id.
        decision: String,
        /// Also for what fits the patterns it names, until the agent is restarted.
        #[arg(long)]
        always: bool,
    },
    /// Refuse. Without a message the agent's turn ends.
    Deny {
        /// The decision's id.
        decision: String,
        /// What the agent is to do instead; its turn goes on.
        #[arg(long, short)]
        message: Option<String>,
    },
    /// Answer a question.
    Answer {
        /// The decision's id.
        decision: String,
        /// For each thing it asks, an option, its number, or words of your own; several options separated by commas.
        #[arg(required = true)]
        answers: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum GithubAction {
    /// Sign in: it prints a code to type in at GitHub and waits.
    Login {
        /// Sign in with a token that was made at GitHub, read from standard input.
        #[arg(long)]
        token_stdin: bool,
    },
    /// Sign out. Projects stay as they are.
    Logout,
    /// List the repositories that the account reaches, those pushed to last first.
    Repositories {
        /// Words that owner and name have in them.
        search: Vec<String>,
        /// How many at most.
        #[arg(long, short = 'n', default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=100))]
        count: u16,
    },
}
