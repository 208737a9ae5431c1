//! Runs the tests by cargo-nextest if it is there, otherwise by `cargo test`, with the outside world they need.

use std::io::IsTerminal;
use std::time::Duration;

use crate::context::Context;
use crate::postgres::Cluster;
use crate::setup::TestTools;
use crate::step::say;
use crate::task::{Stream, Task, TaskError};
use crate::tauri_app::ALL_BUT_IT;
use crate::tools;

/// Building them from an empty target folder included.
const LIMIT: Duration = Duration::from_secs(50 * 60);

pub struct Outcome {
    pub result: Result<(), TaskError>,
    /// What the runner said last; nothing if the tests did not compile.
    pub closing_line: Option<String>,
}

pub fn run(context: &Context, tools: &TestTools, filter: &[String]) -> anyhow::Result<Outcome> {
    // Held to the end of the tests.
    let cluster = match tools.postgres_url {
        Some(_) => None,
        None => Some(Cluster::start(context)?),
    };
    let own_url = cluster.as_ref().map(|cluster| &cluster.url);
    let mut task = context.cargo().limit(LIMIT).env("PCC_TEST_OPENCODE", &tools.opencode);
    task = task.env("PCC_TEST_CHROMIUM", &tools.chromium);
    if let Some(url) = own_url.or(tools.postgres_url.as_ref()) {
        task = task.env("PCC_TEST_POSTGRES_URL", url);
    }
    Ok(if tools::find("cargo-nextest").is_some() {
        nextest(task, filter)
    } else {
        cargo_test(task, filter)
    })
}

fn nextest(task: Task<'_>, filter: &[String]) -> Outcome {
    let profile = if filter.is_empty() { "ci" } else { "default" };
    let color = if std::io::stderr().is_terminal() {
        "--color=always"
    } else {
        "--color=never"
    };
    let task = task
        .args(["nextest", "run"])
        .args(ALL_BUT_IT)
        .args(["--profile", profile, color])
        .args(filter);
    let (result, lines) = task.run_noting(Stream::Stderr, |line| plain(line).trim_start().starts_with("Summary ["));
    Outcome {
        result,
        closing_line: lines.last().map(|line| line.trim_start().to_owned()),
    }
}

fn cargo_test(task: Task<'_>, filter: &[String]) -> Outcome {
    say("cargo-nextest is not installed, so `cargo test` runs the tests.");
    let task = task
        .arg("test")
        .args(ALL_BUT_IT)
        .args(["--tests", "--no-fail-fast", "--"])
        .args(filter);
    let (result, lines) = task.run_noting(Stream::Stdout, |line| line.starts_with("test result: "));
    Outcome {
        result,
        closing_line: sum(&lines),
    }
}

/// `cargo test` closes each test binary with a line of its own; this is one of the same form for all of them.
fn sum(lines: &[String]) -> Option<String> {
    let count = |what: &str| -> usize {
        let counts = lines
            .iter()
            .flat_map(|line| line.split([';', '.']))
            .filter_map(|part| part.trim().strip_suffix(what));
        counts.filter_map(|number| number.trim().parse::<usize>().ok()).sum()
    };
    let (passed, failed, ignored) = (count(" passed"), count(" failed"), count(" ignored"));
    let verdict = if failed == 0 && lines.iter().all(|line| line.contains(": ok.")) {
        "ok"
    } else {
        "FAILED"
    };
    let binaries = lines.len();
    (binaries > 0).then(|| {
        format!("test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; {binaries} test binaries")
    })
}

/// Without the escape sequences that colour it.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part
            .split_once(|c: char| c.is_ascii_alphabetic())
            .map_or("", |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_removed() {
        assert_eq!(
            plain("\u{1b}[32;1m     Summary\u{1b}[0m [   0.010s] 2 tests"),
            "     Summary [   0.010s] 2 tests"
        );
        assert_eq!(plain("plain [text]"), "plain [text]");
    }

    #[test]
    fn the_lines_of_cargo_test_are_added_up() {
        let line = |text: &str| text.to_owned();
        let ok = line("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s");
        let bad =
            line("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s");
        let both = sum(&[ok.clone(), bad]).unwrap();
        assert_eq!(
            both,
            "test result: FAILED. 5 passed; 1 failed; 1 ignored; 2 test binaries"
        );
        assert_eq!(
            sum(&[ok]).unwrap(),
            "test result: ok. 3 passed; 0 failed; 1 ignored; 1 test binaries"
        );
        assert_eq!(sum(&[]), None);
    }
}
