//! What is printed, and how.

use std::{borrow::Cow, fmt::Write as _, io::Write};

use client::types::ProjectStatus;
use console::{Alignment, Style, measure_text_width, pad_str};
use serde::Serialize;
use serde_json::{Value, json};

/// An error of `pcc` itself, with a code for `--json`.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Complaint {
    pub code: String,
    pub message: String,
    pub exit_code: i32,
}

impl Complaint {
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            exit_code: 1,
        }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::new("USAGE", message)
        }
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new("NOT_FOUND", message)
    }

    pub fn no_project(slug_or_id: &str) -> Self {
        Self::not_found(format!("There is no project {slug_or_id}."))
    }

    pub fn no_session(id: &str) -> Self {
        Self::not_found(format!("There is no session {id}."))
    }

    pub fn interrupted(message: impl Into<String>) -> Self {
        Self {
            exit_code: 130,
            ..Self::new("INTERRUPTED", message)
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints one value: as JSON if asked for, else as the text for people.
    pub fn value(self, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json {
            self.line(&serde_json::to_string_pretty(value)?)
        } else {
            self.line(text().trim_end())
        }
    }

    /// Prints one event of a stream: JSON on one line, or the text for people.
    pub fn event(self, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json {
            self.line(&serde_json::to_string(value)?)
        } else {
            self.line(&text())
        }
    }

    fn line(self, text: &str) -> anyhow::Result<()> {
        let mut stdout = std::io::stdout().lock();
        if !text.is_empty() {
            writeln!(stdout, "{text}")?;
        }
        // A reader of a pipe wants each line as it comes.
        Ok(stdout.flush()?)
    }

    /// A remark for people, beside the answer.
    pub fn note(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    pub fn error(self, error: &anyhow::Error) {
        // Whoever closed the pipe wants to hear no more.
        if error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
        {
            return;
        }
        if self.json {
            eprintln!("{}", json!({ "error": describe(error) }));
        } else {
            let label = Style::new().for_stderr().red().bold().apply_to("error:");
            eprintln!("{label} {}", clean(&sentence(error)));
        }
    }
}

/// The error and, of a connection, what lies beneath: "refused" and "no such host" are worth knowing.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    if let Some(client::Error::Transport(_)) = error.downcast_ref::<client::Error>()
        && let Some(cause) = error
            .chain()
            .last()
            .map(ToString::to_string)
            .filter(|cause| *cause != text)
    {
        // Writing into a String cannot fail.
        let _ = write!(text, ": {cause}");
    }
    text
}

fn describe(error: &anyhow::Error) -> Value {
    if let Some(complaint) = error.downcast_ref::<Complaint>() {
        return json!({ "code": complaint.code, "message": complaint.message });
    }
    match error.downcast_ref::<client::Error>() {
        Some(client::Error::Refused(failure)) => json!(failure),
        Some(client::Error::Transport(_)) => json!({ "code": "UNREACHABLE", "message": sentence(error) }),
        _ => json!({ "code": "FAILED", "message": error.to_string() }),
    }
}

/// The name that a schema's enum value has in the schema.
pub fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Texts of agents and repositories, without what a terminal would take for a command.
pub fn clean(text: &str) -> Cow<'_, str> {
    let harmful = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.contains(harmful) {
        text.replace(harmful, "").into()
    } else {
        text.into()
    }
}

/// A text on one line.
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn status_style(status: &ProjectStatus) -> Style {
    match status {
        ProjectStatus::Running => Style::new().green(),
        ProjectStatus::Error => Style::new().red(),
        ProjectStatus::Stopped | ProjectStatus::Sleeping => Style::new().dim(),
        _ => Style::new().yellow(),
    }
}

/// Aligned columns. Cells may hold colours.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(|title| Style::new().dim().apply_to(title).to_string());
    let lines = || std::iter::once(&head).chain(rows);
    let widths: [usize; N] =
        std::array::from_fn(|column| lines().map(|line| measure_text_width(&line[column])).max().unwrap_or(0));
    let mut text = String::new();
    for line in lines() {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| pad_str(cell, width, Alignment::Left, None));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Lines of `label  value`; those without a value are left out.
pub fn fields(fields: &[(&str, Option<String>)]) -> String {
    let width = fields.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in fields
        .iter()
        .filter_map(|(label, value)| Some((label, value.as_ref()?)))
    {
        let label = Style::new().dim().apply_to(format!("{label:width$}"));
        let _ = writeln!(text, "{label}  {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_whatever_the_script() {
        let rows = [["a".to_owned(), "x".to_owned()], ["プロ".to_owned(), "y".to_owned()]];
        let text = console::strip_ansi_codes(&table(["N", "S"], &rows)).into_owned();
        assert_eq!(text, "N     S\na     x\nプロ  y\n");
    }

    #[test]
    fn a_text_cannot_command_the_terminal() {
        assert_eq!(clean("a\u{1b}]0;title\u{7}b\r\n\tc\u{9b}1m"), "a]0;titleb\n\tc1m");
        assert!(matches!(clean("harmless 🦀\n"), Cow::Borrowed(_)));
        assert_eq!(one_line(" a\n\u{1b}b  c "), "a b c");
    }

    #[test]
    fn errors_have_codes() {
        let complaint = Complaint::not_found("There is no project x.").into();
        assert_eq!(
            describe(&complaint),
            json!({ "code": "NOT_FOUND", "message": "There is no project x." })
        );
        let transport = client::Error::from(client::Transport::Timeout).into();
        assert_eq!(describe(&transport)["code"], "UNREACHABLE");
        assert_eq!(
            describe(&anyhow::anyhow!("x")),
            json!({ "code": "FAILED", "message": "x" })
        );
    }
}
