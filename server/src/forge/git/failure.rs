//! What git says, cleaned, and what it means.

use std::{io, path::Path, time::Duration};

use crate::forge::ForgeError;

/// Longer sentences of git are of no use to a person.
const MAX_SENTENCE: usize = 300;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git is not installed: run `apt install git` (or your system's equivalent)")]
    Missing,
    #[error("git {0} is too old: 2.38 or newer is needed")]
    TooOld(String),
    #[error("git did not finish within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("git was stopped")]
    Stopped,
    #[error("git answered more than {0} bytes")]
    TooMuchOutput(usize),
    /// What git wrote, without secrets and without paths of this machine.
    #[error("git failed ({}): {message}", .code.map_or_else(|| "killed".to_owned(), |code| code.to_string()))]
    Failed { code: Option<i32>, message: String },
    #[error("git could not be run")]
    Io(#[source] io::Error),
}

impl GitError {
    /// Of a program that did not start in `folder`. The system says the same of a missing program and of a missing
    /// folder, and a repository may be deleted at any time.
    pub(super) fn from_spawn(error: io::Error, folder: Option<&Path>) -> Self {
        let has_folder = folder.is_none_or(Path::exists);
        if error.kind() == io::ErrorKind::NotFound && has_folder {
            Self::Missing
        } else {
            Self::Io(error)
        }
    }

    /// What it means for whoever wanted something of `subject`: a URL, or a repository's name.
    pub fn about(self, subject: &str) -> ForgeError {
        match self {
            Self::Missing | Self::TooOld(_) => ForgeError::Missing(self.to_string()),
            Self::TooMuchOutput(_) => ForgeError::Exhausted(format!("{subject} has too many branches and tags")),
            Self::Io(error) if is_full(&error) => exhausted(),
            Self::Failed { ref message, .. } => match Meaning::of(message) {
                Some(meaning) => meaning.about(subject, self),
                None => unavailable(format!("git failed on {subject}: {}", last_words(message)), self),
            },
            Self::Timeout(after) => unavailable(
                format!("{subject} did not answer in full within {} s", after.as_secs()),
                self,
            ),
            Self::Stopped => unavailable(format!("git was stopped on {subject}"), self),
            Self::Io(_) => unavailable("git could not be run".to_owned(), self),
        }
    }
}

pub(in crate::forge) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

pub(in crate::forge) fn exhausted() -> ForgeError {
    ForgeError::Exhausted("the disk of this server is full".to_owned())
}

fn unavailable(message: String, source: GitError) -> ForgeError {
    ForgeError::Unavailable {
        message,
        source: Some(Box::new(source)),
    }
}

/// The failures a person can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    DiskFull,
    Login,
    Forbidden,
    NoRepository,
    NoRef,
    NoHost,
    HostKey,
    Certificate,
    Redirect,
    Protocol,
    Ownership,
    Broken,
    Unreachable,
}

/// git's sentences (with LC_ALL=C), first match wins: the more specific stand first.
const SIGNS: [(&str, Meaning); 36] = [
    ("no space left on device", Meaning::DiskFull),
    ("disk quota exceeded", Meaning::DiskFull),
    ("could not read username", Meaning::Login),
    ("could not read password", Meaning::Login),
    ("authentication failed", Meaning::Login),
    ("requested url returned error: 401", Meaning::Login),
    ("permission denied (", Meaning::Login),
    ("too many authentication failures", Meaning::Login),
    ("requested url returned error: 403", Meaning::Forbidden),
    ("host key verification failed", Meaning::HostKey),
    ("remote host identification has changed", Meaning::HostKey),
    ("transport '", Meaning::Protocol), // … not allowed
    ("detected dubious ownership", Meaning::Ownership),
    ("couldn't find remote ref", Meaning::NoRef),
    ("repository not found", Meaning::NoRepository),
    ("does not appear to be a git repository", Meaning::NoRepository),
    ("not valid: is this a git repository", Meaning::NoRepository),
    ("requested url returned error: 404", Meaning::NoRepository),
    ("requested url returned error: 410", Meaning::NoRepository),
    ("' not found", Meaning::NoRepository),
    ("could not resolve host", Meaning::NoHost),
    ("requested url returned error: 301", Meaning::Redirect),
    ("requested url returned error: 302", Meaning::Redirect),
    ("requested url returned error: 307", Meaning::Redirect),
    ("requested url returned error: 308", Meaning::Redirect),
    ("ssl certificate problem", Meaning::Certificate),
    ("server certificate verification failed", Meaning::Certificate),
    ("fsck error in packed object", Meaning::Broken),
    ("failed to connect", Meaning::Unreachable),
    ("couldn't connect", Meaning::Unreachable),
    ("connection refused", Meaning::Unreachable),
    ("connection timed out", Meaning::Unreachable),
    ("connection reset", Meaning::Unreachable),
    ("no route to host", Meaning::Unreachable),
    ("requested url returned error: 5", Meaning::Unreachable),
    ("operation too slow", Meaning::Unreachable),
];

impl Meaning {
    fn of(message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        SIGNS
            .iter()
            .find(|(sign, _)| message.contains(sign))
            .map(|(_, meaning)| *meaning)
    }

    fn about(self, subject: &str, error: GitError) -> ForgeError {
        let rejected = |message: String| ForgeError::Rejected(message);
        match self {
            Self::DiskFull => exhausted(),
            Self::Login => ForgeError::LoginRequired(format!("{subject} does not exist or asks for a login")),
            Self::Forbidden => ForgeError::LoginRequired(format!("{subject} does not let this server read it")),
            Self::NoRepository => rejected(format!("there is no git repository at {subject}")),
            Self::NoRef => rejected(format!("{subject} has no such branch or tag")),
            Self::NoHost => rejected(format!("the host of {subject} does not exist")),
            Self::HostKey => rejected(format!(
                "the ssh host key of {subject} is not the one seen before; if that is right, remove it from known_hosts"
            )),
            Self::Certificate => rejected(format!("the certificate of {subject} is not trusted by this server")),
            Self::Redirect => rejected(format!("{subject} has moved: use the address it redirects to")),
            Self::Protocol => rejected(format!("{subject} uses a protocol that is not allowed")),
            Self::Ownership => rejected(format!("{subject} belongs to another user of this machine")),
            Self::Broken => rejected(format!("{subject} holds objects that git considers broken")),
            Self::Unreachable => unavailable(format!("{subject} cannot be reached at the moment"), error),
        }
    }
}

/// The last sentence in which git states a cause.
fn last_words(message: &str) -> String {
    let line = message
        .lines()
        .rev()
        .find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let line = line
        .or_else(|| message.lines().next_back())
        .unwrap_or("it gave no reason");
    line.chars().take(MAX_SENTENCE).collect()
}

/// Text of git without user names and passwords in URLs, without paths of this machine and without control characters.
pub fn scrub(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split(' ').map(scrub_word).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn scrub_word(word: &str) -> String {
    let word: String = word.chars().filter(|c| !c.is_control()).collect();
    if word.contains("://") {
        return without_users(&word);
    }
    let open = word.trim_start_matches(['\'', '"', '(']);
    if open.starts_with('/') && open.len() > 1 {
        let (before, after) = (&word[..word.len() - open.len()], trailing(open));
        return format!("{before}<path>{after}");
    }
    word
}

/// `scheme://user:password@host/…`, as often as it occurs, without the user and the password.
fn without_users(word: &str) -> String {
    let mut pieces = word.split("://");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |clean, piece| {
        let authority = piece.find('/').unwrap_or(piece.len());
        // The last `@`: a password may hold one.
        let host = piece[..authority].rfind('@').map_or(0, |at| at + 1);
        clean + "://" + &piece[host..]
    })
}

fn trailing(word: &str) -> &str {
    &word[word.trim_end_matches(['\'', '"', ')', ':', ',', '.', ';']).len()..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scrubs_secrets_and_paths() {
        for (text, clean) in [
            (
                "fatal: unable to access 'https://me:p@ss@h/x/': no",
                "fatal: unable to access 'https://h/x/': no",
            ),
            (
                "fatal: '/srv/data/a.git' does not appear",
                "fatal: '<path>' does not appear",
            ),
            ("error: cannot lock /srv/a.git/HEAD.lock:", "error: cannot lock <path>:"),
            ("ssh://git@h/x", "ssh://h/x"),
            ("a://u:p@h/x,b://v:q@i/y", "a://h/x,b://i/y"),
            ("file:///srv/a.git", "file:///srv/a.git"),
            ("a / b", "a / b"),
            ("\u{1b}[31mred", "[31mred"),
        ] {
            assert_eq!(scrub(text), clean);
        }
    }

    #[test]
    fn sorts_what_git_says() {
        for (message, meaning) in [
            (
                "fatal: could not read Username for 'https://h': terminal prompts disabled",
                Meaning::Login,
            ),
            (
                "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                Meaning::Login,
            ),
            ("fatal: repository 'https://h/x/' not found", Meaning::NoRepository),
            (
                "ERROR: Repository not found.\nfatal: Could not read from remote repository.",
                Meaning::NoRepository,
            ),
            (
                "fatal: '<path>' does not appear to be a git repository",
                Meaning::NoRepository,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 503",
                Meaning::Unreachable,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 301",
                Meaning::Redirect,
            ),
            ("fatal: transport 'file' not allowed", Meaning::Protocol),
            (
                "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
                Meaning::DiskFull,
            ),
        ] {
            assert_eq!(Meaning::of(message), Some(meaning), "{message}");
        }
        assert_eq!(Meaning::of("fatal: something new"), None);
    }

    proptest! {
        #[test]
        fn no_password_survives(user in "[a-z]{1,5}", tail in "[a-z/@:' ]{0,12}") {
            let clean = scrub(&format!("x 'https://{user}:hunter2@h/{tail}"));
            prop_assert!(!clean.contains("hunter2"), "{}", clean);
        }

        #[test]
        fn scrubbing_never_panics(text in any::<String>()) {
            scrub(&text);
        }
    }
}
