//! What a bridge remembers of what it has written.

use std::collections::{HashMap, HashSet};

use entity::ids::{MessageId, SessionId};

/// What a bridge knows of the rows, so that it need not ask for each event.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub sessions: HashMap<String, SessionId>,
    pub messages: HashMap<(String, String), MessageId>,
    pub settled: HashSet<(MessageId, String)>,
    /// Calls of tools that wait for a decision.
    pub waiting: HashSet<String>,
    /// By the agent's ids.
    pub busy: HashSet<String>,
    /// Prompts and answers that the agent has and does nothing about, with how often that was so in a row.
    pub unanswered: HashMap<MessageId, u32>,
}

/// More is forgotten and asked for again.
const MOST_KNOWN: usize = 20_000;

impl Known {
    pub fn place(&self, session: &str, message: &str) -> Option<(SessionId, MessageId)> {
        let message = self.messages.get(&(session.to_owned(), message.to_owned()))?;
        Some((*self.sessions.get(session)?, *message))
    }

    pub fn is_settled(&self, message: MessageId, part: &str) -> bool {
        self.settled.contains(&(message, part.to_owned()))
    }

    /// The sessions that were busy when we last heard of them.
    pub fn busy(&self) -> Vec<String> {
        self.busy.iter().cloned().collect()
    }

    pub fn trim(&mut self) {
        if self.messages.len() > MOST_KNOWN {
            self.messages.clear();
        }
        if self.settled.len() > MOST_KNOWN {
            self.settled.clear();
        }
    }
}
