//! An agent that is missing, dies or is killed: said on the project, and mended by another try.

use std::os::unix::fs::PermissionsExt;

use client::types::{CreateProjectInput, OperationState, ProblemCode, ProjectSourceInput, ProjectStatus};
use fakes::llm::{Llm, opencode_config};
use serde_json::json;

use crate::support::{database::Kind, opencode, server::TestServer, until::until};

fn empty(name: &str) -> CreateProjectInput {
    CreateProjectInput {
        name: name.to_owned(),
        slug: None,
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: None,
        client_mutation_id: None,
    }
}

fn program(folder: &std::path::Path, script: &str) -> String {
    let file = folder.join("agent");
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_that_is_missing_is_said_and_installing_it_mends() {
    let llm = Llm::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = folder.path().join("agent");
    let environment = [("PCC_AGENT_COMMAND", command.to_str().unwrap())];
    let server = TestServer::with(Kind::Sqlite, &opencode_config(&llm.url()), &environment).await;
    let client = server.client();
    let accepted = client.create_project(empty("Early")).await.unwrap();
    let failed = client.wait_for_operation(&accepted.operation.id).await.unwrap();
    assert_eq!(failed.state, OperationState::Failed);
    let problem = failed.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::MissingProgram);
    assert!(
        problem.message.contains("npm install -g opencode-ai@1.18"),
        "{}",
        problem.message
    );
    assert_eq!(
        client.find_project("early").await.unwrap().unwrap().status,
        ProjectStatus::Error
    );

    std::os::unix::fs::symlink(opencode::program(), &command).unwrap();
    let retried = client.retry_operation(&failed.id).await.unwrap();
    let done = client.wait_for_operation(&retried.id).await.unwrap();
    assert_eq!(done.state, OperationState::Succeeded, "{done:?}\n{}", server.log());
    let project = client.find_project("early").await.unwrap().unwrap();
    assert_eq!(
        (project.status, project.problem.is_none()),
        (ProjectStatus::Running, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_dies_at_start_leaves_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let command = program(
        folder.path(),
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 1.18.0 && exit\necho 'the lamp is broken' >&2\nexit 3\n",
    );
    let server = TestServer::with(Kind::Sqlite, &json!({}), &[("PCC_AGENT_COMMAND", &command)]).await;
    let client = server.client();
    client.create_project(empty("Lamp")).await.unwrap();
    let problem = until("the problem", async || {
        client.find_project("lamp").await.unwrap().unwrap().problem
    })
    .await;
    assert_eq!(problem.code, ProblemCode::AgentDied);
    assert!(
        problem.message.contains("exit code 3") && problem.message.contains("the lamp is broken"),
        "{problem:?}"
    );
    assert!(problem.next_attempt_at.is_some(), "it is tried again by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_that_is_killed_is_started_again() {
    let llm = Llm::start().await.unwrap();
    let server = TestServer::start(Kind::Sqlite, &opencode_config(&llm.url())).await;
    let client = server.client();
    let accepted = client.create_project(empty("Phoenix")).await.unwrap();
    client.wait_for_operation(&accepted.operation.id).await.unwrap();
    let before = server.agents();
    assert!(!before.is_empty());
    for pid in &before {
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status();
    }
    until("another process and a running project", async || {
        let now = server.agents();
        let is_new = !now.is_empty() && now.iter().all(|pid| !before.contains(pid));
        let status = client.find_project("phoenix").await.unwrap().unwrap().status;
        (is_new && status == ProjectStatus::Running).then_some(())
    })
    .await;
    let session = client.create_session(&accepted.project.id, None).await.unwrap();
    client.send_prompt(&session.id, "[[text: risen]]").await.unwrap();
    until("an answer", async || {
        let messages = client.messages(&session.id).await.unwrap().unwrap();
        messages
            .last()
            .filter(|last| last.completed_at.is_some() && messages.len() == 2)
            .map(|_| ())
    })
    .await;
}
