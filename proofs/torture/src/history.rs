//! What clients did and saw, in plain facts. Nothing is judged while it is written down.

use std::sync::{Arc, Mutex, PoisonError};

use client::types::{DeliveryState, OperationState};
use uuid::Uuid;

/// Which program an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Light,
    OpenCode,
}

#[derive(Clone, Debug)]
pub enum Fact {
    /// The server took an order.
    Ordered {
        operation: String,
        project: String,
        what: &'static str,
    },
    /// A mutation was sent again under its id, and what was answered before and now.
    Repeated {
        what: &'static str,
        first: String,
        again: String,
    },
    /// A mutation that should have been taken was not.
    Refused { what: String, why: String },
    /// How an operation ended. It is superseded when its client ordered something else before.
    Ended {
        operation: String,
        state: OperationState,
        problem: Option<String>,
        is_superseded: bool,
    },
    /// An agent was not put to sleep: something was asked of it.
    StayedAwake { operation: String },
    /// Asked, the server told an end that whoever follows the events was never told.
    Untold { what: String },
    /// The run of an agent when it was up, and when its client was about to order something else.
    Run {
        project: String,
        up: Option<Uuid>,
        later: Option<Uuid>,
    },
    /// The run of an agent before it was restarted and after.
    Restarted {
        project: String,
        before: Option<Uuid>,
        after: Option<Uuid>,
    },
    /// A change of a project's name that was acknowledged, and the name read afterwards.
    Renamed { wanted: String, read: String },
    /// A prompt was acknowledged as this message.
    Said { message: String },
    /// A prompt that was acknowledged, and what is found of it in the agent's own history.
    Prompted {
        kind: Kind,
        text: String,
        delivery: Option<DeliveryState>,
        found: usize,
        answers: usize,
    },
    /// A whole answer: the agent's own, the stored one, and each state of it that a stream put together.
    Answered {
        kind: Kind,
        own: String,
        stored: Option<String>,
        streamed: Vec<String>,
    },
    /// A follower of the log got an event.
    Event { follower: usize, seq: i64, kind: String },
    /// A follower was told that it missed something, or its stream ended.
    Broken { follower: usize, why: String },
    /// A container was asked for while one was under way.
    TwoContainers { project: String },
    /// A repository that stays, as its client wanted.
    Kept { slug: String },
    /// The proof itself could not go on.
    Stuck { what: String },
}

#[derive(Clone, Debug, Default)]
pub struct History(Arc<Mutex<Vec<Fact>>>);

impl History {
    pub fn note(&self, fact: Fact) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fact);
    }

    pub fn facts(&self) -> Vec<Fact> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn count(&self, counts: impl Fn(&Fact) -> bool) -> usize {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        facts.iter().filter(|fact| counts(fact)).count()
    }
}
