//! What a session can tell afterwards: what its turns changed, and all of it as a file.

use client::{
    Client, ErrorCode, ExportFormat,
    types::{DecisionMode, DiffLineKind, DiffShown, FileChange},
};
use serde_json::Value;

use super::stage::{Stage, patiently};
use crate::support::database::Kind;

async fn exported(client: &Client, session: &str, format: ExportFormat) -> Result<String, client::Error> {
    let mut file = Vec::new();
    let write = |chunk: &[u8]| {
        file.extend_from_slice(chunk);
        Ok::<_, client::Error>(())
    };
    client.export_session(session, format, write).await?;
    Ok(String::from_utf8(file).unwrap())
}

async fn changes_of_turns(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    stage.set_policy(DecisionMode::AllowAll, Vec::new(), None).await;
    let session = stage.session().await.id;
    let first = stage.say(&session, "[[write: note.txt]]").await;
    let nothing = stage.say(&session, "[[text: one]]").await;
    let second = stage
        .say(&session, "[[bash: printf 'line one\\nline 2\\n' > note.txt]]")
        .await;
    // The agent tells of it after the turn.
    let turn = async |stage: &Stage, prompt: &str| {
        patiently("what a turn changed", async || {
            stage.client.turn_changes(prompt, false).await.unwrap()?.pop()
        })
        .await
    };
    let lines = |diff: &client::types::FileDiff, kind: DiffLineKind| -> Vec<String> {
        let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines);
        lines
            .filter(|line| line.kind == kind)
            .map(|line| line.text.clone())
            .collect()
    };
    let added = turn(&stage, &first).await;
    assert_eq!(
        (added.path.as_str(), &added.kind, &added.shown),
        ("note.txt", &FileChange::Added, &DiffShown::Text)
    );
    assert_eq!((added.additions, added.deletions), (Some(2), Some(0)));
    assert_eq!(lines(&added, DiffLineKind::Added), ["line one", "line two"]);
    let modified = turn(&stage, &second).await;
    assert_eq!(lines(&modified, DiffLineKind::Removed), ["line two"]);
    assert_eq!(lines(&modified, DiffLineKind::Added), ["line 2"]);
    let replaced = modified.hunks[0]
        .lines
        .iter()
        .find(|line| line.kind == DiffLineKind::Added)
        .unwrap();
    assert!(!replaced.marks.is_empty(), "{modified:?}");
    // Messages have them without the diffs.
    let messages = stage.client.messages(&session).await.unwrap().unwrap();
    let counted = |prompt: &String| {
        let message = messages.iter().find(|message| message.id == *prompt).unwrap();
        let count = |change: &client::types::TurnChange| (change.path.clone(), change.additions, change.deletions);
        message.changes.iter().map(count).collect::<Vec<_>>()
    };
    assert_eq!(counted(&first), [("note.txt".to_owned(), Some(2), Some(0))]);
    assert_eq!(counted(&nothing), []);
    assert_eq!(counted(&second), [("note.txt".to_owned(), Some(1), Some(1))]);
    assert_eq!(
        stage.client.turn_changes(&nothing, false).await.unwrap().unwrap().len(),
        0
    );

    // Without the agent, and without the server that heard of it.
    let stopped = stage.client.stop_project(&stage.project.id).await.unwrap();
    stage.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    let changes = stage.client.session_changes(&session).await.unwrap().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    let change = &changes[0];
    assert_eq!((change.additions, change.deletions, change.turns), (3, 1, 2));
    assert_eq!(change.kind, FileChange::Added);
    assert_eq!(turn(&stage, &second).await, modified);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_changes_of_turns_are_kept_on_sqlite() {
    changes_of_turns(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_changes_of_turns_are_kept_on_postgres() {
    changes_of_turns(Kind::Postgres).await;
}

/// PostgreSQL keeps no NUL in a text.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_tool_that_prints_a_nul_does_not_stop_the_rest() {
    let stage = Stage::new(Kind::Postgres).await;
    stage.set_policy(DecisionMode::AllowAll, Vec::new(), None).await;
    let session = stage.session().await.id;
    stage.say(&session, "[[bash: printf 'a\\000b']]").await;
    stage.say(&session, "[[text: on]]").await;
    let json = exported(&stage.client, &session, ExportFormat::Json).await.unwrap();
    assert!(json.contains("a\u{fffd}b"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_session_is_exported_to_those_who_may_read() {
    let stage = Stage::new(Kind::Sqlite).await;
    stage.set_policy(DecisionMode::AllowAll, Vec::new(), None).await;
    let session = stage.session().await.id;
    stage
        .client
        .rename_session(&session, "Fences: ``` & more")
        .await
        .unwrap();
    // More than one page of messages.
    for turn in 0..28 {
        stage.say(&session, &format!("[[text: answer {turn}]]")).await;
    }
    stage.say(&session, "[[bash: printf 'a\\n```\\nb']]").await;
    let markdown = exported(&stage.client, &session, ExportFormat::Markdown).await.unwrap();
    assert!(markdown.starts_with("# Fences: ``` & more\n"), "{markdown}");
    for turn in 0..28 {
        assert!(markdown.contains(&format!("\nanswer {turn}\n")), "{turn}: {markdown}");
    }
    assert!(markdown.contains("\n````\na\n```\nb\n````\n"), "{markdown}");
    assert_eq!(markdown.matches("\n## You").count(), 29);

    let json = exported(&stage.client, &session, ExportFormat::Json).await.unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["session"]["id"], session.as_str());
    let roles = |role: &str| {
        json["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|said| said["role"] == role)
            .count()
    };
    assert_eq!(roles("user"), 29);
    assert!(roles("assistant") >= 30);

    let code = async |client: &Client, session: &str| {
        let outcome = exported(client, session, ExportFormat::Json).await;
        outcome.unwrap_err().code().cloned()
    };
    let stranger = Client::new(&stage.server.url(), "pcc_wrong_token".to_owned().into()).unwrap();
    assert_eq!(code(&stranger, &session).await, Some(ErrorCode::Unauthenticated));
    assert_eq!(code(&stage.client, "nonsense").await, Some(ErrorCode::InvalidInput));
    stage.client.delete_session(&session).await.unwrap();
    assert_eq!(code(&stage.client, &session).await, Some(ErrorCode::NotFound));
}
