//! What an agent need not ask.

use async_graphql::{Context, Enum, InputObject, SimpleObject};
use entity::{
    decision_policy::{self, PolicyMode, Rule},
    ids::ProjectId,
};

use super::loaders::load;
use crate::{
    decisions::{new_policy::NewPolicy, store},
    graphql::{Classify, Failure, Result},
};

/// What the agent of a project need not ask a person, and how long a request waits.
#[derive(SimpleObject)]
pub struct DecisionPolicy {
    /// What is allowed without asking.
    mode: DecisionMode,
    /// What else is allowed, or is denied, without asking.
    rules: Vec<DecisionRule>,
    /// After how many seconds without an answer a request is refused; null for never. The agent is told so, and goes
    /// on; a question that is not answered ends its turn.
    wait_seconds: Option<i32>,
}

/// What is allowed without asking. A question is always asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "PolicyMode")]
pub enum DecisionMode {
    /// Nothing.
    Ask,
    /// What only reads, inside the workspace.
    AllowReads,
    /// What only reads, and changes of files, inside the workspace. Not commands that write.
    AllowEdits,
    /// Everything, wherever it reaches, but for an agent that seems to go in circles.
    AllowAll,
}

/// What is allowed or denied, whatever the mode. A denial goes before an allowance.
#[derive(SimpleObject)]
pub struct DecisionRule {
    /// What it is about: `bash`, `edit`, `webfetch` and others; everything when null.
    tool: Option<String>,
    /// A command, a file or an address, in which `*` stands for any text: 1 to 500 characters. To be allowed, each
    /// command of a line must fit one; a line with substitutions or files to write to must be spelled out whole. To be
    /// denied, it is enough that one of them fits.
    pattern: String,
    /// Whether it is allowed or denied.
    effect: DecisionEffect,
}

/// Whether something is allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DecisionEffect {
    /// It is allowed, once each time.
    Allow,
    /// It is refused, with a message to the agent.
    Deny,
}

/// What is allowed or denied, whatever the mode.
#[derive(InputObject)]
pub struct DecisionRuleInput {
    /// What it is about: `bash`, `edit`, `webfetch` and others; everything when left out.
    tool: Option<String>,
    /// A command, a file or an address, in which `*` stands for any text: 1 to 500 characters.
    pattern: String,
    /// Whether it is allowed or denied.
    effect: DecisionEffect,
}

/// What the agent of a new project need not ask. `setDecisionPolicy` changes it.
#[derive(InputObject)]
pub struct DecisionPolicyInput {
    /// What is allowed without asking.
    mode: DecisionMode,
    /// What else is allowed, or is denied, without asking: at most 100.
    #[graphql(default)]
    rules: Vec<DecisionRuleInput>,
    /// After how many seconds without an answer a request is refused: 10 to 2,592,000 (30 days); never when left out.
    wait_seconds: Option<i32>,
}

impl DecisionPolicyInput {
    /// What is wrong is told by its place in `field`.
    pub fn check(self, field: &str) -> Result<NewPolicy> {
        let policy = NewPolicy {
            mode: self.mode.into(),
            rules: self.rules.into_iter().map(Into::into).collect(),
            wait_seconds: self.wait_seconds,
        };
        policy.check().map_err(|error| {
            let failure = error.failure();
            Failure {
                field: failure.field.map(|inner| format!("{field}.{inner}")),
                ..failure
            }
        })?;
        Ok(policy)
    }
}

impl From<DecisionRuleInput> for Rule {
    fn from(rule: DecisionRuleInput) -> Self {
        Self {
            tool: rule.tool,
            pattern: rule.pattern,
            is_allowed: rule.effect == DecisionEffect::Allow,
        }
    }
}

impl From<decision_policy::Model> for DecisionPolicy {
    fn from(policy: decision_policy::Model) -> Self {
        let rule = |rule: Rule| DecisionRule {
            tool: rule.tool,
            pattern: rule.pattern,
            effect: if rule.is_allowed {
                DecisionEffect::Allow
            } else {
                DecisionEffect::Deny
            },
        };
        Self {
            mode: policy.mode.into(),
            rules: policy.rules.0.into_iter().map(rule).collect(),
            wait_seconds: policy.wait_seconds,
        }
    }
}

/// The policy of a project: its own, or the one that asks everything.
pub async fn load_policy(ctx: &Context<'_>, project: ProjectId) -> Result<DecisionPolicy> {
    let policy = load(ctx, project).await?;
    Ok(policy.unwrap_or_else(|| store::default_policy(project)).into())
}
