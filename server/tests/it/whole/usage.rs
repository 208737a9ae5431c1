//! What agents have set themselves to do, and what they used.

use client::types::{
    Change, ChangeKind, EventFilter, ForkSessionInput, MessageRole, ProjectBy, ProjectStatus, TodoPriority, TodoStatus,
    Usage,
};
use futures_util::StreamExt;

use super::stage::{Stage, patiently};
use crate::support::database::Kind;

/// Minutes: nobody's day here is that of UTC.
const OFFSET: i64 = 5 * 60 + 30;

impl Stage {
    async fn with_prices(kind: Kind) -> Self {
        // US dollars for a million tokens.
        let prices = serde_json::json!({ "input": 1000, "output": 2000 });
        Self::with(kind, |config| {
            config["provider"]["demo"]["models"]["scripted"]["cost"] = prices
        })
        .await
    }

    async fn usage(&self) -> client::types::ProjectUsage {
        let by = ProjectBy::Id(self.project.id.clone());
        self.client.project_usage(by, 7, OFFSET).await.unwrap().unwrap()
    }
}

fn added(sum: &mut Usage, used: &client::types::MessageUsage) {
    sum.answers += 1;
    sum.input_tokens += used.input_tokens;
    sum.output_tokens += used.output_tokens;
    sum.reasoning_tokens += used.reasoning_tokens;
    sum.cache_read_tokens += used.cache_read_tokens;
    sum.cache_write_tokens += used.cache_write_tokens;
    sum.cost_usd = Some(sum.cost_usd.unwrap_or_default() + used.cost_usd.unwrap());
}

fn is_same(one: &Usage, other: &Usage) -> bool {
    let cost = (one.cost_usd.unwrap_or_default() - other.cost_usd.unwrap_or_default()).abs();
    let counts = |usage: &Usage| {
        (
            usage.answers,
            usage.input_tokens,
            usage.output_tokens,
            usage.reasoning_tokens,
        )
    };
    counts(one) == counts(other) && cost < 1e-9
}

async fn counted_once(kind: Kind) {
    let mut stage = Stage::with_prices(kind).await;
    let session = stage.session().await.id;
    stage.say(&session, "[[text: one]]").await;
    stage.say(&session, "[[todo]]").await;
    let mut sum = Usage {
        answers: 0,
        input_tokens: 0.0,
        output_tokens: 0.0,
        reasoning_tokens: 0.0,
        cache_read_tokens: 0.0,
        cache_write_tokens: 0.0,
        cost_usd: None,
    };
    let messages = stage.client.messages(&session).await.unwrap().unwrap();
    let answers = messages.iter().filter(|message| message.role == MessageRole::Assistant);
    answers.for_each(|answer| added(&mut sum, answer.usage.as_ref().unwrap()));
    assert!(
        sum.answers >= 3 && sum.input_tokens > 0.0 && sum.cost_usd.unwrap() > 0.0,
        "{sum:?}"
    );
    let of_session = stage.client.session_usage(&session).await.unwrap().unwrap();
    assert!(is_same(&of_session, &sum), "{of_session:?} {sum:?}");

    // What a sub-agent uses is used by whoever has set it to work, too; what another session uses is not.
    stage.say(&session, "[[task: [[text: deep]]]]").await;
    let answers = stage.client.messages(&session).await.unwrap().unwrap();
    let sessions = stage
        .client
        .sessions(ProjectBy::Id(stage.project.id.clone()))
        .await
        .unwrap()
        .unwrap();
    let child = sessions
        .iter()
        .find(|one| one.parent.as_ref().is_some_and(|of| of.id == session))
        .unwrap();
    let deep = stage.client.messages(&child.id).await.unwrap().unwrap();
    let before = sum.answers;
    for answer in deep.iter().filter(|message| message.role == MessageRole::Assistant) {
        added(&mut sum, answer.usage.as_ref().unwrap());
    }
    assert!(sum.answers > before);
    let of_child = stage.client.session_usage(&child.id).await.unwrap().unwrap();
    assert_eq!(of_child.answers, sum.answers - before);
    for answer in &answers[messages.len()..] {
        if answer.role == MessageRole::Assistant {
            added(&mut sum, answer.usage.as_ref().unwrap());
        }
    }
    let of_session = stage.client.session_usage(&session).await.unwrap().unwrap();
    assert!(is_same(&of_session, &sum), "{of_session:?} {sum:?}");
    let messages = answers;

    // All of it is told again to a new server, and to whoever reads a copy.
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    let input = ForkSessionInput {
        session: session.clone(),
        before: None,
        title: None,
        client_mutation_id: None,
    };
    let fork = stage.client.fork_session(input).await.unwrap().id;
    patiently("a copy", async || {
        let copied = stage.client.messages(&fork).await.unwrap().unwrap();
        (copied.len() == messages.len()).then_some(())
    })
    .await;
    let of_fork = stage.client.session_usage(&fork).await.unwrap().unwrap();
    assert_eq!((of_fork.answers, of_fork.cost_usd), (0, None));
    let usage = stage.usage().await;
    assert!(is_same(&usage.all, &sum), "{usage:?} {sum:?}");

    // Deleted, it was still used.
    stage.client.delete_session(&session).await.unwrap();
    stage.say(&fork, "[[text: other]]").await;
    let usage = stage.usage().await;
    assert_eq!(usage.all.answers, sum.answers + 1);
    assert!(usage.all.cost_usd.unwrap() > sum.cost_usd.unwrap());
    let days: i64 = usage.by_day.iter().map(|day| day.usage.answers).sum();
    assert_eq!(days, usage.all.answers);
    let offset = chrono::TimeDelta::minutes(OFFSET);
    let today = (messages[0].created_at + offset).format("%F").to_string();
    assert_eq!(usage.by_day[0].date, today);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_usage_is_counted_once_on_sqlite() {
    counted_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_usage_is_counted_once_on_postgres() {
    counted_once(Kind::Postgres).await;
}

async fn todos_stay(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    let session = stage.session().await.id;
    let cursor = stage.client.cursor().await.unwrap();
    stage.say(&session, "[[todo]]").await;
    let expected = [
        ("first", TodoStatus::InProgress, TodoPriority::High),
        ("second", TodoStatus::Pending, TodoPriority::Low),
    ];
    let shown = async |stage: &Stage| {
        let todos = stage.client.todos(&session).await.unwrap().unwrap();
        let shown: Vec<_> = todos
            .into_iter()
            .map(|todo| (todo.content, todo.status, todo.priority))
            .collect();
        let expected = expected
            .clone()
            .map(|(content, status, priority)| (content.to_owned(), status, priority));
        assert_eq!(shown, expected);
    };
    shown(&stage).await;
    let filter = EventFilter {
        projects: None,
        kinds: Some(vec![ChangeKind::TodosChanged]),
    };
    let mut events = stage.client.follow(Some(cursor), Some(filter));
    let told = events.next().await.unwrap().unwrap();
    assert!(matches!(told.change, Change::TodosChanged(change) if change.session_id == session));

    // Without the agent, and without the server that heard of them.
    let stopped = stage.client.stop_project(&stage.project.id).await.unwrap();
    stage.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    let project = stage
        .client
        .project(ProjectBy::Id(stage.project.id.clone()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(project.status, ProjectStatus::Stopped);
    shown(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_todos_stay_when_the_agent_does_not_on_sqlite() {
    todos_stay(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_todos_stay_when_the_agent_does_not_on_postgres() {
    todos_stay(Kind::Postgres).await;
}
