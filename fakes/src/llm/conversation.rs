//! What a caller sends, read as far as the script needs it.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/chat/completions`. Unknown fields are ignored, as the real thing does.
#[derive(Debug, Deserialize)]
pub struct Conversation {
    #[serde(default)]
    pub model: String,
    pub messages: Vec<Message>,
    #[serde(default)]
    pub stream: bool,
    #[serde(default)]
    pub tools: Vec<Tool>,
}

#[derive(Debug, Deserialize)]
pub struct Message {
    pub role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Tool {
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
}

/// What the caller wants a text for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Chat,
    /// OpenCode asks for a session's title beside the first prompt.
    Title,
    /// OpenCode asks for a summary when a session is compacted. The prompt quotes the whole session.
    Summary,
}

impl Conversation {
    /// By the system prompts of OpenCode 1.18: nothing else tells these requests apart.
    pub fn kind(&self) -> Kind {
        let system = self.text_of("system");
        if system.contains("title generator") {
            Kind::Title
        } else if system.contains("context summarization agent") {
            Kind::Summary
        } else {
            Kind::Chat
        }
    }

    /// The newest thing the user said.
    pub fn prompt(&self) -> String {
        self.messages
            .iter()
            .rfind(|m| m.is("user"))
            .map(Message::text)
            .unwrap_or_default()
    }

    /// What the tools have answered since then: one for each step that is done.
    pub fn results(&self) -> Vec<String> {
        let since = self.messages.iter().rposition(|m| m.is("user")).map_or(0, |at| at + 1);
        self.messages[since..]
            .iter()
            .filter(|m| m.is("tool"))
            .map(Message::text)
            .collect()
    }

    pub fn offers(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered.function.name == tool)
    }

    pub fn tool_names(&self) -> Vec<String> {
        self.tools.iter().map(|tool| tool.function.name.clone()).collect()
    }

    /// The folder the agent works in, as OpenCode's system prompt names it: its tools want absolute paths.
    pub fn directory(&self) -> Option<String> {
        let system = self.text_of("system");
        let line = system
            .lines()
            .find_map(|line| line.trim().strip_prefix("Working directory:"))?;
        Some(line.trim().to_owned()).filter(|path| path.starts_with('/'))
    }

    /// A rough count: four bytes are a token.
    pub fn size_in_tokens(&self) -> usize {
        self.messages
            .iter()
            .map(|message| message.text().len().div_ceil(4))
            .sum()
    }

    fn text_of(&self, role: &str) -> String {
        let texts: Vec<_> = self.messages.iter().filter(|m| m.is(role)).map(Message::text).collect();
        texts.join("\n")
    }
}

impl Message {
    fn is(&self, role: &str) -> bool {
        self.role == role
    }

    fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => {
                let texts: Vec<_> = parts.iter().filter_map(|part| part.text.as_deref()).collect();
                texts.join("\n")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conversation(messages: serde_json::Value) -> Conversation {
        serde_json::from_value(json!({ "messages": messages })).unwrap()
    }

    #[test]
    fn counts_only_results_since_the_newest_prompt() {
        let talk = conversation(json!([
            { "role": "user", "content": "first" },
            { "role": "assistant", "content": null, "tool_calls": [] },
            { "role": "tool", "content": "old" },
            { "role": "user", "content": [{ "type": "text", "text": "second" }, { "type": "image_url" }] },
            { "role": "assistant", "content": "Calling bash." },
            { "role": "tool", "content": "new" },
        ]));
        assert_eq!(talk.prompt(), "second");
        assert_eq!(talk.results(), ["new"]);
    }

    #[test]
    fn finds_the_folder_in_the_system_prompt() {
        let talk =
            conversation(json!([{ "role": "system", "content": "<env>\n  Working directory: /srv/a b\n</env>" }]));
        assert_eq!(talk.directory().as_deref(), Some("/srv/a b"));
        assert_eq!(conversation(json!([])).directory(), None);
    }
}
