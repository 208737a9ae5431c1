//! What agents wait for: asked of people, decided once, carried out.

use client::{
    ErrorCode,
    types::{
        ActorKind, Change, Decision, DecisionAnswerInput, DecisionEffect, DecisionKind, DecisionMode,
        DecisionRuleInput, DecisionState, PermissionReply, PermissionRequest, ProjectBy, Question, QuestionAnswerInput,
        Risk, SessionStatus, ToolState, WithdrawnBecause,
    },
};
use futures_util::StreamExt;

use super::stage::{Stage, once, patiently, reply, tools};
use crate::support::database::Kind;

fn permission(decision: &Decision) -> &PermissionRequest {
    match &decision.on {
        DecisionKind::PermissionRequest(request) => request,
        other => panic!("{other:?}"),
    }
}

fn question(decision: &Decision) -> &Question {
    match &decision.on {
        DecisionKind::Question(question) => question,
        other => panic!("{other:?}"),
    }
}

async fn two_devices(kind: Kind) {
    let stage = Stage::new(kind).await;
    let other = stage.device("iPad");
    let session = stage.session().await;
    let cursor = stage.client.cursor().await.unwrap();
    stage
        .client
        .send_prompt(&session.id, "[[bash: echo one > one.txt]]")
        .await
        .unwrap();

    // All of it is said.
    let asked = stage.asked().await;
    let request = permission(&asked);
    assert_eq!(request.tool, "bash");
    assert_eq!(request.command.as_deref(), Some("echo one > one.txt"));
    assert!(!request.patterns.is_empty() && request.answer.is_none());
    assert_eq!(request.always, ["echo *"]);
    assert!(
        request
            .always_scope
            .as_deref()
            .unwrap()
            .contains("`echo *`, in every session")
    );
    assert_eq!(asked.risks, [Risk::Reads, Risk::Writes]);
    assert_eq!(asked.root_session.as_ref().unwrap().id, session.id);
    assert_eq!(asked.session.as_ref().unwrap().id, session.id);
    assert_eq!(asked.project.id, stage.project.id);
    assert_eq!((&asked.decided_at, &asked.expires_at), (&None, &None));
    let of_session = stage.client.session_decisions(&session.id).await.unwrap().unwrap();
    assert_eq!(of_session, std::slice::from_ref(&asked));
    assert_eq!(stage.file("one.txt"), None, "it runs only after the answer");

    // What does not fit is refused before anything is done.
    let answers = DecisionAnswerInput::Question(QuestionAnswerInput::Reject(true));
    let error = stage.client.decide(&asked.id, answers).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidInput));

    // Two at the same time: one decides, the other is told who did.
    let no = reply(PermissionReply::Reject, Some("Not now."));
    let (yes_sent, no_sent) = tokio::join!(
        stage.client.decide(&asked.id, once()),
        other.decide(&asked.id, no.clone())
    );
    let (winner, error, is_allowed) = match (yes_sent, no_sent) {
        (Ok(winner), Err(error)) => (winner, error, true),
        (Err(error), Ok(winner)) => (winner, error, false),
        both => panic!("not exactly one: {both:?}"),
    };
    let failure = error.failure().unwrap();
    let first = failure.decided.as_ref().unwrap();
    assert_eq!((&failure.code, first.state.as_str()), (&ErrorCode::Conflict, "DECIDED"));
    let name = if is_allowed { "test" } else { "iPad" };
    assert_eq!(first.decided_by.as_ref().unwrap().name, name);
    assert_eq!(winner.decided_by.as_ref().unwrap().name, name);
    assert_eq!(Some(first.decided_at), winner.decided_at);

    // The same again from the same device is no second answer; another one is.
    let (device, same, different) = if is_allowed {
        (&stage.client, once(), no)
    } else {
        (&other, no, once())
    };
    assert_eq!(
        device.decide(&asked.id, same).await.unwrap().decided_at,
        winner.decided_at
    );
    let error = device.decide(&asked.id, different).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Conflict));

    let messages = stage.quiet(&session.id).await;
    let tools = tools(&messages);
    let expected = if is_allowed {
        ToolState::Completed
    } else {
        ToolState::Failed
    };
    assert_eq!((tools.len(), &tools[0].state), (1, &expected), "{tools:?}");
    assert_eq!(stage.file("one.txt").is_some(), is_allowed);
    assert_eq!(stage.pending().await, []);

    // Both were told, and by whom.
    let mut events = stage.client.follow(Some(cursor), None);
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = events.next().await.unwrap().unwrap();
        match event.change {
            Change::DecisionRequested(change) => told.push(("requested", change.decision_id, event.actor.kind)),
            Change::DecisionClosed(change) => told.push(("closed", change.decision_id, event.actor.kind)),
            _ => {}
        }
    }
    let expected = [
        ("requested", asked.id.clone(), ActorKind::Agent),
        ("closed", asked.id.clone(), ActorKind::Device),
    ];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_of_two_devices_on_sqlite() {
    two_devices(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_of_two_devices_on_postgres() {
    two_devices(Kind::Postgres).await;
}

/// Edits, questions, sub-agents, "always", refusals with words and aborts, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_decisions_of_every_kind() {
    let stage = Stage::new(Kind::Sqlite).await;
    let client = &stage.client;

    // A change of a file, refused with words: the turn goes on.
    let session = stage.session().await;
    client
        .send_prompt(&session.id, "[[write: notes.txt = hello]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    let request = permission(&asked);
    assert_eq!(
        (request.tool.as_str(), asked.risks.as_slice()),
        ("edit", &[Risk::Writes][..])
    );
    assert!(
        request.path.as_deref().unwrap().ends_with("/workspace/notes.txt"),
        "{request:?}"
    );
    assert!(request.diff.as_deref().unwrap().contains("+hello"), "{request:?}");
    assert!(
        request
            .always_scope
            .as_deref()
            .unwrap()
            .starts_with("Every change of every file")
    );
    let no = reply(PermissionReply::Reject, Some("Call it README instead."));
    client.decide(&asked.id, no).await.unwrap();
    let messages = stage.quiet(&session.id).await;
    let refused = tools(&messages)[0];
    assert_eq!(refused.state, ToolState::Failed);
    assert!(
        refused.error.as_deref().unwrap().contains("Call it README instead."),
        "{refused:?}"
    );
    assert!(messages.len() > 2, "the agent went on after it: {messages:?}");
    assert_eq!(stage.file("notes.txt"), None);

    // A question.
    let session = stage.session().await;
    client
        .send_prompt(&session.id, "[[question: Which colour?]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    let prompts = &question(&asked).prompts;
    assert_eq!((prompts[0].question.as_str(), asked.risks.len()), ("Which colour?", 0));
    let label = prompts[0].options[0].label.clone();
    let answer = DecisionAnswerInput::Question(QuestionAnswerInput::Answers(vec![vec![label.clone()]]));
    let decided = client.decide(&asked.id, answer).await.unwrap();
    assert_eq!(question(&decided).answers, Some(vec![vec![label.clone()]]));
    let messages = stage.quiet(&session.id).await;
    assert!(tools(&messages)[0].output.as_deref().unwrap().contains(&label));

    // A sub-agent asks: its own session is kept, and the person sees it at the session he talks to.
    let session = stage.session().await;
    client
        .send_prompt(&session.id, "[[task: [[bash: echo deep]]]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    assert_ne!(asked.session.as_ref().unwrap().id, session.id);
    assert_eq!(asked.root_session.as_ref().unwrap().id, session.id);
    let of_root = client.session_decisions(&session.id).await.unwrap().unwrap();
    assert_eq!(of_root.len(), 1);
    // "Always" is for all sessions.
    client
        .decide(&asked.id, reply(PermissionReply::Always, None))
        .await
        .unwrap();
    stage.quiet(&session.id).await;
    let session = stage.session().await;
    client.send_prompt(&session.id, "[[bash: echo again]]").await.unwrap();
    assert_eq!(tools(&stage.quiet(&session.id).await)[0].state, ToolState::Completed);
    assert_eq!(stage.pending().await, []);

    // An abort: nobody waits any more, though OpenCode still lists it.
    let session = stage.session().await;
    client.send_prompt(&session.id, "[[bash: touch never]]").await.unwrap();
    let asked = stage.asked().await;
    client.abort_session(&session.id).await.unwrap();
    let withdrawn = stage.closed(&asked.id).await;
    assert_eq!(withdrawn.withdrawn_because, Some(WithdrawnBecause::TurnEnded));
    let error = client.decide(&asked.id, once()).await.unwrap_err();
    let decided = error.failure().unwrap().decided.clone().unwrap();
    assert_eq!((decided.state.as_str(), decided.decided_by), ("WITHDRAWN", None));
    assert_eq!(stage.file("never"), None);

    // A sub-agent's too, when the session it works for is aborted.
    let session = stage.session().await;
    client
        .send_prompt(&session.id, "[[task: [[bash: touch never]]]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    client.abort_session(&session.id).await.unwrap();
    let withdrawn = stage.closed(&asked.id).await;
    assert_eq!(withdrawn.withdrawn_because, Some(WithdrawnBecause::TurnEnded));
    assert_eq!(stage.file("never"), None);
}

async fn over_a_killed_server(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    let session = stage.session().await;
    let prompt = "[[bash: echo first > first.txt]] [[bash: echo second > second.txt]]";
    stage.client.send_prompt(&session.id, prompt).await.unwrap();
    let first = stage.asked().await;
    let agents = stage.server.agents();

    // Killed while it waits: it waits on, and can be answered.
    stage.server.kill();
    stage.server.run();
    assert_eq!(stage.asked().await, first);
    stage.client.decide(&first.id, once()).await.unwrap();
    // Killed right after the answer was taken: the agent gets it all the same.
    stage.server.kill();
    stage.server.run();
    let second = stage.asked().await;
    assert_ne!(second.id, first.id);
    assert_eq!(stage.file("first.txt").as_deref(), Some("first\n"));
    stage.client.decide(&second.id, once()).await.unwrap();
    let messages = stage.quiet(&session.id).await;
    assert!(tools(&messages).iter().all(|tool| tool.state == ToolState::Completed));
    assert_eq!(
        stage.client.decision(&first.id).await.unwrap().unwrap().state,
        DecisionState::Decided
    );
    assert_eq!(
        stage.server.agents(),
        agents,
        "the agent was taken up, not started again"
    );

    // A ghost is not brought back by the list that a new bridge reads.
    let session = stage.session().await;
    stage
        .client
        .send_prompt(&session.id, "[[bash: touch ghost]]")
        .await
        .unwrap();
    let ghost = stage.asked().await;
    stage.client.abort_session(&session.id).await.unwrap();
    let ghost = stage.closed(&ghost.id).await;
    stage.server.kill();
    stage.server.run();
    let session = stage.session().await;
    stage
        .client
        .send_prompt(&session.id, "[[text: still here]]")
        .await
        .unwrap();
    stage.quiet(&session.id).await;
    assert_eq!(stage.pending().await, []);
    assert_eq!(stage.client.decision(&ghost.id).await.unwrap().unwrap(), ghost);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_outlives_the_server_on_sqlite() {
    over_a_killed_server(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_outlives_the_server_on_postgres() {
    over_a_killed_server(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_does_not_outlive_the_agent() {
    let mut stage = Stage::new(Kind::Sqlite).await;
    let session = stage.session().await;
    stage
        .client
        .send_prompt(&session.id, "[[bash: touch made]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    for pid in stage.server.processes() {
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .status();
    }
    let withdrawn = stage.closed(&asked.id).await;
    assert_eq!(withdrawn.withdrawn_because, Some(WithdrawnBecause::AgentEnded));
    patiently("a session that says it was interrupted", async || {
        let status = stage.client.session(&session.id).await.unwrap().unwrap().status;
        (status == SessionStatus::Interrupted).then_some(())
    })
    .await;

    // It offers to go on, once.
    let (one, other) = tokio::join!(
        stage.client.continue_session(&session.id),
        stage.client.continue_session(&session.id)
    );
    let error = match (one, other) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        both => panic!("not exactly one: {both:?}"),
    };
    assert_eq!(error.code(), Some(&ErrorCode::Conflict));
    stage.quiet(&session.id).await;
    let requests = stage.llm.requests();
    assert!(!requests.is_empty() && stage.file("made").is_none());

    // Stopped in the meantime, by a server that was killed then: nobody saw the agent go.
    stage
        .client
        .send_prompt(&session.id, "[[bash: touch made]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    let stopped = stage.client.stop_project(&stage.project.id).await.unwrap();
    stage.server.kill();
    stage.server.run();
    stage.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    let withdrawn = stage.closed(&asked.id).await;
    assert_eq!(withdrawn.withdrawn_because, Some(WithdrawnBecause::AgentEnded));
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_need_not_ask_what_the_policy_decides() {
    let stage = Stage::new(Kind::Sqlite).await;
    let client = &stage.client;
    let policy = client
        .decision_policy(ProjectBy::Id(stage.project.id.clone()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (policy.mode, policy.rules.len(), policy.wait_seconds),
        (DecisionMode::Ask, 0, None)
    );

    let deny = DecisionRuleInput {
        tool: Some("bash".to_owned()),
        pattern: "touch secret*".to_owned(),
        effect: DecisionEffect::Deny,
    };
    stage.set_policy(DecisionMode::AllowReads, vec![deny], None).await;
    let cursor = client.cursor().await.unwrap();
    let session = stage.session().await;
    let prompt = "[[bash: ls]] [[bash: touch secret.txt]] [[bash: touch open.txt]]";
    client.send_prompt(&session.id, prompt).await.unwrap();
    let asked = stage.asked().await;
    assert_eq!(permission(&asked).command.as_deref(), Some("touch open.txt"));

    // The server has decided two of them, as itself.
    let decided = client.decisions(DecisionState::Decided).await.unwrap();
    let said: Vec<_> = decided
        .iter()
        .map(|decision| {
            let answer = permission(decision).answer.clone().unwrap();
            assert!(decision.is_by_policy && decision.decided_by.is_none());
            (
                permission(decision).command.clone().unwrap(),
                answer.reply,
                answer.message.is_some(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("ls".to_owned(), PermissionReply::Once, false),
            ("touch secret.txt".to_owned(), PermissionReply::Reject, true),
        ]
    );
    let mut events = client.follow(Some(cursor), None);
    let closed = async {
        loop {
            let event = events.next().await.unwrap().unwrap();
            if let Change::DecisionClosed(change) = event.change {
                break (change.decision_id, event.actor.kind);
            }
        }
    };
    assert_eq!(closed.await, (decided[0].id.clone(), ActorKind::Server));

    // What waits is judged by a new policy as well.
    stage.set_policy(DecisionMode::AllowAll, Vec::new(), None).await;
    let messages = stage.quiet(&session.id).await;
    let states: Vec<_> = tools(&messages).iter().map(|tool| tool.state.clone()).collect();
    assert_eq!(states, [ToolState::Completed, ToolState::Failed, ToolState::Completed]);
    assert!(stage.file("open.txt").is_some() && stage.file("secret.txt").is_none());
    let judged = client.decision(&asked.id).await.unwrap().unwrap();
    assert!(judged.is_by_policy && judged.state == DecisionState::Decided);

    // Nobody answers: it is refused, and the agent is told.
    stage.set_policy(DecisionMode::Ask, Vec::new(), Some(10)).await;
    let session = stage.session().await;
    client
        .send_prompt(&session.id, "[[bash: touch late.txt]]")
        .await
        .unwrap();
    let asked = stage.asked().await;
    assert_eq!(
        asked.expires_at.unwrap() - asked.created_at,
        chrono::TimeDelta::seconds(10)
    );
    let expired = stage.closed(&asked.id).await;
    assert_eq!(expired.state, DecisionState::Expired);
    let messages = stage.quiet(&session.id).await;
    let refused = tools(&messages)[0];
    assert!(
        refused.error.as_deref().unwrap().contains("Nobody answered"),
        "{refused:?}"
    );
    let error = client.decide(&asked.id, once()).await.unwrap_err();
    assert_eq!(error.failure().unwrap().decided.as_ref().unwrap().state, "EXPIRED");
}
