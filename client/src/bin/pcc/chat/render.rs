//! A session as text that grows, or as JSON lines.
//!
//! What was printed of each part is kept, so that a fresh snapshot after a break prints only what is new in it.

use std::{
    collections::HashMap,
    io::{IsTerminal, Write},
};

use anyhow::Result;
use client::{
    Applied, Transcript, part_id,
    types::{Message, MessageRole, Part, SessionStatus, ToolPart, ToolState},
};
use console::Style;
use serde_json::{Value, json};

use crate::output::{Output, clean, name, one_line};

/// What a row about a tool says of its input.
const MAX_ROW: usize = 100;

pub struct Renderer {
    output: Output,
    /// What was printed of each part, by its id: text as it is, a tool's state.
    printed: HashMap<String, String>,
    /// The part whose text stands on a line that has not ended.
    open: Option<String>,
    activity: String,
}

enum Tone {
    Text,
    Reasoning,
}

impl Renderer {
    pub fn new(output: Output) -> Self {
        Self {
            output,
            printed: HashMap::new(),
            open: None,
            activity: String::new(),
        }
    }

    /// Takes everything that is there as printed.
    pub fn skip(&mut self, transcript: &Transcript) {
        for part in transcript.messages().iter().flat_map(|message| &message.parts) {
            if let Some(id) = part_id(part) {
                self.printed.insert(id.to_owned(), content(part));
            }
        }
    }

    /// Prints what is new. `applied` says where to look.
    pub fn show(&mut self, transcript: &Transcript, applied: &Applied) -> Result<()> {
        match applied {
            Applied::Part { message, part } => {
                let found = transcript.message(message).zip(transcript.part(message, part));
                found.map_or(Ok(()), |(message, part)| self.part(message, part))
            }
            Applied::Status => self.status(transcript),
            _ => transcript
                .messages()
                .iter()
                .flat_map(|message| message.parts.iter().map(move |part| (message, part)))
                .try_for_each(|(message, part)| self.part(message, part)),
        }
    }

    /// Ends the line.
    pub fn finish(&mut self) -> Result<()> {
        if self.open.take().is_some() && !self.output.json {
            self.write("\n")?;
        }
        Ok(())
    }

    /// A line of the JSON stream; nothing for people.
    pub fn event(&mut self, value: &Value) -> Result<()> {
        if self.output.json {
            self.output.event(value, String::new)
        } else {
            Ok(())
        }
    }

    fn part(&mut self, message: &Message, part: &Part) -> Result<()> {
        if message.role != MessageRole::Assistant {
            return Ok(());
        }
        match part {
            Part::TextPart(text) if !text.is_synthetic => self.text(message, &text.id, &text.text, Tone::Text),
            Part::ReasoningPart(part) => self.text(message, &part.id, &part.text, Tone::Reasoning),
            Part::ToolPart(tool) => self.tool(message, tool),
            _ => Ok(()),
        }
    }

    fn text(&mut self, message: &Message, id: &str, text: &str, tone: Tone) -> Result<()> {
        let printed = self.printed.get(id).map_or("", String::as_str);
        // A text that was rewritten is printed as a whole again.
        let (new, is_rewritten) = match text.strip_prefix(printed) {
            Some(new) => (new, false),
            None => (text, true),
        };
        if new.is_empty() {
            return Ok(());
        }
        if self.output.json {
            let kind = if matches!(tone, Tone::Text) {
                "text"
            } else {
                "reasoning"
            };
            let mut event = json!({ "type": kind, "message": message.id, "part": id, "text": new });
            if is_rewritten {
                event["replaces"] = true.into();
            }
            self.event(&event)?;
        } else {
            self.print(id, new, is_rewritten, &tone)?;
        }
        self.printed.insert(id.to_owned(), text.to_owned());
        Ok(())
    }

    fn print(&mut self, id: &str, new: &str, is_rewritten: bool, tone: &Tone) -> Result<()> {
        let is_terminal = std::io::stdout().is_terminal();
        // Who pipes the answer on wants the answer alone.
        if matches!(tone, Tone::Reasoning) && !is_terminal {
            return Ok(());
        }
        if is_rewritten || self.open.as_deref() != Some(id) {
            self.finish()?;
        }
        self.open = Some(id.to_owned());
        match tone {
            Tone::Text if is_terminal => self.write(&clean(new)),
            Tone::Text => self.write(new),
            Tone::Reasoning => self.write(&Style::new().dim().apply_to(clean(new)).to_string()),
        }
    }

    fn tool(&mut self, message: &Message, tool: &ToolPart) -> Result<()> {
        let state = name(&tool.state);
        let printed = self.printed.insert(tool.id.clone(), state.clone());
        // A pending call has no input yet.
        if tool.state == ToolState::Pending || printed.as_ref() == Some(&state) {
            return Ok(());
        }
        if self.output.json {
            let error = tool.error.as_deref();
            return self.event(
                &json!({ "type": "tool", "message": message.id, "part": tool.id, "tool": tool.tool,
                "state": state, "title": tool.title, "error": error }),
            );
        }
        let is_announced = printed.is_some_and(|printed| printed != name(&ToolState::Pending));
        match &tool.state {
            ToolState::Failed => {
                let error = tool.error.as_deref().unwrap_or("failed");
                self.row(&Style::new().red(), "✗", &format!("{}: {}", tool.tool, shorten(error)))
            }
            _ if is_announced => Ok(()),
            _ => self.row(
                &Style::new().cyan(),
                "▸",
                &format!("{} {}", tool.tool, shorten(&subject(tool))),
            ),
        }
    }

    /// What holds an answer up is worth a row; what it does meanwhile shows by itself.
    fn status(&mut self, transcript: &Transcript) -> Result<()> {
        let session = transcript.session();
        self.event(&json!({ "type": "status", "status": name(&session.status),
            "activity": session.activity.as_ref().map(|activity| &activity.line) }))?;
        let line = session
            .activity
            .as_ref()
            .map(|activity| activity.line.clone())
            .unwrap_or_default();
        if session.status == SessionStatus::Retrying && line != self.activity && !self.output.json {
            self.row(&Style::new().yellow(), "…", &shorten(&line))?;
            self.activity = line;
        }
        Ok(())
    }

    /// Rows go beside the answer, so that a pipe holds the answer alone.
    fn row(&mut self, style: &Style, mark: &str, text: &str) -> Result<()> {
        self.finish()?;
        let mark = style.clone().for_stderr().apply_to(mark);
        let text = Style::new().for_stderr().dim().apply_to(one_line(text));
        writeln!(std::io::stderr(), "{mark} {text}")?;
        Ok(())
    }

    fn write(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }
}

/// What a part holds that can be printed.
fn content(part: &Part) -> String {
    match part {
        Part::TextPart(part) => part.text.clone(),
        Part::ReasoningPart(part) => part.text.clone(),
        Part::ToolPart(part) => name(&part.state),
        _ => String::new(),
    }
}

/// What a call is about: its title, or what most tools are given first.
fn subject(tool: &ToolPart) -> String {
    let input = ["command", "filePath", "path", "pattern", "url", "description"];
    let first = || input.iter().find_map(|key| tool.input.get(key).and_then(Value::as_str));
    tool.title
        .as_deref()
        .filter(|title| !title.is_empty())
        .or_else(first)
        .unwrap_or_default()
        .to_owned()
}

fn shorten(text: &str) -> String {
    let text = one_line(text);
    match text.char_indices().nth(MAX_ROW) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
