//! What every git process is started with.

use std::path::Path;

use super::GitOptions;

pub(super) const FIXED_ENVIRONMENT: [(&str, &str); 7] = [
    ("LC_ALL", "C"), // The sorting of failures reads English.
    ("HOME", "/nonexistent"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""), // Set and empty: asks no program, whatever the configuration names.
];

/// Settings of the command line outrank those in a repository, which the agent can write.
pub(super) const FIXED_SETTINGS: [(&str, &str); 25] = [
    // What would run a program.
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.alternateRefsCommand", "true"),
    ("log.showSignature", "false"),
    ("credential.helper", ""),
    ("safe.bareRepository", "explicit"),
    // What would leave the one server that was checked.
    ("http.followRedirects", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("submodule.recurse", "false"),
    ("transfer.bundleURI", "false"),
    // What comes in is checked, but for three old faults that well-known repositories carry and that harm nobody.
    ("transfer.fsckObjects", "true"),
    ("fetch.fsck.badTimezone", "ignore"),
    ("fetch.fsck.missingSpaceBeforeDate", "ignore"),
    ("fetch.fsck.zeroPaddedFilemode", "ignore"),
    ("receive.fsck.badTimezone", "ignore"),
    ("receive.fsck.missingSpaceBeforeDate", "ignore"),
    ("receive.fsck.zeroPaddedFilemode", "ignore"),
    // No housekeeping behind our back.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("receive.autogc", "false"),
    // A transfer that stands still is given up.
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("protocol.version", "2"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("core.logAllRefUpdates", "always"),
];

/// git hands this to a shell, so what is not fixed is quoted. The address is the one that was checked; the key of the
/// server is still kept under its name.
pub(super) fn ssh_command(options: &GitOptions, host: &str, address: &str) -> String {
    let known_hosts = ssh_path(&options.known_hosts);
    let key = options.ssh_key.as_deref().map_or_else(|| "none".to_owned(), ssh_path);
    let mut command = "ssh -F /dev/null".to_owned();
    for option in [
        "BatchMode=yes",
        "StrictHostKeyChecking=accept-new",
        &format!("UserKnownHostsFile={known_hosts}"),
        "GlobalKnownHostsFile=/dev/null",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        &format!("IdentityFile={key}"),
        "ForwardAgent=no",
        "ForwardX11=no",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
        "ProxyCommand=none",
        "UpdateHostKeys=no",
        "ConnectTimeout=15",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=4",
        &format!("HostKeyAlias={host}"),
        &format!("HostName={address}"),
    ] {
        command.push_str(" -o ");
        command.push_str(&shell_quote(option));
    }
    command
}

/// A path as ssh's own option parser wants it: quoted, with its `%` escapes escaped.
fn ssh_path(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('%', "%%"))
}

fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_gets_is_quoted_for_the_shell_and_for_ssh() {
        let options = GitOptions {
            known_hosts: "/srv/it's 100%/known".into(),
            ..GitOptions::in_folder(Path::new("/x"))
        };
        let command = ssh_command(&options, "git.lan", "10.0.0.5");
        assert!(
            command.contains(r#"-o 'UserKnownHostsFile="/srv/it'\''s 100%%/known"'"#),
            "{command}"
        );
        assert!(command.contains("-o 'HostName=10.0.0.5'") && command.contains("-o 'HostKeyAlias=git.lan'"));
    }
}
