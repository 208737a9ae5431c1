//! Deciding.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use entity::{
    decision::Answer,
    ids::{DecisionId, ProjectId},
};

use super::{
    Decision,
    policy::{DecisionMode, DecisionRuleInput},
    types::PermissionReply,
};
use crate::{
    decisions::{Decisions, new_policy::NewPolicy},
    graphql::{ContextExt, Failure, Id, Result, id::id_text},
    projects::graphql::Project,
};

/// What `decide` decides.
#[derive(InputObject)]
pub struct DecideInput {
    /// Which decision.
    id: Id<DecisionId>,
    /// The answer.
    answer: DecisionAnswerInput,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// An answer, of the kind that was asked for.
#[derive(OneofObject)]
pub enum DecisionAnswerInput {
    /// To a `PermissionRequest`.
    Permission(PermissionAnswerInput),
    /// To a `Question`.
    Question(QuestionAnswerInput),
}

/// The answer to a permission request.
#[derive(InputObject)]
pub struct PermissionAnswerInput {
    /// Yes or no.
    reply: PermissionReply,
    /// With `REJECT` only: what the agent is to do instead, 1 to 2,000 characters. The turn then goes on.
    message: Option<String>,
}

/// The answer to a question.
#[derive(OneofObject)]
pub enum QuestionAnswerInput {
    /// For each prompt, in order, the labels that are chosen or words of one's own: 1 to 10,000 characters each.
    Answers(Vec<Vec<String>>),
    /// `true`: it is not answered, and its turn ends.
    Reject(bool),
}

impl DecisionAnswerInput {
    fn check(self) -> Result<Answer> {
        Ok(match self {
            Self::Permission(PermissionAnswerInput { reply, message }) => match (reply, message) {
                (PermissionReply::Once, None) => Answer::Once,
                (PermissionReply::Always, None) => Answer::Always,
                (PermissionReply::Reject, message) => Answer::Reject { message },
                _ => {
                    return Err(Failure::invalid(
                        "answer.permission.message",
                        "Words for the agent go with a rejection only.",
                    ));
                }
            },
            Self::Question(QuestionAnswerInput::Answers(answers)) => Answer::Answers { answers },
            Self::Question(QuestionAnswerInput::Reject(true)) => Answer::Dismiss,
            Self::Question(QuestionAnswerInput::Reject(false)) => {
                return Err(Failure::invalid(
                    "answer.question.reject",
                    "To leave it open, do not decide.",
                ));
            }
        })
    }
}

/// What came of `decide`.
#[derive(SimpleObject)]
pub struct DecidePayload {
    /// The decision, closed from now on. The agent gets the answer when it can be reached.
    decision: Decision,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What `setDecisionPolicy` sets, as a whole.
#[derive(InputObject)]
pub struct SetDecisionPolicyInput {
    /// Of which project.
    project: Id<ProjectId>,
    /// What is allowed without asking.
    mode: DecisionMode,
    /// What else is allowed, or is denied, without asking: at most 100.
    #[graphql(default)]
    rules: Vec<DecisionRuleInput>,
    /// After how many seconds without an answer a request is refused: 10 to 2,592,000 (30 days); never when left out.
    wait_seconds: Option<i32>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `setDecisionPolicy`.
#[derive(SimpleObject)]
pub struct SetDecisionPolicyPayload {
    /// The project with its new policy.
    project: Project,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct DecisionMutation;

#[Object]
impl DecisionMutation {
    /// Answers what an agent waits for, once. Whoever comes second gets `CONFLICT`, with who decided and when; the same
    /// answer again from the same device is no second one.
    async fn decide(&self, ctx: &Context<'_>, input: DecideInput) -> Result<DecidePayload> {
        let client_id = input.client_mutation_id;
        let answer = input.answer.check()?;
        let decisions = ctx.service::<Decisions>()?;
        let row = decisions
            .decide(ctx.caller()?, input.id.0, answer, id_text(&client_id))
            .await?;
        Ok(DecidePayload {
            decision: row.into(),
            client_mutation_id: client_id,
        })
    }

    /// Says what the agent of a project need not ask, from now on and for what waits already. `Project.decisionPolicy`
    /// shows it.
    async fn set_decision_policy(
        &self,
        ctx: &Context<'_>,
        input: SetDecisionPolicyInput,
    ) -> Result<SetDecisionPolicyPayload> {
        let client_id = input.client_mutation_id;
        let new = NewPolicy {
            mode: input.mode.into(),
            rules: input.rules.into_iter().map(Into::into).collect(),
            wait_seconds: input.wait_seconds,
        };
        let decisions = ctx.service::<Decisions>()?;
        let project = decisions
            .set_policy(ctx.caller()?, input.project.0, new, id_text(&client_id))
            .await?;
        Ok(SetDecisionPolicyPayload {
            project: Project(project),
            client_mutation_id: client_id,
        })
    }
}
