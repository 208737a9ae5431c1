//! The main job, end to end.

use std::process::Command;

use client::types::{
    CreateProjectInput, DeliveryState, GitSourceInput, Message, MessageRole, OperationState, Part, ProjectBy,
    ProjectSourceInput, ProjectStatus, RepositoryFate,
};
use fakes::llm::{Llm, opencode_config};

use crate::support::{database::Kind, policy::allow_all, server::TestServer, until::until};

fn git(folder: &std::path::Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A real repository with two branches.
fn source() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "trunk"]);
    std::fs::write(folder.path().join("main.rs"), "fn main() {}\n").unwrap();
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "The first of all"]);
    git(folder.path(), &["branch", "side"]);
    folder
}

fn text_of(parts: &[Part]) -> String {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::TextPart(part) => Some(part.text.as_str()),
            _ => None,
        })
        .collect()
}

fn first_answer(messages: &[Message]) -> String {
    let answer = messages.iter().find(|message| message.role == MessageRole::Assistant);
    answer
        .map(|answer| text_of(&answer.parts).trim_end().to_owned())
        .unwrap_or_default()
}

fn words(count: usize) -> String {
    (0..count)
        .map(|number| format!("word{number} "))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

async fn from_a_url_to_nothing_left(kind: Kind) {
    let llm = Llm::start().await.unwrap();
    let server = TestServer::start(kind, &opencode_config(&llm.url())).await;
    let client = server.client();
    let from = source();

    // A project from a git URL, up and answering.
    let accepted = client
        .create_project(CreateProjectInput {
            name: "From a URL".to_owned(),
            slug: Some("demo".to_owned()),
            description: None,
            source: ProjectSourceInput::Git(GitSourceInput {
                url: format!("file://{}", from.path().display()),
                ref_: None,
            }),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await
        .unwrap();
    let created = client.wait_for_operation(&accepted.operation.id).await.unwrap();
    assert_eq!(
        created.state,
        OperationState::Succeeded,
        "{created:?}\n{}",
        server.log()
    );
    let project = client.find_project("demo").await.unwrap().unwrap();
    assert_eq!(project.status, ProjectStatus::Running);
    allow_all(&client, &project.id).await;

    // A prompt: the text streams, a file appears in the workspace, and everything is in the messages afterwards.
    let session = client.create_session(&project.id, None).await.unwrap();
    let mut stream = client.session_stream(&session.id);
    let first = client
        .send_prompt(&session.id, "[[tokens 60]] [[delay 10]]")
        .await
        .unwrap();
    // The agent answers what it has when it begins: two prompts at once would get one answer.
    stream
        .until(|transcript| first_answer(transcript.messages()).contains("word3 "))
        .await
        .unwrap();
    let prompt =
        "[[write: notes.txt = from the agent]] [[bash: git add -A && git commit -qm by-the-agent && git push -q]]";
    let second = client.send_prompt(&session.id, prompt).await.unwrap();
    assert_ne!(first.id, second.id);
    let done = stream
        .until(|transcript| {
            let answers = transcript
                .messages()
                .iter()
                .filter(|message| message.completed_at.is_some())
                .count();
            let consumed = transcript
                .message(&second.id)
                .and_then(|message| message.delivery.clone());
            answers >= 6 && consumed == Some(DeliveryState::Consumed)
        })
        .await
        .unwrap();
    let streamed = first_answer(done.messages());
    let kept = first_answer(&client.messages(&session.id).await.unwrap().unwrap());
    assert_eq!(streamed, words(60));
    assert_eq!(kept, words(60));

    // What the agent committed is there for everybody with a token, and takes what others push.
    let outside = tempfile::tempdir().unwrap();
    let remote = format!(
        "http://pcc:{}@{}/git/demo.git",
        server.token(),
        &server.url()["http://".len()..]
    );
    let log = until("the agent's commit", async || {
        let _ = std::fs::remove_dir_all(outside.path().join("clone"));
        git(outside.path(), &["clone", "-q", &remote, "clone"]);
        let log = git(&outside.path().join("clone"), &["log", "--format=%s"]);
        log.contains("by-the-agent").then_some(log)
    })
    .await;
    assert_eq!(log.lines().collect::<Vec<_>>(), ["by-the-agent", "The first of all"]);
    let clone = outside.path().join("clone");
    assert_eq!(
        std::fs::read_to_string(clone.join("notes.txt")).unwrap().trim_end(),
        "from the agent"
    );
    std::fs::write(clone.join("outside.txt"), "hello\n").unwrap();
    git(&clone, &["add", "."]);
    git(&clone, &["commit", "-qm", "From outside"]);
    git(&clone, &["push", "-q"]);
    let details = client
        .project_details(ProjectBy::Slug("demo".to_owned()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(details.source.unwrap().head.unwrap().subject, "From outside");

    // Stopped, no process is left; a prompt waits, and is answered after the start.
    let stopped = client.stop_project(&project.id).await.unwrap();
    let stopped = client.wait_for_operation(&stopped.operation.id).await.unwrap();
    assert_eq!(stopped.state, OperationState::Succeeded);
    assert_eq!(server.processes(), Vec::<u32>::new());
    let waiting = client
        .send_prompt(&session.id, "[[text: after the pause]]")
        .await
        .unwrap();
    assert_eq!(waiting.delivery, Some(DeliveryState::Queued));
    let started = client.start_project(&project.id).await.unwrap();
    assert_eq!(
        client.wait_for_operation(&started.operation.id).await.unwrap().state,
        OperationState::Succeeded
    );
    until("the answer to the prompt that waited", async || {
        let messages = client.messages(&session.id).await.unwrap().unwrap();
        let last = messages.last()?;
        (text_of(&last.parts).contains("after the pause") && last.completed_at.is_some()).then_some(())
    })
    .await;

    // Deleted, nothing is left.
    let deleted = client
        .delete_project(&project.id, RepositoryFate::Delete)
        .await
        .unwrap();
    let deleted = client.wait_for_operation(&deleted.operation.id).await.unwrap();
    assert_eq!(deleted.state, OperationState::Succeeded, "{deleted:?}");
    assert!(client.find_project("demo").await.unwrap().is_none());
    assert_eq!(server.processes(), Vec::<u32>::new());
    let left = |folder: &str| {
        let entries = std::fs::read_dir(server.data().join(folder)).unwrap();
        let visible = entries.filter_map(|entry| entry.unwrap().file_name().into_string().ok());
        visible
            .filter(|name| !name.starts_with('.') && name != "trash")
            .collect::<Vec<_>>()
    };
    assert_eq!(left("instances"), Vec::<String>::new());
    assert_eq!(left("repositories"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_from_a_url_to_nothing_left_on_sqlite() {
    from_a_url_to_nothing_left(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_from_a_url_to_nothing_left_on_postgres() {
    from_a_url_to_nothing_left(Kind::Postgres).await;
}

/// The server is killed in the middle of an answer: the agent goes on, and whoever watched ends with the whole text.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_answer_goes_on_while_the_server_is_killed() {
    const WORDS: usize = 200;
    let llm = Llm::start().await.unwrap();
    let mut server = TestServer::start(Kind::Sqlite, &opencode_config(&llm.url())).await;
    let client = server.client();
    let accepted = client
        .create_project(CreateProjectInput {
            name: "Demo".to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await
        .unwrap();
    let created = client.wait_for_operation(&accepted.operation.id).await.unwrap();
    assert_eq!(
        created.state,
        OperationState::Succeeded,
        "{created:?}\n{}",
        server.log()
    );
    let session = client
        .create_session(&accepted.project.id, Some("Restart"))
        .await
        .unwrap();
    let agents = server.agents();
    assert_eq!(agents.len(), 1);

    let mut stream = client.session_stream(&session.id);
    let text = format!("[[tokens {WORDS}]] [[delay 50]]");
    let prompt = client.send_prompt(&session.id, &text).await.unwrap();
    stream
        .until(|transcript| {
            transcript
                .messages()
                .last()
                .is_some_and(|last| text_of(&last.parts).contains("word20 "))
        })
        .await
        .unwrap();
    server.kill();
    server.run();
    let whole = stream
        .until(|transcript| {
            transcript
                .messages()
                .last()
                .is_some_and(|last| last.completed_at.is_some() && last.id != prompt.id)
        })
        .await
        .unwrap();
    assert_eq!(
        text_of(&whole.messages().last().unwrap().parts).trim_end(),
        words(WORDS)
    );
    assert_eq!(server.agents(), agents, "the agent was taken up, not started again");
    let messages = client.messages(&session.id).await.unwrap().unwrap();
    assert_eq!(messages.len(), 2, "one prompt, one answer");
    assert_eq!(llm.counters().chats, 1, "the model was asked once");
}
