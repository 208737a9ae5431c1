//! What git said when it failed, made fit to be shown, and what it means for trying again.

use std::path::Path;

use super::{folder::InstanceFolder, git::Output};
use crate::containers::HostError;

const WORDS_LIMIT: usize = 400;

pub(super) fn succeeded(what: &str, folder: &InstanceFolder, output: &Output) -> Result<(), HostError> {
    if output.is_success {
        return Ok(());
    }
    let words = presentable(&output.stderr, folder.path());
    let message = format!("{what}: {words}");
    let says = |parts: &[&str]| parts.iter().any(|part| output.stderr.contains(part));
    let full = ["No space left on device", "Disk quota exceeded"];
    let refused = [
        "does not exist",
        "does not appear to be a git repository",
        "not found",
        "Authentication failed",
        "could not read Username",
        "Permission denied (publickey",
        "Host key verification failed",
    ];
    if says(&full) {
        Err(HostError::Exhausted(format!("the disk is full: {message}")))
    } else if says(&refused) {
        Err(HostError::Rejected(message))
    } else {
        Err(HostError::unavailable(message))
    }
}

/// What git said, for people: the lines that matter, without passwords in URLs and without our own paths.
fn presentable(stderr: &str, folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    let lines = stderr.lines().filter(|line| !line.starts_with("Cloning into"));
    let telling = |line: &&str| line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("remote:");
    let mut chosen: Vec<_> = lines.clone().filter(telling).collect();
    if chosen.is_empty() {
        chosen = lines.collect();
    }
    let text = chosen.join("; ").replace(folder.as_ref(), "");
    let words = text.split(' ').map(without_userinfo).collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(WORDS_LIMIT).collect()
}

fn without_userinfo(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_made_presentable() {
        let said = "Cloning into '/data/1/workspace.partial'...\nremote: no\nfatal: unable to access \
            'https://me:secret@host/a.git/': /data/1/workspace.partial \x1b[31m";
        let words = presentable(said, Path::new("/data/1"));
        assert_eq!(
            words,
            "remote: no; fatal: unable to access 'https://host/a.git/': /workspace.partial [31m"
        );
    }
}
