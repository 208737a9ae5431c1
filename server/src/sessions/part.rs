//! A part of a message as it is kept: what the agent said, cut to what is worth keeping.

use entity::message;
use serde::{Deserialize, Serialize};

use crate::agent::{AgentFault, PartContent, Tokens, ToolState};

/// Characters kept of what a tool printed. Its end says more than its beginning.
const MAX_OUTPUT: usize = 64 * 1024;
/// The same while it runs: all of it is told again and again.
const MAX_RUNNING_OUTPUT: usize = 4 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub id: String,
    pub content: PartContent,
    /// Something was cut away.
    #[serde(default)]
    pub is_cut: bool,
    /// A person gave it: it is what is sent again, and what the agent says of it changes nothing.
    #[serde(default)]
    pub is_own: bool,
}

impl Part {
    pub fn new(id: String, mut content: PartContent) -> Self {
        let mut is_cut = false;
        if let PartContent::Tool(call) = &mut content
            && let Some(output) = &mut call.output
            && let Some(rest) = cut(output, most(call.state))
        {
            *output = rest;
            is_cut = true;
        }
        Self {
            id,
            content,
            is_cut,
            is_own: false,
        }
    }

    /// What a person gave.
    pub fn own(id: String, content: PartContent) -> Self {
        Self {
            is_own: true,
            ..Self::new(id, content)
        }
    }

    /// Whether nothing more is to come of it.
    pub fn is_settled(&self) -> bool {
        match &self.content {
            PartContent::Text { is_complete, .. } | PartContent::Reasoning { is_complete, .. } => *is_complete,
            PartContent::Tool(call) => matches!(call.state, ToolState::Completed | ToolState::Failed),
            _ => true,
        }
    }

    /// The text of a part that is written bit by bit.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            PartContent::Text { text, .. } | PartContent::Reasoning { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The same part, of whose text nothing more is to come.
    pub fn finished(mut self) -> Self {
        if let PartContent::Text { is_complete, .. } | PartContent::Reasoning { is_complete, .. } = &mut self.content {
            *is_complete = true;
        }
        self
    }

    /// The same part with this text so far.
    pub fn with_text(mut self, so_far: String) -> Self {
        if let PartContent::Text { text, .. } | PartContent::Reasoning { text, .. } = &mut self.content {
            *text = so_far;
        }
        self
    }

    /// What a running turn does while this is its newest part, in one line.
    pub fn activity(&self) -> Option<String> {
        match &self.content {
            PartContent::Reasoning { is_complete: false, .. } => Some("Thinking".to_owned()),
            PartContent::Text { is_complete: false, .. } => Some("Writing".to_owned()),
            PartContent::Tool(call) if matches!(call.state, ToolState::Pending | ToolState::Running) => {
                Some(call.about().map_or_else(
                    || call.tool.clone(),
                    |about| one_line(&format!("{}: {about}", call.tool)),
                ))
            }
            _ => None,
        }
    }
}

fn one_line(text: &str) -> String {
    const MAX: usize = 200;
    text.lines().next().unwrap_or_default().chars().take(MAX).collect()
}

fn most(state: ToolState) -> usize {
    match state {
        ToolState::Pending | ToolState::Running => MAX_RUNNING_OUTPUT,
        ToolState::Completed | ToolState::Failed => MAX_OUTPUT,
    }
}

/// The last characters of a text that is too long, from the beginning of a line where there is one.
fn cut(text: &str, most: usize) -> Option<String> {
    let start = text.len().checked_sub(most).filter(|start| *start > 0)?;
    let start = (start..text.len()).find(|index| text.is_char_boundary(*index))?;
    let rest = &text[start..];
    Some(
        rest.split_once('\n')
            .map_or(rest, |(_, whole_lines)| whole_lines)
            .to_owned(),
    )
}

pub fn usage(tokens: Tokens, cost: Option<f64>) -> message::Usage {
    message::Usage {
        input: tokens.input,
        output: tokens.output,
        reasoning: tokens.reasoning,
        cache_read: tokens.cache_read,
        cache_write: tokens.cache_write,
        cost,
    }
}

pub fn fault(fault: AgentFault) -> message::Fault {
    message::Fault {
        name: fault.name,
        message: fault.message,
        is_retryable: fault.is_retryable,
        status_code: fault.status_code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::ToolCall;

    fn tool(state: ToolState, output: &str) -> PartContent {
        PartContent::Tool(ToolCall {
            call_id: "call_1".to_owned(),
            tool: "bash".to_owned(),
            state,
            title: None,
            input: serde_json::json!({ "command": "cargo test\nls" }),
            output: Some(output.to_owned()),
            error: None,
            metadata: serde_json::Value::Null,
            child_session_id: None,
            started_at: None,
            ended_at: None,
        })
    }

    #[test]
    fn long_output_keeps_its_end_and_says_so() {
        let output = format!("{}\nlast line 🦀", "x".repeat(MAX_OUTPUT * 2));
        let part = Part::new("prt_1".to_owned(), tool(ToolState::Completed, &output));
        let PartContent::Tool(call) = &part.content else {
            panic!("it was a tool")
        };
        assert_eq!(call.output.as_deref(), Some("last line 🦀"));
        assert!(part.is_cut && part.is_settled());

        let lines = "a line of a build\n".repeat(1_000);
        let part = Part::new("prt_1".to_owned(), tool(ToolState::Running, &lines));
        let PartContent::Tool(call) = &part.content else {
            panic!("it was a tool")
        };
        let shown = call.output.as_deref().unwrap_or_default();
        assert!(part.is_cut && shown.len() <= MAX_RUNNING_OUTPUT && lines.ends_with(shown));
    }

    #[test]
    fn a_part_survives_being_kept() {
        let unknown = PartContent::Unknown {
            kind: "hologram".to_owned(),
            raw: serde_json::json!({ "kind": 7 }),
        };
        for content in [tool(ToolState::Running, "so far"), PartContent::StepStart, unknown] {
            let part = Part::new("prt_1".to_owned(), content);
            let kept = serde_json::to_value(&part).expect("it is JSON");
            assert_eq!(serde_json::from_value::<Part>(kept).expect("it was a part"), part);
        }
    }

    #[test]
    fn a_running_tool_is_told_in_one_line() {
        let part = Part::new("prt_1".to_owned(), tool(ToolState::Running, ""));
        assert_eq!(part.activity().as_deref(), Some("bash: cargo test"));
    }
}
