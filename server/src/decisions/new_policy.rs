//! A policy as somebody asks for it: of a project, or of one that is to be made.

use std::ops::RangeInclusive;

use entity::{
    decision_policy::{Model, PolicyMode, Rule, Rules},
    ids::ProjectId,
};
use serde::Serialize;

use super::error::Error;

pub const MAX_RULES: usize = 100;
pub const MAX_PATTERN: usize = 500;
const MAX_TOOL: usize = 100;
/// Seconds that a policy may let a request wait.
pub const WAIT: RangeInclusive<i32> = 10..=30 * 86_400;

/// What an agent need not ask, and how long a request waits.
#[derive(Clone, Debug, Serialize)]
pub struct NewPolicy {
    pub mode: PolicyMode,
    pub rules: Vec<Rule>,
    pub wait_seconds: Option<i32>,
}

impl NewPolicy {
    pub fn check(&self) -> Result<(), Error> {
        let is_fine = |rule: &Rule| {
            let has_tool = rule
                .tool
                .as_ref()
                .is_none_or(|tool| (1..=MAX_TOOL).contains(&tool.chars().count()));
            has_tool && (1..=MAX_PATTERN).contains(&rule.pattern.chars().count())
        };
        if self.rules.len() > MAX_RULES || !self.rules.iter().all(is_fine) {
            return Err(Error::Rules);
        }
        match self.wait_seconds {
            Some(wait) if !WAIT.contains(&wait) => Err(Error::Wait),
            _ => Ok(()),
        }
    }

    pub fn of(self, project: ProjectId) -> Model {
        Model {
            project_id: project,
            mode: self.mode,
            rules: Rules(self.rules),
            wait_seconds: self.wait_seconds,
        }
    }
}
