//! Events that arrived together, each thing once, in the state it was told last.

use std::collections::BTreeMap;

use super::asks::ended_call;
use crate::{
    agent::{
        AgentAsk, AgentEvent, AgentFault, AgentMessage, AgentPart, AgentSession, Role, SessionActivity, Settlement,
        Todo,
    },
    sessions::part::Part,
};

/// Keyed by the agent's ids.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub sessions: BTreeMap<String, AgentSession>,
    pub deleted_sessions: Vec<String>,
    /// By session and message.
    pub messages: BTreeMap<(String, String), AgentMessage>,
    pub removed_messages: Vec<(String, String)>,
    /// By session, message and part.
    pub parts: BTreeMap<(String, String, String), Part>,
    pub removed_parts: Vec<(String, String, String)>,
    pub todos: BTreeMap<String, Vec<Todo>>,
    pub activities: BTreeMap<String, SessionActivity>,
    pub faults: BTreeMap<String, AgentFault>,
    /// What is about requests, each in its turn: that one was asked before its turn ended, say.
    pub asks: Vec<AskNews>,
    /// It was asked for: text that is still being written is not in it.
    pub is_listed: bool,
    size: usize,
}

/// By the agent's ids.
#[derive(Debug)]
pub(super) enum AskNews {
    Asked(Box<AgentAsk>),
    Settled {
        request: String,
        settlement: Settlement,
    },
    TurnEnded(String),
    /// A tool has ended that may have waited for something.
    CallEnded {
        session: String,
        call: String,
    },
}

/// So many at most are written in one transaction.
const FULL: usize = 200;

impl Batch {
    /// For what the agent lists when it is asked.
    pub fn listed() -> Self {
        Self {
            is_listed: true,
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Whether a prompt that waits for the end of a turn, or for its beginning to end it, may go on after this.
    pub fn may_free_a_session(&self) -> bool {
        let mut activities = self.activities.values();
        let mut messages = self.messages.values();
        !self.faults.is_empty()
            || activities.any(|activity| *activity == SessionActivity::Idle)
            || messages.any(|message| message.role == Role::Assistant && message.completed_at.is_none())
    }

    pub fn is_full(&self) -> bool {
        self.size >= FULL
    }

    /// Takes an event. What is only for those who watch is not for a batch and comes back.
    pub fn take(&mut self, event: AgentEvent) -> Option<AgentEvent> {
        match event {
            AgentEvent::SessionChanged(session) => {
                self.sessions.insert(session.id.clone(), session);
            }
            AgentEvent::SessionDeleted { session_id } => self.deleted_sessions.push(session_id),
            AgentEvent::MessageChanged(message) => self.message(message),
            AgentEvent::MessageRemoved { session_id, message_id } => {
                self.removed_messages.push((session_id, message_id));
            }
            AgentEvent::PartChanged(part) => self.part(*part),
            AgentEvent::PartRemoved {
                session_id,
                message_id,
                part_id,
            } => {
                self.parts
                    .remove(&(session_id.clone(), message_id.clone(), part_id.clone()));
                self.removed_parts.push((session_id, message_id, part_id));
            }
            AgentEvent::TodosChanged { session_id, todos } => drop(self.todos.insert(session_id, todos)),
            AgentEvent::Asked(ask) => self.asks.push(AskNews::Asked(ask)),
            AgentEvent::Settled {
                request_id: request,
                settlement,
                ..
            } => self.asks.push(AskNews::Settled { request, settlement }),
            AgentEvent::Activity { session_id, activity } => {
                if activity == SessionActivity::Idle {
                    self.asks.push(AskNews::TurnEnded(session_id.clone()));
                }
                self.activities.insert(session_id, activity);
            }
            AgentEvent::Failed {
                session_id: Some(session_id),
                fault,
            } => {
                self.faults.insert(session_id, fault);
            }
            other => return Some(other),
        }
        self.size += 1;
        None
    }

    /// Takes out the sessions that have come to rest.
    pub fn take_idle(&mut self) -> Vec<String> {
        let is_idle = |_: &String, activity: &mut SessionActivity| *activity == SessionActivity::Idle;
        self.activities
            .extract_if(.., is_idle)
            .map(|(session, _)| session)
            .collect()
    }

    /// A message that was completed is not opened again by what comes late.
    pub fn message(&mut self, message: AgentMessage) {
        let key = (message.session_id.clone(), message.id.clone());
        let is_late = self
            .messages
            .get(&key)
            .is_some_and(|known| known.completed_at.is_some())
            && message.completed_at.is_none();
        if !is_late {
            self.messages.insert(key, message);
        }
        self.size += 1;
    }

    /// Nor is a part that was finished.
    pub fn part(&mut self, part: AgentPart) {
        let key = (part.session_id, part.message_id, part.id.clone());
        let part = Part::new(part.id, part.content);
        if let Some(call) = ended_call(&part).filter(|_| !self.is_listed) {
            let (session, call) = (key.0.clone(), call.to_owned());
            self.asks.push(AskNews::CallEnded { session, call });
        }
        let is_late = self.parts.get(&key).is_some_and(Part::is_settled) && !part.is_settled();
        if !is_late {
            self.parts.insert(key, part);
        }
        self.size += 1;
    }
}
