//! The orders in a prompt: `[[name]]`, `[[name value]]` or `[[name: value]]`.
//!
//! Brackets nest, so `[[task: [[bash: ls]]]]` hands an order on to a sub-agent. What is not an order, or has a value that
//! cannot be read, stays part of the prompt's text. Every number is clamped to its limit.

use std::time::Duration;

pub const MAX_TOKENS: usize = 100_000;
pub const MAX_DELAY: Duration = Duration::from_secs(60);
/// How many tools one prompt can call.
pub const MAX_STEPS: usize = 32;
/// How much text is let through before `[[cut]]` ends the connection.
const CUT_AFTER: usize = 6;

/// One tool call, before it is known which tools the caller offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Bash {
        command: String,
    },
    Write {
        path: String,
        content: String,
    },
    Read {
        path: String,
    },
    /// Replaces `old` by `new`.
    Edit {
        path: String,
        old: String,
        new: String,
    },
    /// Marks the first line of the file that the step before has read.
    EditFirstLine {
        path: String,
    },
    Todo {
        items: Vec<String>,
    },
    Question {
        text: String,
    },
    Task {
        prompt: String,
    },
}

/// How an answer ends. The numbers count pieces of text that are sent before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    #[default]
    Finish,
    /// The connection breaks.
    CutAfter(usize),
    /// The connection stays open and says nothing more.
    HangAfter(usize),
}

/// What a prompt asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The tools to call, one after another.
    pub steps: Vec<Step>,
    /// What to say at the end.
    pub text: Option<String>,
    /// How much to say at the end.
    pub tokens: Option<usize>,
    /// The pause before each piece of text.
    pub delay: Option<Duration>,
    pub slow_start: Option<Duration>,
    /// Think aloud first.
    pub reason: bool,
    pub ending: Ending,
    /// Answer with this HTTP status instead.
    pub status: Option<u16>,
    pub seed: Option<u64>,
    /// Whether there was any order at all.
    pub is_scripted: bool,
    /// The prompt without its orders.
    pub plain: String,
}

impl Script {
    pub fn parse(prompt: &str) -> Self {
        let mut script = Self::default();
        let mut rest = prompt;
        while let Some(found) = next_brackets(rest) {
            script.plain.push_str(found.before);
            if script.take(found.inside).is_some() {
                script.is_scripted = true;
            } else {
                script.plain.push_str(found.whole);
            }
            rest = found.after;
        }
        script.plain.push_str(rest);
        script.plain = script.plain.trim().to_owned();
        script.steps.truncate(MAX_STEPS);
        script
    }

    /// Follows one order; `None` means that it is not one.
    fn take(&mut self, order: &str) -> Option<()> {
        let (name, value) = split(order);
        match name {
            "tokens" => self.tokens = Some(number(value)?.min(MAX_TOKENS)),
            "delay" => self.delay = Some(millis(value)?),
            "slow start" => self.slow_start = Some(millis(value)?),
            "seed" => self.seed = Some(value.parse().ok()?),
            "text" => self.text = Some(unescape(value)),
            "reason" => self.reason = true,
            "http" => self.status = Some(value.parse().ok().filter(|status| (400..=599).contains(status))?),
            "cut" => self.ending = Ending::CutAfter(CUT_AFTER),
            "cut after" => self.ending = Ending::CutAfter(number(value)?),
            "hang" => self.ending = Ending::HangAfter(0),
            "hang after" => self.ending = Ending::HangAfter(number(value)?),
            _ => self.take_tool(name, value)?,
        }
        Some(())
    }

    fn take_tool(&mut self, name: &str, value: &str) -> Option<()> {
        let steps = &mut self.steps;
        match name {
            "bash" => steps.push(Step::Bash {
                command: filled(value)?.to_owned(),
            }),
            "read" => steps.push(Step::Read {
                path: filled(value)?.to_owned(),
            }),
            "write" => steps.push(write(filled(value)?)),
            "edit" => steps.extend(edit(filled(value)?)),
            "todo" => steps.push(Step::Todo {
                items: value
                    .split(';')
                    .filter_map(filled)
                    .map(str::to_owned)
                    .take(MAX_STEPS)
                    .collect(),
            }),
            "question" => steps.push(Step::Question {
                text: filled(value).unwrap_or("Which colour?").to_owned(),
            }),
            "task" => steps.push(Step::Task {
                prompt: filled(value).unwrap_or("Say hi from the subagent").to_owned(),
            }),
            _ => return None,
        }
        Some(())
    }
}

/// `path = content`, or a path alone, which gets two lines.
fn write(value: &str) -> Step {
    let (path, content) = match value.split_once('=') {
        Some((path, content)) => (path.trim(), unescape(content.trim())),
        None => (value, "line one\nline two\n".to_owned()),
    };
    Step::Write {
        path: path.to_owned(),
        content,
    }
}

/// `path = old => new`, or a path alone: then the file is read first, to know what can be replaced.
fn edit(value: &str) -> Vec<Step> {
    let change = value
        .split_once('=')
        .and_then(|(path, change)| change.split_once("=>").map(|(old, new)| (path, old, new)));
    match change {
        Some((path, old, new)) => vec![Step::Edit {
            path: path.trim().to_owned(),
            old: unescape(old.trim()),
            new: unescape(new.trim()),
        }],
        None => vec![
            Step::Read { path: value.to_owned() },
            Step::EditFirstLine { path: value.to_owned() },
        ],
    }
}

struct Brackets<'a> {
    before: &'a str,
    whole: &'a str,
    inside: &'a str,
    after: &'a str,
}

/// The next `[[…]]` with its own brackets balanced. In a run such as `]]]` the last two close.
fn next_brackets(text: &str) -> Option<Brackets<'_>> {
    let bytes = text.as_bytes();
    let start = text.find("[[")?;
    let mut depth = 1;
    let mut at = start + 2;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"[[" => {
                depth += 1;
                at += 2;
            }
            b"]]" if depth == 1 && bytes.get(at + 2) == Some(&b']') => at += 1,
            b"]]" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(Brackets {
                        before: &text[..start],
                        whole: &text[start..at],
                        inside: &text[start + 2..at - 2],
                        after: &text[at..],
                    });
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// `name: value`, or `name value` where the name may be of two words.
fn split(order: &str) -> (&str, &str) {
    let order = order.trim();
    if let Some((name, value)) = order.split_once(':')
        && name.chars().all(|c| c.is_ascii_lowercase())
    {
        return (name, value.trim());
    }
    for name in ["slow start", "cut after", "hang after"] {
        if let Some(value) = order.strip_prefix(name) {
            return (name, value.trim());
        }
    }
    match order.split_once(' ') {
        Some((name, value)) => (name, value.trim()),
        None => (order, ""),
    }
}

fn filled(value: &str) -> Option<&str> {
    Some(value.trim()).filter(|value| !value.is_empty())
}

fn number(value: &str) -> Option<usize> {
    value.parse().ok()
}

fn millis(value: &str) -> Option<Duration> {
    value.parse().ok().map(|ms| Duration::from_millis(ms).min(MAX_DELAY))
}

/// A prompt is often one line, so `\n`, `\t` and `\\` mean what they mean in most languages.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_clamps_them() {
        let script =
            Script::parse("go [[tokens 999999999]] [[delay 99999999]] [[slow start 250]] [[seed 7]] [[http 503]]");
        assert_eq!(script.tokens, Some(MAX_TOKENS));
        assert_eq!(script.delay, Some(MAX_DELAY));
        assert_eq!(script.slow_start, Some(Duration::from_millis(250)));
        assert_eq!(script.seed, Some(7));
        assert_eq!(script.status, Some(503));
        assert_eq!(script.plain, "go");
    }

    #[test]
    fn leaves_what_is_no_order_in_the_text() {
        for text in [
            "if [[ -f x ]]; then",
            "[[tokens many]]",
            "[[http 200]]",
            "[[bash:]]",
            "[[open",
            "]] [[",
            "[[]]",
            "[[é]]",
        ] {
            let script = Script::parse(text);
            assert_eq!(script.plain, text);
            assert!(!script.is_scripted, "{text}");
        }
    }

    #[test]
    fn keeps_the_order_of_tools() {
        let script = Script::parse(r"[[write: a.txt = one\ntwo = 2]] then [[bash: ls; [[ -f a.txt ]] && cat a.txt]]");
        assert_eq!(
            script.steps,
            [
                Step::Write {
                    path: "a.txt".into(),
                    content: "one\ntwo = 2".into()
                },
                Step::Bash {
                    command: "ls; [[ -f a.txt ]] && cat a.txt".into()
                },
            ]
        );
    }

    #[test]
    fn nests_brackets_and_lets_the_last_two_close() {
        let script = Script::parse("[[task: [[bash: ls]]]] [[write: a.json = [1]]]");
        assert_eq!(
            script.steps,
            [
                Step::Task {
                    prompt: "[[bash: ls]]".into()
                },
                Step::Write {
                    path: "a.json".into(),
                    content: "[1]".into()
                },
            ]
        );
    }

    #[test]
    fn an_edit_without_a_change_reads_first() {
        let path = || "src/a.rs".to_owned();
        assert_eq!(
            Script::parse("[[edit: src/a.rs]]").steps,
            [Step::Read { path: path() }, Step::EditFirstLine { path: path() }]
        );
        assert_eq!(
            Script::parse("[[edit: src/a.rs = one => two]]").steps,
            [Step::Edit {
                path: path(),
                old: "one".into(),
                new: "two".into()
            }]
        );
    }

    #[test]
    fn endings() {
        let ending = |text| Script::parse(text).ending;
        assert_eq!(ending("[[cut]]"), Ending::CutAfter(CUT_AFTER));
        assert_eq!(ending("[[cut after 2]]"), Ending::CutAfter(2));
        assert_eq!(ending("[[hang]]"), Ending::HangAfter(0));
        assert_eq!(ending("[[hang after 9]]"), Ending::HangAfter(9));
        assert_eq!(ending("[[tokens 3]]"), Ending::Finish);
    }
}
