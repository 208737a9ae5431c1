//! The settings of a repository that are kept: those that change what a file or a branch is, and can name no program.

use crate::workspace::WorkspaceError;

const KEPT: [&str; 6] = [
    "core.filemode",
    "core.symlinks",
    "core.ignorecase",
    "core.autocrlf",
    "core.eol",
    "extensions.objectformat",
];
const MAX_BRANCHES: usize = 5_000;

/// A configuration file with what is kept of `git config --list --null`.
pub fn kept(listed: &[u8]) -> Result<String, WorkspaceError> {
    let mut config = "[core]\n\trepositoryformatversion = 1\n\tbare = false\n".to_owned();
    let mut branches = 0;
    for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let Ok(entry) = std::str::from_utf8(entry) else {
            continue;
        };
        let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        if key == "extensions.refstorage" && value != "files" {
            let message = "this repository keeps its branches in a format that is not read here";
            return Err(WorkspaceError::Refused(message.to_owned()));
        }
        let Some((section, subsection, name)) = parts(key) else {
            continue;
        };
        let is_kept = match (section, subsection) {
            (_, None) => KEPT.contains(&key) && is_word(value),
            ("branch", Some(_)) => matches!(name, "remote" | "merge"),
            ("remote", Some(_)) => name == "fetch",
            _ => false,
        };
        branches += usize::from(subsection.is_some());
        let is_plain = |text: &str| !text.contains(char::is_control);
        if !is_kept || branches > MAX_BRANCHES || !is_plain(value) || !subsection.is_none_or(is_plain) {
            continue;
        }
        let header = subsection.map_or_else(|| format!("[{section}]"), |sub| format!("[{section} {}]", quoted(sub)));
        config.push_str(&format!("{header}\n\t{name} = {}\n", quoted(value)));
    }
    Ok(config)
}

/// `section.subsection.name`; the subsection may contain dots.
fn parts(key: &str) -> Option<(&str, Option<&str>, &str)> {
    let (section, rest) = key.split_once('.')?;
    match rest.rsplit_once('.') {
        Some((subsection, name)) => Some((section, Some(subsection), name)),
        None => Some((section, None, rest)),
    }
}

fn is_word(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_no_program_is_kept() {
        let listed = b"core.fsmonitor\n/tmp/x\0core.filemode\nfalse\0filter.a.clean\nrun\0branch.a.b\"c.merge\nrefs/heads/x\0\
            branch.m.remote\norigin\0remote.origin.url\next::sh\0remote.origin.fetch\n+refs/heads/*:refs/remotes/origin/*\0\
            remote.origin.receivepack\nrun\0core.autocrlf\ninput\"\0include.path\n/etc\0core.eol\0";
        assert_eq!(
            kept(listed).unwrap(),
            "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[core]\n\tfilemode = \"false\"\n\
             [branch \"a.b\\\"c\"]\n\tmerge = \"refs/heads/x\"\n[branch \"m\"]\n\tremote = \"origin\"\n\
             [remote \"origin\"]\n\tfetch = \"+refs/heads/*:refs/remotes/origin/*\"\n[core]\n\teol = \"true\"\n"
        );
        assert!(kept(b"extensions.refstorage\nreftable\0").is_err());
    }
}
