//! What an agent is started with: its command, its environment and its configuration.
//!
//! The environment is written from nothing: no variable of the server reaches an agent, which runs what a model thinks
//! up. Left alone OpenCode runs every command and changes every file unasked; here it asks for whatever acts, and the
//! project's policy says what of that a person need not see. An operator's configuration goes before both.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{folder::InstanceFolder, log, marker, tools::Tools};
use crate::containers::{ContainerSpec, HostError};

/// Outside of where Linux takes ports for outgoing connections by default: between our look and the agent's bind, a few
/// seconds later, nobody gets one of these by accident.
const PORTS: std::ops::Range<u16> = 20_000..32_768;
const PORT_TRIES: usize = 100;
/// Linux takes no variable of more than 128 KiB.
const VARIABLE_LIMIT: usize = 120 * 1024;
/// Who may write the program just now (npm, updating it) is soon done.
const BUSY_TRIES: usize = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

pub(super) const USERNAME: &str = "opencode";
const CONFIG: &str = "OPENCODE_CONFIG_CONTENT";
const PASSWORD: &str = "OPENCODE_SERVER_PASSWORD";

pub(super) type Environment = BTreeMap<OsString, OsString>;

/// What the environment is made from.
pub(super) struct Ingredients<'a> {
    pub(super) folder: &'a InstanceFolder,
    pub(super) tools: &'a Tools,
    pub(super) spec: &'a ContainerSpec,
    pub(super) operator_config: &'a Value,
    pub(super) trust_repository_config: bool,
    pub(super) password: &'a SecretString,
    pub(super) marker: &'a marker::Marker,
}

pub(super) fn environment(of: &Ingredients<'_>) -> Result<Environment, HostError> {
    let mut environment = Environment::new();
    let mut set = |name: &str, value: OsString| drop(environment.insert(name.into(), value));
    set("PATH", of.tools.search_path());
    for (name, value) in [
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("SHELL", "/bin/bash"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
        ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
        ("OPENCODE_DISABLE_SHARE", "1"),
    ] {
        set(name, value.into());
    }
    for (name, value) in &of.spec.environment {
        check_variable(name, value.expose_secret())?;
        set(name, value.expose_secret().into());
    }
    // From here on nothing can be overridden: these keep instances apart and their doors locked.
    let home = of.folder.home();
    set("XDG_DATA_HOME", home.join(".local/share").into());
    set("XDG_STATE_HOME", home.join(".local/state").into());
    set("XDG_CONFIG_HOME", home.join(".config").into());
    set("XDG_CACHE_HOME", home.join(".cache").into());
    set("HOME", home.into());
    set("TMPDIR", of.folder.tmp().into());
    set(CONFIG, configuration(of)?.into());
    set("OPENCODE_SERVER_USERNAME", USERNAME.into());
    set(PASSWORD, of.password.expose_secret().into());
    if !of.trust_repository_config {
        set("OPENCODE_DISABLE_PROJECT_CONFIG", "1".into());
    }
    for (name, value) in of.marker.variables() {
        set(name, value.into());
    }
    Ok(environment)
}

fn check_variable(name: &str, value: &str) -> Result<(), HostError> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name || marker::VARIABLES.contains(&name) {
        return Err(HostError::Rejected(format!(
            "{name:?} is not a name an environment variable may have"
        )));
    }
    if value.contains('\0') || value.len() > VARIABLE_LIMIT {
        return Err(HostError::Rejected(format!(
            "the value of {name} is too long, or holds a zero byte"
        )));
    }
    Ok(())
}

/// The host's defaults, the operator's configuration over them, the project's over both.
fn configuration(of: &Ingredients<'_>) -> Result<String, HostError> {
    let mut config = json!({
        "autoupdate": false,
        "share": "disabled",
        // OpenCode's own hosted models need no key and are on by default: code would leave the machine unasked.
        "disabled_providers": ["opencode"],
        "permission": {
            "bash": "ask",
            "edit": "ask",
            "webfetch": "ask",
            "websearch": "ask",
            "external_directory": "ask",
            "doom_loop": "ask",
        },
    });
    if !of.trust_repository_config {
        // Instructions are text, not code; OpenCode would leave them out together with the repository's configuration.
        config["instructions"] = json!([of.folder.workspace().join("AGENTS.md")]);
    }
    merge(&mut config, of.operator_config);
    merge(&mut config, &of.spec.agent_config);
    let text = config.to_string();
    if text.len() > VARIABLE_LIMIT {
        return Err(HostError::Rejected(format!(
            "the agent's configuration is larger than {VARIABLE_LIMIT} bytes"
        )));
    }
    Ok(text)
}

/// JSON Merge Patch (RFC 7396), but that an absent patch (null) as a whole changes nothing.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        return;
    };
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            (_, Value::Null) => drop(target.as_object_mut().map(|fields| fields.remove(key))),
            (Some(inner @ Value::Object(_)), Value::Object(_)) => merge(inner, value),
            _ => {
                let mut new = if value.is_object() { json!({}) } else { value.clone() };
                merge(&mut new, value);
                target[key] = new;
            }
        }
    }
}

/// What must be blacked out in the log of an agent that runs with this environment.
pub(super) fn redaction<'a>(
    environment: impl IntoIterator<Item = (&'a str, &'a str)>,
    secret_names: &[String],
) -> log::Redaction {
    let mut secrets = Vec::new();
    for (name, value) in environment {
        if name == CONFIG {
            let config: Value = serde_json::from_str(value).unwrap_or_default();
            secrets.extend(log::secrets_in(&config).into_iter().map(str::to_owned));
        } else if name == PASSWORD || secret_names.iter().any(|secret| secret == name) {
            secrets.push(value.to_owned());
        }
    }
    log::Redaction::new(secrets.iter().map(String::as_str))
}

/// A port nobody listens on. The agent itself finds out whether that is still so; then it ends and says why.
pub(super) fn free_port() -> io::Result<u16> {
    let mut rng = rand::rng();
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match (0..PORT_TRIES).map(|_| rng.random_range(PORTS)).find(is_free) {
        Some(port) => Ok(port),
        None => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()),
    }
}

/// 256 random bits.
pub(super) fn new_password() -> SecretString {
    let bytes: [u8; 32] = rand::rng().random();
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

/// Starts the program in a session of its own: no terminal, no signal meant for the server, and it outlives the server.
pub(super) async fn spawn(
    program: &Path,
    folder: &InstanceFolder,
    port: u16,
    environment: &Environment,
    log: File,
) -> io::Result<Box<dyn ChildWrapper>> {
    let port = port.to_string();
    let mut tries = 0;
    loop {
        let mut command = Command::new(program);
        command
            .args([
                "serve",
                "--hostname",
                "127.0.0.1",
                "--port",
                &port,
                "--print-logs",
                "--log-level",
                "WARN",
            ])
            .current_dir(folder.workspace())
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?);
        match CommandWrap::from(command).wrap(ProcessSession).spawn() {
            // Without the wrapper: it would wait for the whole group, and a straggler must not hide the agent's end.
            Ok(child) => return Ok(child.into_inner()),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_merge_deeply() {
        let mut config = json!({ "a": { "b": 1, "c": [1, 2] }, "d": 1, "gone": true });
        merge(
            &mut config,
            &json!({ "a": { "b": null, "c": [3], "e": { "f": 1, "g": null } }, "d": { "x": 1 }, "gone": null }),
        );
        assert_eq!(config, json!({ "a": { "c": [3], "e": { "f": 1 } }, "d": { "x": 1 } }));
        merge(&mut config, &Value::Null);
        assert_eq!(config["d"], json!({ "x": 1 }));
    }

    #[test]
    fn variables_that_would_break_out_are_refused() {
        assert!(check_variable("OPENAI_API_KEY", "sk").is_ok());
        for name in ["", "A=B", "A B", "PCC_INSTANCE", "A\0"] {
            assert!(
                matches!(check_variable(name, "x"), Err(HostError::Rejected(_))),
                "{name:?}"
            );
        }
        assert!(check_variable("A", "x\0y").is_err());
    }

    #[test]
    fn passwords_are_long_and_differ() {
        let (one, other) = (new_password(), new_password());
        assert_eq!(one.expose_secret().len(), 64);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
