//! Agents that need not ask, for tests that are about something else.

use client::{
    Client,
    types::{DecisionMode, SetDecisionPolicyInput},
};

pub async fn allow_all(client: &Client, project: &str) {
    let input = SetDecisionPolicyInput {
        project: project.to_owned(),
        mode: DecisionMode::AllowAll,
        rules: Vec::new(),
        wait_seconds: None,
        client_mutation_id: None,
    };
    client.set_decision_policy(input).await.unwrap();
}
