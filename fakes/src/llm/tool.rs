//! The tools of OpenCode 1.18: their names and the shape of their arguments.

use serde_json::{Value, json};

use super::directive::Step;

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub id: String,
    pub name: &'static str,
    pub arguments: Value,
}

pub fn name(step: &Step) -> &'static str {
    match step {
        Step::Bash { .. } => "bash",
        Step::Write { .. } => "write",
        Step::Read { .. } => "read",
        Step::Edit { .. } | Step::EditFirstLine { .. } => "edit",
        Step::Todo { .. } => "todowrite",
        Step::Question { .. } => "question",
        Step::Task { .. } => "task",
    }
}

/// `directory` makes relative paths absolute; `before` is what the tool before has answered.
pub fn call(step: &Step, id: String, directory: Option<&str>, before: Option<&String>) -> Call {
    let file = |path: &str| absolute(path, directory);
    let arguments = match step {
        Step::Bash { command } => json!({ "command": command, "description": "Runs what the prompt asked for" }),
        Step::Write { path, content } => json!({ "filePath": file(path), "content": content }),
        Step::Read { path } => json!({ "filePath": file(path) }),
        Step::Edit { path, old, new } => json!({ "filePath": file(path), "oldString": old, "newString": new }),
        Step::EditFirstLine { path } => {
            let line = before.and_then(|shown| first_line(shown)).unwrap_or_default();
            json!({ "filePath": file(path), "oldString": line, "newString": format!("{line} (edited)") })
        }
        Step::Todo { items } => todos(items),
        Step::Question { text } => json!({ "questions": [{
            "question": text,
            "header": "Colour",
            "options": [
                { "label": "Red", "description": "warm" },
                { "label": "Blue", "description": "cold" },
            ],
        }] }),
        Step::Task { prompt } => json!({ "description": "sub job", "prompt": prompt, "subagent_type": "general" }),
    };
    Call {
        id,
        name: name(step),
        arguments,
    }
}

fn todos(items: &[String]) -> Value {
    let default = ["first".to_owned(), "second".to_owned()];
    let items = if items.is_empty() { &default[..] } else { items };
    let todos: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(at, content)| {
            let (status, priority) = if at == 0 {
                ("in_progress", "high")
            } else {
                ("pending", "low")
            };
            json!({ "content": content, "status": status, "priority": priority })
        })
        .collect();
    json!({ "todos": todos })
}

fn absolute(path: &str, directory: Option<&str>) -> String {
    match directory {
        Some(directory) if !path.starts_with('/') => format!("{}/{path}", directory.trim_end_matches('/')),
        _ => path.to_owned(),
    }
}

/// The read tool numbers its lines, as `1: text` (older ones as `00001| text`).
fn first_line(shown: &str) -> Option<&str> {
    shown.lines().find_map(|line| {
        let (number, text) = line.trim_start().split_once([':', '|'])?;
        let text = text.strip_prefix(' ').unwrap_or(text);
        (number.parse() == Ok(1_u32) && !text.is_empty()).then_some(text)
    })
}

/// A newcomer writes "create hello.txt", not an order in brackets.
pub fn plain_order(text: &str) -> Option<Step> {
    let mut words = text.split_whitespace().map(bare);
    words.find(|word| ["create", "write", "make", "add"].contains(&word.to_lowercase().as_str()))?;
    let path = words.find(|word| is_file_name(word))?;
    let content = quoted(text).unwrap_or_else(|| format!("This is {path}, written by the scripted demo model.\n"));
    Some(Step::Write {
        path: path.to_owned(),
        content,
    })
}

/// Without quotes around it and the stop after it; a dot before it belongs to the name.
fn bare(word: &str) -> &str {
    word.trim_start_matches(['`', '\'', '"', '('])
        .trim_end_matches(['`', '\'', '"', ')', '.', ',', ':', ';', '!', '?'])
}

/// A relative path that stays inside its folder and ends in something like `.txt`.
fn is_file_name(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let name = word.rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    word.len() <= 200
        && word.chars().all(is_plain)
        && !word.starts_with('/')
        && !word
            .split('/')
            .any(|part| part.is_empty() || part == ".." || part == ".git")
        && !stem.is_empty()
        && (1..=8).contains(&extension.len())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// `… with "this text"`, with a line end.
fn quoted(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('"')?;
    let (inside, _) = rest.split_once('"')?;
    (!inside.is_empty() && !is_file_name(inside)).then(|| format!("{inside}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_plain_orders() {
        let path = |text| match plain_order(text) {
            Some(Step::Write { path, content }) => Some((path, content)),
            _ => None,
        };
        let default = |path: &str| format!("This is {path}, written by the scripted demo model.\n");
        for (text, expected) in [
            ("create hello.txt", "hello.txt"),
            ("Please write a file called `src/notes.md`.", "src/notes.md"),
            ("make .config/x.toml", ".config/x.toml"),
        ] {
            assert_eq!(path(text), Some((expected.to_owned(), default(expected))), "{text}");
        }
        assert_eq!(
            path("create hello.txt with \"good morning\""),
            Some(("hello.txt".to_owned(), "good morning\n".to_owned()))
        );
        for text in [
            "hello.txt",
            "create something",
            "write /etc/passwd.txt",
            "create ../up.txt",
            "create .git/hooks.sh",
            "write to https://example.org/a.html",
            "make version 1.5",
        ] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn makes_paths_absolute() {
        assert_eq!(absolute("a/b.txt", Some("/srv/")), "/srv/a/b.txt");
        assert_eq!(absolute("/a.txt", Some("/srv")), "/a.txt");
        assert_eq!(absolute("a.txt", None), "a.txt");
    }

    #[test]
    fn finds_the_first_line_of_what_was_read() {
        let shown = "<path>/srv/a.txt</path>\n<type>file</type>\n<content>\n1: hello: you\n2: there\n</content>";
        assert_eq!(first_line(shown), Some("hello: you"));
        assert_eq!(first_line("<file>\n00001| hello\n</file>"), Some("hello"));
        assert_eq!(first_line("File not found"), None);
    }
}
