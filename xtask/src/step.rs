//! What a person sees: lines, headlines, how long a step took, and the closing table.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// A line on stdout. Unlike `println!` it does not panic when nobody reads any more.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on stderr.
pub fn warn(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Does set-up work and says how long it took where that was noticeable.
pub fn timed<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let start = Instant::now();
    let result = work()?;
    let took = start.elapsed();
    if took > Duration::from_secs(1) {
        say(format!("{name}: {:.1} s", took.as_secs_f64()));
    }
    Ok(result)
}

/// The steps of a run in their order, each with its end.
#[derive(Default)]
pub struct Steps {
    rows: Vec<(String, String)>,
}

impl Steps {
    pub fn run<T>(&mut self, name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        say(format!("\n== {name}"));
        let start = Instant::now();
        let result = work();
        let mark = if result.is_ok() { "" } else { "  failed" };
        self.rows
            .push((name.to_owned(), format!("{:7.1}{mark}", start.elapsed().as_secs_f64())));
        result.with_context(|| format!("the step \"{name}\" failed"))
    }

    pub fn skip(&mut self, name: &str, reason: &str) {
        say(format!("\n== {name}\n{reason}"));
        self.rows.push((name.to_owned(), "skipped".to_owned()));
    }

    pub fn table(&self) -> String {
        let width = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(4);
        let head = format!("{:width$}  seconds", "step");
        let rows = self.rows.iter().map(|(name, end)| format!("{name:width$}  {end}"));
        std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
    }
}

/// The last lines of a text.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_failed_and_skipped_steps() {
        let mut steps = Steps::default();
        let _ = steps.run("fmt", || Ok(()));
        let _ = steps.run::<()>("tests", || anyhow::bail!("no"));
        steps.skip("cargo-deny", "not installed");
        let table = steps.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[1].starts_with("fmt         ") && !lines[1].contains("failed"));
        assert!(lines[2].starts_with("tests") && lines[2].ends_with("failed"));
        assert!(lines[3].ends_with("skipped"));
    }

    #[test]
    fn a_failed_step_is_named_in_its_error() {
        let error = Steps::default().run::<()>("tests", || anyhow::bail!("no")).unwrap_err();
        assert_eq!(format!("{error:#}"), "the step \"tests\" failed: no");
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
        assert_eq!(tail("", 2), "");
    }
}
