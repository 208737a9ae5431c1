//! Who asks.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use entity::ids::DeviceId;

use crate::graphql::{Classify, Code, Failure};

/// What a device may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Scope {
    /// See everything: projects, sessions, messages, events.
    Read,
    /// Talk to agents: create and rename sessions, send prompts, abort, decide. Change the files they work on, and commit.
    Steer,
    /// Create, change, start, stop and delete projects; push to their repositories.
    Manage,
    /// Everything, and also pair and revoke devices.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Steer, Self::Manage, Self::Admin];

    /// Its name in configuration, on the command line and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Steer => "steer",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// An authenticated device. Each scope includes those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub device: DeviceId,
    pub device_name: String,
    pub scopes: BTreeSet<Scope>,
    /// The token stops working then; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The caller's device lacks this scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this device may not do that: it needs the scope {}", .0.name())]
pub struct Forbidden(pub Scope);

impl Classify for Forbidden {
    fn failure(&self) -> Failure {
        Failure::new(Code::Forbidden, format!("{self}."))
    }
}

impl Caller {
    pub fn may(&self, scope: Scope) -> bool {
        includes(&self.scopes, scope)
    }

    pub fn require(&self, scope: Scope) -> Result<(), Forbidden> {
        if self.may(scope) { Ok(()) } else { Err(Forbidden(scope)) }
    }
}

fn includes(held: &BTreeSet<Scope>, scope: Scope) -> bool {
    held.iter().any(|held| *held >= scope)
}

/// All devices for which one execution is done at once, in place of a caller. What they may do is known, and is the same
/// for each; who they are is not, so that nothing in a shared result can depend on it. A resolver that asks gets no
/// answer, and its asking is noted: the result is then nobody's.
#[derive(Debug)]
pub struct Audience {
    scopes: BTreeSet<Scope>,
    was_asked_who: AtomicBool,
}

impl Audience {
    pub fn new(scopes: BTreeSet<Scope>) -> Self {
        Self {
            scopes,
            was_asked_who: AtomicBool::new(false),
        }
    }

    pub fn require(&self, scope: Scope) -> Result<(), Forbidden> {
        if includes(&self.scopes, scope) {
            Ok(())
        } else {
            Err(Forbidden(scope))
        }
    }

    pub fn ask_who(&self) {
        self.was_asked_who.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has asked since the last time.
    pub fn was_asked_who(&self) -> bool {
        self.was_asked_who.swap(false, Ordering::Relaxed)
    }
}
