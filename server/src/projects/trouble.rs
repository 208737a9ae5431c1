//! What can go wrong on the way to what is wanted, in the words and codes that users see.

use std::time::Duration;

use entity::problem::ProblemCode;
use rand::RngExt;

use crate::{
    agent::AgentError, containers::HostError, forge::ForgeError, graphql::sentence, projects::lease::LeaseError,
};

/// Why a look at a project ended without its being as wanted.
#[derive(Debug)]
pub enum Trouble {
    /// Somebody else works on it now, or the database failed: say nothing, another look will come.
    Lease(LeaseError),
    Problem(Problem),
}

#[derive(Debug)]
pub struct Problem {
    pub code: ProblemCode,
    pub message: String,
    pub outlook: Outlook,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Trying again may help, later and later.
    Retry,
    /// Not before this time, which is no failure.
    Wait(Duration),
    /// As soon as something else has changed, which is no failure either; looked at after this time in any case.
    Turn(Duration),
    /// Only a person can help.
    Stuck,
}

/// After so many failures in a row a person has to look.
pub const MAX_ATTEMPTS: i32 = 8;

impl Problem {
    pub fn new(code: ProblemCode, outlook: Outlook, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            outlook,
        }
    }

    /// How long to wait after this many failures; `None`: for a person.
    pub fn wait(&self, attempts: i32) -> Option<Duration> {
        match self.outlook {
            Outlook::Stuck => None,
            Outlook::Wait(wait) | Outlook::Turn(wait) => Some(wait),
            Outlook::Retry if attempts >= MAX_ATTEMPTS => None,
            Outlook::Retry => Some(backoff(attempts)),
        }
    }
}

/// 1, 2, 4 … seconds, at most 5 minutes, give or take a fifth, so that many do not come back at once.
fn backoff(attempts: i32) -> Duration {
    let seconds = 2_f64.powi(attempts.saturating_sub(1).clamp(0, 9)).min(300.0);
    Duration::from_secs_f64(seconds * rand::rng().random_range(0.8..1.2))
}

impl From<LeaseError> for Trouble {
    fn from(error: LeaseError) -> Self {
        Self::Lease(error)
    }
}

impl From<sea_orm::DbErr> for Trouble {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Lease(error.into())
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ForgeError> for Problem {
    fn from(error: ForgeError) -> Self {
        let (code, outlook) = match &error {
            ForgeError::Missing(_) => (ProblemCode::MissingProgram, Outlook::Stuck),
            ForgeError::Rejected(_) | ForgeError::NotFound => (ProblemCode::Rejected, Outlook::Stuck),
            ForgeError::LoginRequired(_) => (ProblemCode::LoginRequired, Outlook::Stuck),
            ForgeError::AccountNeeded(_) => (ProblemCode::GithubLoginRequired, Outlook::Stuck),
            ForgeError::Exhausted(_) => (ProblemCode::Exhausted, Outlook::Stuck),
            ForgeError::NameTaken(_) => (ProblemCode::NameTaken, Outlook::Stuck),
            ForgeError::Unavailable { .. } => (ProblemCode::Unavailable, Outlook::Retry),
        };
        log(&error);
        Self::new(code, outlook, sentence(&error))
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let (code, outlook) = match &error {
            HostError::Missing(_) => (ProblemCode::MissingProgram, Outlook::Stuck),
            HostError::Rejected(_) => (ProblemCode::Rejected, Outlook::Stuck),
            HostError::Exhausted(_) => (ProblemCode::Exhausted, Outlook::Stuck),
            // It went away between two looks.
            HostError::NotFound | HostError::Unavailable { .. } => (ProblemCode::Unavailable, Outlook::Retry),
        };
        log(&error);
        Self::new(code, outlook, sentence(&error))
    }
}

impl From<AgentError> for Problem {
    fn from(error: AgentError) -> Self {
        let (code, outlook) = match &error {
            AgentError::Unsupported(_) => (ProblemCode::UnsupportedAgent, Outlook::Stuck),
            AgentError::NotFound
            | AgentError::Busy
            | AgentError::Rejected(_)
            | AgentError::TooLarge(_)
            | AgentError::Unavailable { .. } => (ProblemCode::Unavailable, Outlook::Retry),
        };
        log(&error);
        Self::new(code, outlook, sentence(&error))
    }
}

impl From<ForgeError> for Trouble {
    fn from(error: ForgeError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<HostError> for Trouble {
    fn from(error: HostError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<AgentError> for Trouble {
    fn from(error: AgentError) -> Self {
        Self::Problem(error.into())
    }
}

fn log(error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error, "something outside did not do as asked");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let problem = Problem::new(ProblemCode::Unavailable, Outlook::Retry, "no answer");
        let first = problem.wait(1).expect("retried");
        assert!((Duration::from_millis(800)..=Duration::from_millis(1200)).contains(&first));
        assert!(problem.wait(6).expect("retried") > Duration::from_secs(20));
        assert_eq!(problem.wait(MAX_ATTEMPTS), None);
    }
}
