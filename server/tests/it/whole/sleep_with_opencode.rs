//! The real OpenCode put to sleep and woken: nothing is stopped that is needed, and nothing is lost that is asked.

use std::os::unix::fs::PermissionsExt;

use client::{
    Client, ErrorCode,
    types::{
        CreateProjectInput, DecisionAnswerInput, DecisionState, ForkSessionInput, MessageRole, OperationState,
        PermissionAnswerInput, PermissionReply, ProblemCode, Project, ProjectSourceInput, ProjectStatus, SleepReason,
    },
};
use fakes::llm::{Llm, opencode_config};

use super::stage::patiently;
use crate::support::{database::Kind, opencode, policy::allow_all, server::TestServer};

/// Long enough for a turn to begin, short enough to wait for.
const SOON: (&str, &str) = ("PCC_AGENT_SLEEP_AFTER_SECONDS", "3");

struct Stage {
    llm: Llm,
    server: TestServer,
    client: Client,
}

impl Stage {
    async fn set(kind: Kind, environment: &[(&str, &str)]) -> Self {
        let llm = Llm::start().await.unwrap();
        let program = opencode::program().display().to_string();
        let mut all = vec![("PCC_AGENT_COMMAND", program.as_str())];
        all.extend_from_slice(environment);
        let server = TestServer::with(kind, &opencode_config(&llm.url()), &all).await;
        let client = server.client();
        Self { llm, server, client }
    }

    async fn create(&self, name: &str) -> Project {
        let input = CreateProjectInput {
            name: name.to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        };
        let accepted = self.client.create_project(input).await.unwrap();
        let made = self.client.wait_for_operation(&accepted.operation.id).await.unwrap();
        assert_eq!(made.state, OperationState::Succeeded, "{made:?}\n{}", self.server.log());
        accepted.project
    }

    async fn project(&self, slug: &str) -> Project {
        self.client.find_project(slug).await.unwrap().unwrap()
    }

    /// The project is said to sleep, and of the agents only so many are left.
    async fn sleeps(&self, slug: &str, agents: usize) -> Project {
        patiently(&format!("{slug} to sleep"), async || {
            let project = self.project(slug).await;
            let sleeps = project.status == ProjectStatus::Sleeping && self.server.agents().len() == agents;
            sleeps.then_some(project)
        })
        .await
    }

    /// How many answers of a session are complete.
    async fn answers(&self, session: &str) -> usize {
        let messages = self.client.messages(session).await.unwrap().unwrap();
        let is_answer = |message: &&client::types::Message| {
            message.role == MessageRole::Assistant && message.completed_at.is_some() && message.error.is_none()
        };
        messages.iter().filter(is_answer).count()
    }

    async fn answered(&self, session: &str, count: usize) {
        patiently(&format!("{count} answers"), async || {
            (self.answers(session).await == count).then_some(())
        })
        .await;
    }

    /// How often the model was asked this.
    fn asked(&self, prompt: &str) -> usize {
        let chats = self.llm.requests().into_iter();
        chats
            .filter(|request| request.kind == fakes::llm::Kind::Chat && request.prompt.contains(prompt))
            .count()
    }
}

async fn it_sleeps_through_a_restart_and_a_prompt_wakes_it(kind: Kind) {
    let mut stage = Stage::set(kind, &[SOON]).await;
    let project = stage.create("Dozy").await;
    let session = stage.client.create_session(&project.id, None).await.unwrap();
    stage.client.send_prompt(&session.id, "[[text: one]]").await.unwrap();
    stage.answered(&session.id, 1).await;
    let asleep = stage.sleeps("dozy", 0).await;
    let sleep = asleep.sleep.unwrap();
    assert_eq!((sleep.because, sleep.waking_since.is_none()), (SleepReason::Idle, true));
    assert!(asleep.problem.is_none());

    // What the database and the workspace know needs no agent.
    assert_eq!(stage.answers(&session.id).await, 1);
    stage.server.kill();
    stage.server.run();
    // By the time another has come and gone to sleep, this one would have been woken.
    let other = stage.create("Other").await;
    stage.sleeps("other", 0).await;
    assert_eq!(stage.project("dozy").await.status, ProjectStatus::Sleeping);

    stage.client.send_prompt(&session.id, "[[text: two]]").await.unwrap();
    let waking = stage.project("dozy").await;
    if waking.status == ProjectStatus::Starting {
        assert!(waking.sleep.unwrap().waking_since.is_some(), "it says why it starts");
    }
    stage.answered(&session.id, 2).await;
    assert_eq!((stage.asked("two"), stage.server.agents().len()), (1, 1));
    assert_eq!(stage.project("dozy").await.sleep.map(|sleep| sleep.since), None);
    drop(other);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sleeps_through_a_restart_and_a_prompt_wakes_it_on_sqlite() {
    it_sleeps_through_a_restart_and_a_prompt_wakes_it(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sleeps_through_a_restart_and_a_prompt_wakes_it_on_postgres() {
    it_sleeps_through_a_restart_and_a_prompt_wakes_it(Kind::Postgres).await;
}

/// The prompt is sent the moment the project is said to sleep, while its agent is being stopped.
async fn a_prompt_that_comes_as_it_goes_to_sleep_is_answered_once(kind: Kind) {
    let stage = Stage::set(kind, &[SOON]).await;
    let project = stage.create("Dozy").await;
    let session = stage.client.create_session(&project.id, None).await.unwrap();
    for round in 1..=3 {
        patiently("it to be said to sleep", async || {
            (stage.project("dozy").await.status == ProjectStatus::Sleeping).then_some(())
        })
        .await;
        let prompt = format!("[[text: round {round}]]");
        stage.client.send_prompt(&session.id, &prompt).await.unwrap();
        stage.answered(&session.id, round).await;
        assert_eq!(stage.asked(&prompt), 1, "round {round}");
    }
    let messages = stage.client.messages(&session.id).await.unwrap().unwrap();
    assert_eq!(messages.len(), 6, "three prompts and their answers: {messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_comes_as_it_goes_to_sleep_is_answered_once_on_sqlite() {
    a_prompt_that_comes_as_it_goes_to_sleep_is_answered_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_comes_as_it_goes_to_sleep_is_answered_once_on_postgres() {
    a_prompt_that_comes_as_it_goes_to_sleep_is_answered_once(Kind::Postgres).await;
}

/// One waits for a person; another that has nothing to do goes to sleep meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_sleep_while_a_decision_waits_nor_in_a_turn() {
    let stage = Stage::set(Kind::Sqlite, &[SOON]).await;
    let project = stage.create("Asking").await;
    let session = stage.client.create_session(&project.id, None).await.unwrap();
    stage
        .client
        .send_prompt(&session.id, "[[bash: echo hi]]")
        .await
        .unwrap();
    let decision = patiently("a decision", async || {
        stage.client.decisions(DecisionState::Pending).await.unwrap().pop()
    })
    .await;
    stage.create("Idle").await;
    stage.sleeps("idle", 1).await;
    let asking = stage.project("asking").await;
    assert_eq!(asking.status, ProjectStatus::Running);
    let refused = stage.client.sleep_project(&asking.id).await.unwrap_err();
    assert!(matches!(refused.code(), Some(ErrorCode::Conflict)), "{refused}");
    let leave = DecisionAnswerInput::Permission(PermissionAnswerInput {
        reply: PermissionReply::Once,
        message: None,
    });
    stage.client.decide(&decision.id, leave).await.unwrap();
    stage.answered(&session.id, 2).await;
    stage.sleeps("asking", 0).await;

    // A turn that says nothing for as long as it takes another to wake and to fall asleep.
    allow_all(&stage.client, &asking.id).await;
    let prompt = "[[bash: while ! test -e go; do sleep 0.2; done]]";
    stage.client.send_prompt(&session.id, prompt).await.unwrap();
    patiently("the turn", async || (stage.asked(prompt) > 0).then_some(())).await;
    let idle = stage.project("idle").await;
    stage.client.wake_project(&idle.id).await.unwrap();
    patiently("the idle one awake", async || {
        (stage.project("idle").await.status == ProjectStatus::Running).then_some(())
    })
    .await;
    stage.sleeps("idle", 1).await;
    assert_eq!(stage.project("asking").await.status, ProjectStatus::Running);
    for folder in std::fs::read_dir(stage.server.data().join("instances")).unwrap() {
        let workspace = folder.unwrap().path().join("workspace");
        if workspace.is_dir() {
            std::fs::write(workspace.join("go"), "").unwrap();
        }
    }
    stage.answered(&session.id, 4).await;
    stage.sleeps("asking", 0).await;
}

/// A step back is done by the agent alone, at once; a copy when it can be. Both wake it.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_agent_can_do_wakes_it() {
    let stage = Stage::set(Kind::Sqlite, &[SOON]).await;
    let project = stage.create("Dozy").await;
    let session = stage.client.create_session(&project.id, None).await.unwrap();
    let prompt = stage.client.send_prompt(&session.id, "[[text: one]]").await.unwrap();
    stage.answered(&session.id, 1).await;
    stage.sleeps("dozy", 0).await;
    let copied = ForkSessionInput {
        session: session.id.clone(),
        before: None,
        title: None,
        client_mutation_id: None,
    };
    let copy = stage.client.fork_session(copied).await.unwrap();
    stage.answered(&copy.id, 1).await;
    stage.sleeps("dozy", 0).await;
    // It may take longer to wake than a request may take, and then says that it is to be asked again.
    patiently("the step back", async || {
        match stage.client.revert_session(&session.id, &prompt.id).await {
            Ok(session) => Some(session),
            Err(error) => {
                assert!(matches!(error.code(), Some(ErrorCode::Unavailable)), "{error}");
                None
            }
        }
    })
    .await;
    assert_eq!(stage.project("dozy").await.status, ProjectStatus::Running);
}

/// With room for one, each wakes at the other's expense, and what works is not stopped for it.
#[tokio::test(flavor = "multi_thread")]
async fn one_after_the_other_is_awake_where_only_one_may_be() {
    let stage = Stage::set(Kind::Sqlite, &[("PCC_AGENT_MAX_AWAKE", "1")]).await;
    let first = stage.create("First").await;
    allow_all(&stage.client, &first.id).await;
    let session = stage.client.create_session(&first.id, None).await.unwrap();
    stage
        .client
        .send_prompt(&session.id, "[[bash: sleep 8]]")
        .await
        .unwrap();
    patiently("the turn", async || (stage.asked("sleep 8") > 0).then_some(())).await;
    let input = CreateProjectInput {
        name: "Second".to_owned(),
        slug: None,
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: None,
        client_mutation_id: None,
    };
    let second = stage.client.create_project(input).await.unwrap();
    patiently("the reason", async || {
        let problem = stage.project("second").await.problem?;
        (problem.code == ProblemCode::NoRoom).then_some(())
    })
    .await;
    assert_eq!(stage.server.agents().len(), 1);
    let made = stage.client.wait_for_operation(&second.operation.id).await.unwrap();
    assert_eq!(made.state, OperationState::Succeeded, "{made:?}");
    assert_eq!(stage.answers(&session.id).await, 2, "its turn came to its end first");
    let asleep = stage.sleeps("first", 1).await;
    assert_eq!(asleep.sleep.unwrap().because, SleepReason::Room);

    stage.client.send_prompt(&session.id, "[[text: again]]").await.unwrap();
    stage.answered(&session.id, 3).await;
    stage.sleeps("second", 1).await;
}

/// What an agent has started counts as its memory, and goes with it.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_grew_is_restarted_once_it_is_idle() {
    let folder = tempfile::tempdir().unwrap();
    let (flag, program) = (folder.path().join("grow"), folder.path().join("agent"));
    // The last of a pair keeps all that the first has written, until that ends.
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = serve ]; then\n\
         (while ! test -e {flag}; do sleep 0.2; done; rm {flag}\n\
         (head -c 1200000000 /dev/zero; exec sleep 600) | tail -c 1200000000 > /dev/null) &\n\
         fi\n\
         exec {opencode} \"$@\"\n",
        flag = flag.display(),
        opencode = opencode::program().display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = [
        ("PCC_AGENT_COMMAND", program.to_str().unwrap()),
        ("PCC_AGENT_MAX_MEMORY_MB", "1500"),
    ];
    let stage = Stage::set(Kind::Sqlite, &environment).await;
    let project = stage.create("Hungry").await;
    let session = stage.client.create_session(&project.id, None).await.unwrap();
    stage.client.send_prompt(&session.id, "[[text: before]]").await.unwrap();
    stage.answered(&session.id, 1).await;
    let before = stage.server.agents();
    std::fs::write(&flag, "").unwrap();
    patiently("another agent, and its project well", async || {
        let now = stage.server.agents();
        let is_new = !now.is_empty() && now.iter().all(|pid| !before.contains(pid));
        let project = stage.project("hungry").await;
        let is_well = project.status == ProjectStatus::Running && project.problem.is_none();
        (is_new && is_well).then_some(())
    })
    .await;
    stage.client.send_prompt(&session.id, "[[text: after]]").await.unwrap();
    stage.answered(&session.id, 2).await;
}
