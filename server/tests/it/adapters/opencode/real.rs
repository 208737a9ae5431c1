//! The adapter against the real OpenCode.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream::BoxStream};
use server::{
    agent::{
        AgentError, AgentEvent, AgentMessageWithParts, AgentPart, AgentRuntime, PartContent, Prompt, PromptContent,
        PromptPart, Role, SessionActivity, ToolState, opencode::OpenCode,
    },
    clock::Clock,
};
use tokio::time::timeout;

use super::{agent, model::prose, running::Running};

/// For anything that OpenCode does; the first prompt in a folder takes several seconds.
const DEADLINE: Duration = Duration::from_secs(90);

fn now() -> DateTime<Utc> {
    Clock::system().now()
}

fn prompt(agent: &OpenCode, text: &str) -> Prompt {
    Prompt {
        message_id: agent.new_message_id(now()),
        parts: vec![PromptPart {
            id: agent.new_part_id(now()),
            content: PromptContent::Text(text.into()),
        }],
        agent: None,
        model: None,
    }
}

/// The events of one server, and all that were read so far.
struct Watch {
    events: BoxStream<'static, Result<AgentEvent, AgentError>>,
    seen: Vec<AgentEvent>,
}

impl Watch {
    async fn open(running: &Running) -> Self {
        let events = agent().events(&running.at).await.unwrap();
        let mut watch = Self {
            events,
            seen: Vec::new(),
        };
        watch.until("connected", |event| *event == AgentEvent::Connected).await;
        assert_eq!(watch.seen.len(), 1);
        watch
    }

    /// Reads on to the first event that fits.
    async fn until(&mut self, what: &str, fits: impl Fn(&AgentEvent) -> bool) {
        let reading = async {
            loop {
                let event = self
                    .events
                    .next()
                    .await
                    .expect("the stream ended")
                    .expect("the stream broke");
                self.seen.push(event);
                if fits(&self.seen[self.seen.len() - 1]) {
                    return;
                }
            }
        };
        if timeout(DEADLINE, reading).await.is_err() {
            panic!("no {what} in {:#?}", self.seen);
        }
    }

    /// Reads a whole turn. One idle is told twice, so only one after being busy counts.
    async fn turn(&mut self, session: &str) {
        for activity in [SessionActivity::Busy, SessionActivity::Idle] {
            let told = AgentEvent::Activity {
                session_id: session.into(),
                activity,
            };
            self.until("change of activity", |event| *event == told).await;
        }
    }

    fn parts(&self) -> impl Iterator<Item = &AgentPart> {
        self.seen.iter().filter_map(|event| match event {
            AgentEvent::PartChanged(part) => Some(&**part),
            _ => None,
        })
    }

    /// What the deltas of one part add up to.
    fn written(&self, part: &str) -> String {
        let deltas = self.seen.iter().filter_map(|event| match event {
            AgentEvent::TextDelta(delta) if delta.part_id == part => Some(delta.text.as_str()),
            _ => None,
        });
        deltas.collect()
    }
}

fn texts(message: &AgentMessageWithParts) -> Vec<&str> {
    let texts = message.parts.iter().filter_map(|part| match &part.content {
        PartContent::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// OpenCode accepts connections before it serves them, and never answers those.
#[tokio::test]
async fn health_can_be_asked_from_the_first_moment() {
    let mut running = Running::spawn().await;
    let tries = timeout(DEADLINE, running.healthy()).await.expect("a try hangs");
    assert!(tries > 1, "it was healthy at once");
}

#[tokio::test]
async fn a_prompt_is_answered_in_deltas_and_then_in_one_part() {
    let running = Running::start().await;
    let (agent, at) = (agent(), &running.at);
    let mut watch = Watch::open(&running).await;
    let session = agent.create_session(at, Some("A name"), "label").await.unwrap();
    assert_eq!(
        (session.title.as_str(), &session.directory, session.parent_id),
        ("A name", &at.directory, None)
    );

    let first = prompt(&agent, "[[tokens 40]]");
    agent.send_prompt(at, &session.id, &first).await.unwrap();
    watch.turn(&session.id).await;
    let is_answer = |part: &&AgentPart| {
        part.message_id != first.message_id && matches!(part.content, PartContent::Text { is_complete: true, .. })
    };
    let answer = watch.parts().find(is_answer).expect("no finished text").clone();
    let PartContent::Text { text, .. } = &answer.content else {
        panic!("{answer:?}")
    };
    assert_eq!(*text, prose(40));
    assert_eq!(watch.written(&answer.id), *text);

    // The same prompt again, now that it is answered, and again after another one.
    agent.send_prompt(at, &session.id, &first).await.unwrap();
    let second = prompt(&agent, "[[bash: echo from-bash; echo more]]");
    agent.send_prompt(at, &session.id, &second).await.unwrap();
    watch.turn(&session.id).await;
    agent.send_prompt(at, &session.id, &first).await.unwrap();
    let third = prompt(&agent, "[[tokens 3]]");
    agent.send_prompt(at, &session.id, &third).await.unwrap();
    watch.turn(&session.id).await;

    let messages = agent.messages(at, &session.id, 100).await.unwrap();
    let roles: Vec<_> = messages.iter().map(|message| message.message.role).collect();
    // The call of a tool ends one message and its result begins another.
    use Role::{Assistant, User};
    assert_eq!(roles, [User, Assistant, User, Assistant, Assistant, User, Assistant]);
    for (place, prompt, answers) in [(0, &first, 1), (2, &second, 2), (5, &third, 1)] {
        assert_eq!(messages[place].message.id, prompt.message_id);
        assert_eq!(messages[place].parts.len(), 1);
        for answer in &messages[place + 1..=place + answers] {
            assert_eq!(answer.message.parent_id.as_ref(), Some(&prompt.message_id));
            assert!(answer.message.completed_at.is_some());
        }
    }
    assert_eq!(texts(&messages[0]), ["[[tokens 40]]"]);
    assert_eq!(texts(&messages[1]), [prose(40)]);
    assert_eq!(messages[1].message.model.as_deref(), Some("fake/fake-1"));
    assert_eq!(messages[1].message.tokens.unwrap().output, 12);
    let called = messages[3].parts.iter().find_map(|part| match &part.content {
        PartContent::Tool(call) => Some(call),
        _ => None,
    });
    let called = called.expect("no call of a tool");
    assert_eq!((called.tool.as_str(), called.state), ("bash", ToolState::Completed));
    assert_eq!(called.output.as_deref(), Some("from-bash\nmore\n"));
    assert_eq!(called.metadata["exit"], 0);

    let newest = agent.messages(at, &session.id, 2).await.unwrap();
    assert_eq!(newest, messages[5..]);
    assert_eq!(
        agent
            .message(at, &session.id, &first.message_id)
            .await
            .unwrap()
            .as_ref(),
        Some(&messages[0])
    );
    let never_sent = agent.new_message_id(now());
    assert_eq!(agent.message(at, &session.id, &never_sent).await.unwrap(), None);
}

#[tokio::test]
async fn a_turn_can_be_watched_and_aborted() {
    let running = Running::start().await;
    let (agent, at) = (agent(), &running.at);
    let mut watch = Watch::open(&running).await;
    let session = agent.create_session(at, None, "label").await.unwrap();
    agent.abort(at, &session.id).await.unwrap();
    assert_eq!(agent.activities(at).await.unwrap(), []);

    let long = prompt(&agent, "[[tokens 3000]] [[delay 20]]");
    agent.send_prompt(at, &session.id, &long).await.unwrap();
    watch
        .until("delta", |event| matches!(event, AgentEvent::TextDelta(_)))
        .await;
    assert_eq!(
        agent.activities(at).await.unwrap(),
        [(session.id.clone(), SessionActivity::Busy)]
    );
    // Twice while it runs: one message.
    agent.send_prompt(at, &session.id, &long).await.unwrap();

    agent.abort(at, &session.id).await.unwrap();
    let is_end = |event: &AgentEvent| matches!(event, AgentEvent::MessageChanged(message) if message.role == Role::Assistant && message.completed_at.is_some());
    watch.until("end of the message", is_end).await;
    let failure = watch.seen.iter().find_map(|event| match event {
        AgentEvent::Failed { session_id, fault } if session_id.as_ref() == Some(&session.id) => Some(fault),
        _ => None,
    });
    assert_eq!(failure.expect("no failure told").name, "MessageAbortedError");
    let messages = agent.messages(at, &session.id, 10).await.unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].message.error.as_ref().unwrap().name, "MessageAbortedError");
    let kept = texts(&messages[1]).concat();
    assert!(!kept.is_empty() && prose(3000).starts_with(&kept), "{kept}");
    assert_eq!(agent.activities(at).await.unwrap(), []);
}

#[tokio::test]
async fn sessions_are_made_renamed_and_deleted() {
    let running = Running::start().await;
    let (agent, at) = (agent(), &running.at);
    let mut watch = Watch::open(&running).await;
    let session = agent.create_session(at, None, "label").await.unwrap();
    let other = agent.create_session(at, Some("Other"), "label").await.unwrap();

    let renamed = agent.rename_session(at, &session.id, "Wäsche 🧺").await.unwrap();
    assert_eq!(renamed.title, "Wäsche 🧺");
    let is_renamed = |event: &AgentEvent| matches!(event, AgentEvent::SessionChanged(told) if told.id == session.id && told.title == "Wäsche 🧺");
    watch.until("renaming", is_renamed).await;
    assert_eq!(agent.session(at, &session.id).await.unwrap().title, "Wäsche 🧺");
    let mut listed: Vec<_> = agent
        .sessions(at)
        .await
        .unwrap()
        .into_iter()
        .map(|session| session.id)
        .collect();
    listed.sort();
    let mut made = vec![session.id.clone(), other.id.clone()];
    made.sort();
    assert_eq!(listed, made);

    agent.delete_session(at, &session.id).await.unwrap();
    agent.delete_session(at, &session.id).await.unwrap();
    let deleted = AgentEvent::SessionDeleted {
        session_id: session.id.clone(),
    };
    watch.until("deletion", |event| *event == deleted).await;
    assert!(matches!(
        agent.session(at, &session.id).await,
        Err(AgentError::NotFound)
    ));
    assert!(matches!(
        agent.messages(at, &session.id, 5).await,
        Err(AgentError::NotFound)
    ));
    assert!(matches!(
        agent.rename_session(at, &session.id, "x").await,
        Err(AgentError::NotFound)
    ));
    let sent = agent.send_prompt(at, &session.id, &prompt(&agent, "hi")).await;
    assert!(matches!(sent, Err(AgentError::NotFound)));
    // An id nobody made is no error for OpenCode, and nothing runs there.
    agent.abort(at, &session.id).await.unwrap();

    // A prompt for a model that does not exist is accepted, and fails by an event alone.
    let odd = Prompt {
        model: Some("fake/no-such-model".into()),
        ..prompt(&agent, "hi")
    };
    agent.send_prompt(at, &other.id, &odd).await.unwrap();
    watch
        .until(
            "failure",
            |event| matches!(event, AgentEvent::Failed { session_id: Some(id), .. } if *id == other.id),
        )
        .await;
}

/// OpenCode says `server.connected` some time before it means it.
#[tokio::test]
async fn nothing_is_lost_after_connected() {
    let running = Running::start().await;
    let session = agent().create_session(&running.at, None, "label").await.unwrap();
    for round in 0..20 {
        let mut watch = Watch::open(&running).await;
        let title = format!("Round {round}");
        agent().rename_session(&running.at, &session.id, &title).await.unwrap();
        let is_told =
            |event: &AgentEvent| matches!(event, AgentEvent::SessionChanged(session) if session.title == title);
        watch.until("renaming", is_told).await;
    }
}

#[tokio::test]
async fn a_killed_agent_ends_the_stream() {
    let running = Running::start().await;
    let mut watch = Watch::open(&running).await;
    running.kill();
    let rest: Vec<_> = timeout(DEADLINE, watch.events.by_ref().collect())
        .await
        .expect("the stream did not end");
    assert!(
        matches!(rest.last(), Some(Err(AgentError::Unavailable { .. }))),
        "{rest:?}"
    );
    assert!(matches!(
        agent().sessions(&running.at).await,
        Err(AgentError::Unavailable { .. })
    ));
    assert!(matches!(
        agent().events(&running.at).await,
        Err(AgentError::Unavailable { .. })
    ));
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_folder_are_refused() {
    let running = Running::start().await;
    let mut at = running.at.clone();
    at.password = "wrong".into();
    assert!(matches!(agent().health(&at).await, Err(AgentError::Rejected(_))));
    assert!(matches!(agent().events(&at).await, Err(AgentError::Rejected(_))));
    assert!(matches!(agent().sessions(&at).await, Err(AgentError::Rejected(_))));
    // A folder by another name than OpenCode gives it would be a stream without events.
    let link = format!("{}-link", running.at.directory);
    std::os::unix::fs::symlink(&running.at.directory, &link).unwrap();
    let linked = server::agent::Endpoint {
        directory: link,
        ..running.at.clone()
    };
    assert!(matches!(
        agent().create_session(&linked, None, "label").await,
        Err(AgentError::Rejected(_))
    ));
}
