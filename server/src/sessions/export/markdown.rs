//! As Markdown, for people.

use std::fmt::Write;

use entity::message::Role;

use super::{Said, Subject};
use crate::{
    agent::{PartContent, ToolCall},
    sessions::part::Part,
};

pub fn head(subject: &Subject) -> String {
    let session = &subject.session;
    format!(
        "# {}\n\n{} · {}\n",
        one_line(&session.title),
        one_line(&subject.project.name),
        session.created_at.format("%F %R UTC")
    )
}

pub fn message(said: &Said) -> String {
    let row = &said.message;
    let who = match row.role {
        Role::User => "You".to_owned(),
        Role::Assistant => row.model.as_deref().map_or_else(|| "Agent".to_owned(), one_line),
    };
    let mut text = format!("\n## {who} · {}\n", row.created_at.format("%F %R"));
    said.parts.iter().for_each(|part| write_part(&mut text, part));
    if let Some(fault) = &row.fault {
        let _ = write!(
            text,
            "\n> **{}:** {}\n",
            one_line(&fault.name),
            one_line(&fault.message)
        );
    }
    text
}

fn write_part(text: &mut String, part: &Part) {
    // Writing to a string does not fail.
    let _ = match &part.content {
        PartContent::Text { is_synthetic: true, .. } => Ok(()),
        PartContent::Text { text: said, .. } if !said.trim().is_empty() => write!(text, "\n{}\n", said.trim_end()),
        PartContent::Reasoning { text: thought, .. } if !thought.trim().is_empty() => {
            let quoted: String = thought.trim_end().lines().map(|line| format!("> {line}\n")).collect();
            write!(text, "\n{quoted}")
        }
        PartContent::Tool(call) => write_tool(text, call, part.is_cut),
        PartContent::Command { name, arguments } => {
            write!(text, "\n**/{}** {}\n", one_line(name), arguments.trim_end())
        }
        PartContent::File { filename, mime, .. } => attached(text, filename.as_deref().unwrap_or("a file"), mime),
        PartContent::Attachment { name, mime, .. } => attached(text, name, mime),
        PartContent::Reference { path } => write!(text, "\n*Pointed at: {}*\n", one_line(path)),
        PartContent::Patch { files, .. } if !files.is_empty() => {
            let files: Vec<_> = files.iter().map(one_line).collect();
            write!(text, "\n*Changed: {}*\n", files.join(", "))
        }
        PartContent::Subtask { description, .. } => write!(text, "\n*Sub-agent: {}*\n", one_line(description)),
        _ => Ok(()),
    };
}

fn attached(text: &mut String, name: &str, mime: &str) -> std::fmt::Result {
    write!(text, "\n*Attached: {} ({})*\n", one_line(name), one_line(mime))
}

fn write_tool(text: &mut String, call: &ToolCall, is_cut: bool) -> std::fmt::Result {
    write!(text, "\n**{}**", one_line(&call.tool))?;
    if let Some(about) = call.about() {
        write!(text, " {}", code(&one_line(about)))?;
    }
    text.push('\n');
    if is_cut {
        text.push_str("\n*(the end of its output)*\n");
    }
    match (&call.error, &call.output) {
        (Some(error), _) => fenced(text, error),
        (None, Some(output)) if !output.trim().is_empty() => fenced(text, output),
        _ => Ok(()),
    }
}

/// In a fence longer than any in it.
fn fenced(text: &mut String, content: &str) -> std::fmt::Result {
    let fence = "`".repeat(longest_run(content).max(2) + 1);
    write!(text, "\n{fence}\n{}\n{fence}\n", content.trim_end())
}

fn code(content: &str) -> String {
    let fence = "`".repeat(longest_run(content) + 1);
    let pad = if content.starts_with('`') || content.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{content}{pad}{fence}")
}

fn longest_run(content: &str) -> usize {
    content.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn one_line(text: impl AsRef<str>) -> String {
    text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_gave_is_told() {
        let mut text = String::new();
        for content in [
            PartContent::Command {
                name: "review".to_owned(),
                arguments: "HEAD~1".to_owned(),
            },
            PartContent::Attachment {
                attachment: uuid::Uuid::nil(),
                mime: "image/png".to_owned(),
                name: "photo.png".to_owned(),
                size: 5,
            },
            PartContent::Reference {
                path: "src/main.rs".to_owned(),
            },
        ] {
            write_part(&mut text, &Part::own("00".to_owned(), content));
        }
        assert_eq!(
            text,
            "\n**/review** HEAD~1\n\n*Attached: photo.png (image/png)*\n\n*Pointed at: src/main.rs*\n"
        );
    }

    #[test]
    fn what_is_quoted_cannot_end_its_quote() {
        let mut text = String::new();
        fenced(&mut text, "a\n```\nb\n").unwrap();
        assert_eq!(text, "\n````\na\n```\nb\n````\n");
        assert_eq!(code("echo `date`"), "`` echo `date` ``");
        assert_eq!(code("ls"), "`ls`");
    }
}
