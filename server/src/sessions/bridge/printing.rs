//! What running tools print. OpenCode tells all of it again with each line: what a build prints would be written thousands
//! of times, and reach a phone as often. Its beginning goes out at once, the rest once in a while, the end whole.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use crate::agent::{AgentEvent, PartContent, ToolState};

/// How long what is printed may wait.
pub(super) const PRINT_AFTER: Duration = Duration::from_secs(1);
/// More is forgotten: what such tools print next goes out at once.
const MOST_KNOWN: usize = 1_000;

/// By session, message and part.
type Key = (String, String, String);

#[derive(Debug, Default)]
pub(super) struct Printing {
    /// Tools of which something has gone out.
    begun: HashSet<Key>,
    waiting: BTreeMap<Key, AgentEvent>,
}

impl Printing {
    /// Keeps what can wait; everything else comes back.
    pub fn take(&mut self, event: AgentEvent) -> Option<AgentEvent> {
        let AgentEvent::PartChanged(part) = &event else {
            return Some(event);
        };
        let PartContent::Tool(call) = &part.content else {
            return Some(event);
        };
        let key = (part.session_id.clone(), part.message_id.clone(), part.id.clone());
        if call.state != ToolState::Running || call.output.is_none() {
            self.waiting.remove(&key);
            self.begun.remove(&key);
            return Some(event);
        }
        if self.begun.len() >= MOST_KNOWN {
            self.begun.clear();
        }
        if self.begun.insert(key.clone()) {
            return Some(event);
        }
        self.waiting.insert(key, event);
        None
    }

    /// What has waited.
    pub fn drain(&mut self) -> impl Iterator<Item = AgentEvent> + use<> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{AgentPart, ToolCall};

    fn told(state: ToolState, output: Option<&str>) -> AgentEvent {
        AgentEvent::PartChanged(Box::new(AgentPart {
            session_id: "ses".to_owned(),
            message_id: "msg".to_owned(),
            id: "prt".to_owned(),
            content: PartContent::Tool(ToolCall {
                call_id: "call".to_owned(),
                tool: "bash".to_owned(),
                state,
                title: None,
                input: serde_json::Value::Null,
                output: output.map(str::to_owned),
                error: None,
                metadata: serde_json::Value::Null,
                child_session_id: None,
                started_at: None,
                ended_at: None,
            }),
        }))
    }

    #[test]
    fn the_beginning_and_the_end_go_out_at_once_and_the_newest_of_the_rest_later() {
        let mut printing = Printing::default();
        let running = |output: &str| told(ToolState::Running, Some(output));
        for at_once in [told(ToolState::Running, None), running("a")] {
            assert_eq!(printing.take(at_once.clone()), Some(at_once));
        }
        assert_eq!(
            (printing.take(running("ab")), printing.take(running("abc"))),
            (None, None)
        );
        assert_eq!(printing.drain().collect::<Vec<_>>(), [running("abc")]);
        assert_eq!(printing.take(running("abcd")), None);
        let end = told(ToolState::Completed, Some("abcde"));
        assert_eq!(printing.take(end.clone()), Some(end));
        assert_eq!(printing.drain().count(), 0, "nothing comes after the end");
    }
}
