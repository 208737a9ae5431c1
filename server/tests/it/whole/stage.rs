//! A server with an agent that runs, and what tests ask of it again and again.

use std::time::{Duration, Instant};

use client::{
    Client,
    types::{
        CreateProjectInput, Decision, DecisionAnswerInput, DecisionMode, DecisionRuleInput, DecisionState, Message,
        MessageRole, OperationState, Part, PermissionAnswerInput, PermissionReply, Project, ProjectSourceInput,
        Session, SessionStatus, SetDecisionPolicyInput, ToolPart,
    },
};
use fakes::llm::{Llm, opencode_config};
use serde_json::Value;

use crate::support::{database::Kind, server::TestServer};

/// Waits for what may take a restart of the server or of the agent, and then some turns.
pub async fn patiently<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(180);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A server with a running agent.
pub struct Stage {
    pub llm: Llm,
    pub server: TestServer,
    pub client: Client,
    pub project: Project,
}

impl Stage {
    pub async fn new(kind: Kind) -> Self {
        Self::with(kind, |_| ()).await
    }

    /// With something else in OpenCode's configuration.
    pub async fn with(kind: Kind, configure: impl FnOnce(&mut Value)) -> Self {
        let llm = Llm::start().await.unwrap();
        let mut config = opencode_config(&llm.url());
        configure(&mut config);
        let server = TestServer::start(kind, &config).await;
        Self::on(llm, server).await
    }

    pub async fn on(llm: Llm, server: TestServer) -> Self {
        let client = server.client();
        let input = CreateProjectInput {
            name: "Demo".to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        };
        let accepted = client.create_project(input).await.unwrap();
        let created = client.wait_for_operation(&accepted.operation.id).await.unwrap();
        assert_eq!(
            created.state,
            OperationState::Succeeded,
            "{created:?}\n{}",
            server.log()
        );
        Self {
            llm,
            server,
            client,
            project: accepted.project,
        }
    }

    pub async fn session(&self) -> Session {
        self.client.create_session(&self.project.id, None).await.unwrap()
    }

    /// Another device, by its own token.
    pub fn device(&self, name: &str) -> Client {
        let mut command = self
            .server
            .command(&["token", "create", "--name", name, "--scope", "steer"]);
        let output = command.0.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let token = String::from_utf8(output.stdout).unwrap().trim_end().to_owned();
        Client::new(&self.server.url(), token.into()).unwrap()
    }

    pub async fn pending(&self) -> Vec<Decision> {
        self.client.decisions(DecisionState::Pending).await.unwrap()
    }

    /// The only thing that waits.
    pub async fn asked(&self) -> Decision {
        let asked = patiently("a decision in the inbox", async || self.pending().await.pop()).await;
        assert_eq!(self.pending().await.len(), 1);
        asked
    }

    pub async fn closed(&self, id: &str) -> Decision {
        patiently("a closed decision", async || {
            let decision = self.client.decision(id).await.unwrap().unwrap();
            (decision.state != DecisionState::Pending).then_some(decision)
        })
        .await
    }

    pub async fn set_policy(&self, mode: DecisionMode, rules: Vec<DecisionRuleInput>, wait_seconds: Option<i64>) {
        let input = SetDecisionPolicyInput {
            project: self.project.id.clone(),
            mode,
            rules,
            wait_seconds,
            client_mutation_id: None,
        };
        self.client.set_decision_policy(input).await.unwrap();
    }

    /// Waits until nothing runs in the session and all its answers are complete; gives its messages.
    pub async fn quiet(&self, session: &str) -> Vec<Message> {
        patiently("the end of the turn", async || {
            let messages = self.client.messages(session).await.unwrap().unwrap();
            let status = self.client.session(session).await.unwrap().unwrap().status;
            let last = messages.last()?;
            let is_over = last.role == MessageRole::Assistant && last.completed_at.is_some();
            (is_over && status == SessionStatus::Idle).then_some(messages)
        })
        .await
    }

    pub fn file(&self, name: &str) -> Option<String> {
        let instances = std::fs::read_dir(self.server.data().join("instances")).unwrap();
        instances
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("workspace").join(name)).ok())
            .next()
    }
}

pub fn once() -> DecisionAnswerInput {
    reply(PermissionReply::Once, None)
}

pub fn reply(reply: PermissionReply, message: Option<&str>) -> DecisionAnswerInput {
    DecisionAnswerInput::Permission(PermissionAnswerInput {
        reply,
        message: message.map(str::to_owned),
    })
}

pub fn tools(messages: &[Message]) -> Vec<&ToolPart> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts
        .filter_map(|part| match part {
            Part::ToolPart(tool) => Some(tool),
            _ => None,
        })
        .collect()
}
