//! Builds the project's programs and learns from cargo where they are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use crate::context::Context;

/// An empty target folder on two slow cores.
const LIMIT: Duration = Duration::from_secs(45 * 60);

pub struct Programs(HashMap<String, PathBuf>);

impl Programs {
    pub fn get(&self, name: &str) -> anyhow::Result<&Path> {
        self.0
            .get(name)
            .map(PathBuf::as_path)
            .with_context(|| format!("cargo built no program `{name}`"))
    }
}

/// Runs cargo with these arguments; progress and errors go to the terminal.
pub fn programs(context: &Context, arguments: &[&str]) -> anyhow::Result<Programs> {
    let task = context
        .cargo()
        .args(arguments)
        .arg("--message-format=json-render-diagnostics");
    Ok(Programs(executables(&task.limit(LIMIT).output()?)))
}

#[derive(Deserialize)]
struct Message {
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Lines that are no artifact, or of a shape we do not know, are of no interest.
fn executables(messages: &str) -> HashMap<String, PathBuf> {
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok());
    // The unit tests of a program are an executable of the same name.
    let is_program =
        |artifact: &Message| !artifact.profile.test && artifact.target.kind.iter().any(|kind| kind == "bin");
    let programs = artifacts.filter(is_program);
    programs
        .filter_map(|program| Some((program.target.name, program.executable?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_picked_from_what_cargo_reports() {
        let artifact = |kind: &str, name: &str, test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"kind":["{kind}"],"name":"{name}"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        let messages = [
            artifact("lib", "server", false, "null"),
            artifact("bin", "pcc", false, r#""/t/debug/pcc""#),
            artifact("bin", "pcc", true, r#""/t/debug/deps/pcc-1""#),
            artifact("test", "it", true, r#""/t/debug/deps/it-1""#),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
            "not json".to_owned(),
        ]
        .join("\n");
        let found = executables(&messages);
        assert_eq!(
            found,
            HashMap::from([("pcc".to_owned(), PathBuf::from("/t/debug/pcc"))])
        );
    }
}
