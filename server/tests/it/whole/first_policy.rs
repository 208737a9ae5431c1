//! What the agent of a new project need not ask: in force before anything can be asked.

use client::{
    ErrorCode,
    types::{
        CreateProjectInput, DecisionEffect, DecisionMode, DecisionPolicyInput, DecisionRuleInput, DecisionState,
        ProjectBy, ProjectSourceInput, SetDecisionPolicyInput,
    },
};
use serde_json::json;

use super::stage::Stage;
use crate::support::{database::Kind, server::TestServer};

fn new(mode: Option<DecisionMode>, id: Option<&str>) -> CreateProjectInput {
    let rule = DecisionRuleInput {
        tool: Some("bash".to_owned()),
        pattern: "git push *".to_owned(),
        effect: DecisionEffect::Deny,
    };
    CreateProjectInput {
        name: "Trusted".to_owned(),
        slug: None,
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: mode.map(|mode| DecisionPolicyInput {
            mode,
            rules: vec![rule],
            wait_seconds: Some(600),
        }),
        client_mutation_id: id.map(str::to_owned),
    }
}

async fn is_made_with_the_project(kind: Kind) {
    let server = TestServer::with(kind, &json!({}), &[("PCC_AGENT_COMMAND", "no-such-opencode")]).await;
    let client = server.client();
    let edits = || new(Some(DecisionMode::AllowEdits), Some("the-same"));
    let made = client.create_project(edits()).await.unwrap().project;
    let policy = async || {
        let by = ProjectBy::Id(made.id.clone());
        let policy = client.decision_policy(by).await.unwrap().unwrap();
        (policy.mode, policy.rules.len(), policy.wait_seconds)
    };
    assert_eq!(policy().await, (DecisionMode::AllowEdits, 1, Some(600)));

    // Sent again it changes nothing, what was set since least of all.
    let asks = SetDecisionPolicyInput {
        project: made.id.clone(),
        mode: DecisionMode::Ask,
        rules: Vec::new(),
        wait_seconds: None,
        client_mutation_id: None,
    };
    client.set_decision_policy(asks).await.unwrap();
    assert_eq!(client.create_project(edits()).await.unwrap().project.id, made.id);
    assert_eq!(policy().await, (DecisionMode::Ask, 0, None));
    for other in [Some(DecisionMode::AllowAll), None] {
        let refused = client.create_project(new(other, Some("the-same"))).await.unwrap_err();
        assert_eq!(refused.code(), Some(&ErrorCode::IdempotencyMismatch), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_made_with_its_project_on_sqlite() {
    is_made_with_the_project(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_made_with_its_project_on_postgres() {
    is_made_with_the_project(Kind::Postgres).await;
}

/// The prompt is there before the agent is, and nobody is asked.
async fn holds_for_the_first_prompt(kind: Kind) {
    let stage = Stage::new(kind).await;
    let made = stage
        .client
        .create_project(new(Some(DecisionMode::AllowAll), None))
        .await
        .unwrap();
    let session = stage.client.create_session(&made.project.id, None).await.unwrap();
    let prompt = "[[bash: echo made > made.txt]] [[text: It is made.]]";
    stage.client.send_prompt(&session.id, prompt).await.unwrap();
    let messages = stage.quiet(&session.id).await;
    assert!(format!("{messages:?}").contains("It is made."), "{messages:?}");
    assert_eq!(stage.pending().await.len(), 0);
    let decided = stage.client.decisions(DecisionState::Decided).await.unwrap();
    assert!(!decided.is_empty(), "it is on record");
    assert!(decided.iter().all(|decision| decision.is_by_policy), "{decided:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_asks_nothing_that_the_first_policy_allows_on_sqlite() {
    holds_for_the_first_prompt(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_asks_nothing_that_the_first_policy_allows_on_postgres() {
    holds_for_the_first_prompt(Kind::Postgres).await;
}
