//! Decisions: one method for each operation in `operations/decisions.graphql`.

use crate::{
    Client, Error, Repeat, operations as ops,
    projects::{PAGE, mutation_id},
    types::*,
};

/// The end of patience with an inbox that never ends.
const MAX_DECISIONS: usize = 1_000;

impl Client {
    /// The inbox, read page by page: what waits for a person in all projects, the longest waiting first. Of another
    /// state, what was closed so.
    pub async fn decisions(&self, state: DecisionState) -> Result<Vec<Decision>, Error> {
        let (mut decisions, mut after) = (Vec::new(), None);
        while decisions.len() < MAX_DECISIONS {
            let variables = ops::decisions::Variables {
                first: Some(PAGE),
                after,
                state: Some(state.clone()),
            };
            let page = self.run::<ops::Decisions>(variables, Repeat::Harmless).await?.decisions;
            decisions.extend(page.nodes);
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        Ok(decisions)
    }

    /// What a session and its sub-agents wait for. `None` without such a session.
    pub async fn session_decisions(&self, session: &str) -> Result<Option<Vec<Decision>>, Error> {
        let variables = ops::session_decisions::Variables {
            session: session.to_owned(),
            state: Some(DecisionState::Pending),
        };
        let answer = self.run::<ops::SessionDecisions>(variables, Repeat::Harmless).await?;
        Ok(answer.session.map(|session| session.decisions.nodes))
    }

    /// One decision; `None` when there is none, or it went with its session.
    pub async fn decision(&self, id: &str) -> Result<Option<Decision>, Error> {
        let variables = ops::decision_by_id::Variables { id: id.to_owned() };
        Ok(self
            .run::<ops::DecisionById>(variables, Repeat::Harmless)
            .await?
            .decision)
    }

    /// Decides. Who comes second gets [`crate::ErrorCode::Conflict`], with who was first in the failure.
    pub async fn decide(&self, id: &str, answer: DecisionAnswerInput) -> Result<Decision, Error> {
        self.decide_input(DecideInput {
            id: id.to_owned(),
            answer,
            client_mutation_id: None,
        })
        .await
    }

    /// As [`Client::decide`], under an id of the caller's.
    pub async fn decide_input(&self, mut input: DecideInput) -> Result<Decision, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::decide::Variables { input };
        Ok(self
            .run::<ops::Decide>(variables, Repeat::Harmless)
            .await?
            .decide
            .decision)
    }

    /// What the agent of a project need not ask. `None` without such a project.
    pub async fn decision_policy(&self, by: ProjectBy) -> Result<Option<DecisionPolicy>, Error> {
        let variables = ops::project_decision_policy::Variables { by };
        let answer = self
            .run::<ops::ProjectDecisionPolicy>(variables, Repeat::Harmless)
            .await?;
        Ok(answer.project.map(|project| project.decision_policy))
    }

    pub async fn set_decision_policy(&self, mut input: SetDecisionPolicyInput) -> Result<DecisionPolicy, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::set_decision_policy::Variables { input };
        Ok(self
            .run::<ops::SetDecisionPolicy>(variables, Repeat::Harmless)
            .await?
            .set_decision_policy
            .project
            .decision_policy)
    }
}
