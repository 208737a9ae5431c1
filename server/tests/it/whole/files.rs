//! Files of a project through the client: while the agent runs and while it does not, by one device and by two.

use std::collections::BTreeSet;

use client::{
    Accepted, Client, ErrorCode, TextSearch,
    types::{
        Change, CommitChangesInput, CreateProjectInput, DiffLineKind, ExpectedFileInput, FileChange, MoveFileInput,
        Project, ProjectBy, ProjectSourceInput, RepositoryFate, WriteFileInput,
    },
};
use fakes::llm::{Llm, opencode_config};
use futures_util::StreamExt;

use crate::support::{database::Kind, policy::allow_all, server::TestServer, until::until};

async fn project(client: &Client, name: &str) -> Project {
    let accepted = ordered(client, name).await;
    client.wait_for_operation(&accepted.operation.id).await.unwrap();
    accepted.project
}

async fn ordered(client: &Client, name: &str) -> Accepted {
    client
        .create_project(CreateProjectInput {
            name: name.to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await
        .unwrap()
}

fn write(project: &Project, path: &str, text: &str, expected: ExpectedFileInput) -> WriteFileInput {
    WriteFileInput {
        project: project.id.clone(),
        path: path.to_owned(),
        text: text.to_owned(),
        expected,
        client_mutation_id: None,
    }
}

fn commit(project: &Project, message: &str, push: bool) -> CommitChangesInput {
    CommitChangesInput {
        project: project.id.clone(),
        message: message.to_owned(),
        paths: None,
        push,
        client_mutation_id: None,
    }
}

fn by(project: &Project) -> ProjectBy {
    ProjectBy::Id(project.id.clone())
}

/// A client with a token of this scope.
fn with_scope(server: &TestServer, scope: &str) -> Client {
    let arguments = ["token", "create", "--name", scope, "--scope", scope];
    let made = server.command(&arguments).0.output().unwrap();
    let token = String::from_utf8(made.stdout).unwrap().trim_end().to_owned();
    Client::new(&server.url(), token.into()).unwrap()
}

async fn from_a_file_to_a_push(kind: Kind) {
    let llm = Llm::start().await.unwrap();
    let server = TestServer::start(kind, &opencode_config(&llm.url())).await;
    let client = server.client();
    let project = project(&client, "Files").await;
    allow_all(&client, &project.id).await;
    let cursor = client.cursor().await.unwrap();

    // What the agent writes is told.
    let session = client.create_session(&project.id, None).await.unwrap();
    client
        .send_prompt(&session.id, "[[write: notes.txt = from the agent]]")
        .await
        .unwrap();
    until("the agent's file", async || {
        client.file(by(&project), "notes.txt", 1, 10).await.unwrap()
    })
    .await;
    let changes = client.changes(by(&project)).await.unwrap();
    let files: Vec<_> = changes
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.kind.clone()))
        .collect();
    assert_eq!(files, [("notes.txt", FileChange::Untracked)]);
    assert_eq!(changes.branch.as_deref(), Some("main"));

    // Two devices with the same file before them: one is told what the other has made of it.
    let file = client.file(by(&project), "notes.txt", 1, 10).await.unwrap().unwrap();
    let known = ExpectedFileInput::Version(file.version.clone().unwrap());
    let mut first = write(&project, "notes.txt", "from the phone\n", known.clone());
    first.client_mutation_id = Some("one".to_owned());
    let version = client.write_file(first.clone()).await.unwrap();
    let late = client
        .write_file(write(&project, "notes.txt", "from the tablet\n", known))
        .await
        .unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::Conflict));
    assert_eq!(
        late.failure().unwrap().current_version.as_deref(),
        Some(version.as_str())
    );
    // Sent again it is answered, not done: even where the file has changed since.
    let newer = ExpectedFileInput::Version(version.clone());
    let newest = client
        .write_file(write(&project, "notes.txt", "newer\n", newer))
        .await
        .unwrap();
    assert_eq!(client.write_file(first.clone()).await.unwrap(), version);
    first.text = "other".to_owned();
    let other = client.write_file(first).await.unwrap_err();
    assert_eq!(other.code(), Some(&ErrorCode::IdempotencyMismatch));
    let file = client.file(by(&project), "notes.txt", 1, 10).await.unwrap().unwrap();
    assert_eq!(
        (file.text.unwrap().text.as_str(), file.version),
        ("newer\n", Some(newest.clone()))
    );

    // Everything goes on while the agent is stopped.
    let stopped = client.stop_project(&project.id).await.unwrap();
    client.wait_for_operation(&stopped.operation.id).await.unwrap();
    let moved = MoveFileInput {
        project: project.id.clone(),
        path: "notes.txt".to_owned(),
        new_path: "docs/notes.txt".to_owned(),
        expected_version: newest,
        client_mutation_id: None,
    };
    client.move_file(moved).await.unwrap();
    let readme = client.file(by(&project), "README.md", 1, 10).await.unwrap().unwrap();
    let text = format!("{}More.\n", readme.text.unwrap().text);
    let readme = write(
        &project,
        "README.md",
        &text,
        ExpectedFileInput::Version(readme.version.unwrap()),
    );
    client.write_file(readme).await.unwrap();
    let tree = client.tree(by(&project), "").await.unwrap().unwrap();
    assert_eq!(
        tree.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
        ["docs", "README.md"]
    );
    let found = client.find_files(by(&project), "dnot", 10).await.unwrap();
    assert_eq!(found.paths, ["docs/notes.txt"]);
    let found = client
        .search_text(by(&project), TextSearch::literal("newer"))
        .await
        .unwrap();
    assert_eq!(
        (found.matches[0].path.as_str(), found.matches[0].line),
        ("docs/notes.txt", 1)
    );
    let diff = client
        .diff(by(&project), &["README.md".to_owned()], 3, false)
        .await
        .unwrap();
    let lines: Vec<_> = diff[0].hunks[0]
        .lines
        .iter()
        .map(|line| (line.kind.clone(), line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [(DiffLineKind::Context, "# Files"), (DiffLineKind::Added, "More.")]
    );

    let mut order = commit(&project, "By the phone", true);
    order.client_mutation_id = Some("commit".to_owned());
    let done = client.commit_changes(order.clone()).await.unwrap();
    assert_eq!(
        (
            done.is_pushed,
            done.push_problem.as_deref(),
            done.commit.author.as_str()
        ),
        (true, None, "test")
    );
    assert_eq!(client.commit_changes(order).await.unwrap().commit.oid, done.commit.oid);
    let details = client.project_details(by(&project)).await.unwrap().unwrap();
    assert_eq!(details.source.unwrap().head.unwrap().oid, done.commit.oid);
    let changes = client.changes(by(&project)).await.unwrap();
    let upstream = changes.upstream.unwrap();
    assert_eq!(
        (changes.files.len(), upstream.ahead, upstream.behind),
        (0, Some(0), Some(0))
    );
    let log = client.log(by(&project), 10).await.unwrap();
    let subjects: Vec<_> = log.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["By the phone", "Begin the project"]);

    client.create_branch(&project.id, "topic").await.unwrap();
    client
        .write_file(write(&project, "x", "x", ExpectedFileInput::Absent(true)))
        .await
        .unwrap();
    client
        .commit_changes(commit(&project, "On the topic", false))
        .await
        .unwrap();
    let pushed = client.push_branch(&project.id).await.unwrap();
    assert_eq!(pushed.branch, "topic");
    client
        .write_file(write(&project, "y", "y", ExpectedFileInput::Absent(true)))
        .await
        .unwrap();
    let discarded = client.discard_changes(&project.id, &["y".to_owned()]).await.unwrap();
    assert!(discarded.paths == ["y"] && discarded.kept_as.is_some());
    assert_eq!(client.changes(by(&project)).await.unwrap().files.len(), 0);

    // Others were told.
    let mut events = client.follow(Some(cursor), None);
    let device = client.viewer().await.unwrap().device.id;
    let mut told = 0;
    while told < 8 {
        let event = events.next().await.unwrap().unwrap();
        let by_us = event.actor.device.as_ref().is_some_and(|by| by.id == device);
        told += usize::from(by_us && matches!(event.change, Change::ProjectChanged(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_opencode_from_a_file_to_a_push_on_sqlite() {
    from_a_file_to_a_push(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_opencode_from_a_file_to_a_push_on_postgres() {
    from_a_file_to_a_push(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_opencode_who_may_change_files_and_what_may_be_named() {
    let llm = Llm::start().await.unwrap();
    let server = TestServer::start(Kind::Sqlite, &opencode_config(&llm.url())).await;
    let admin = server.client();
    let project = project(&admin, "Scopes").await;
    let (reader, steerer) = (with_scope(&server, "read"), with_scope(&server, "steer"));
    let new = || write(&project, "new.txt", "new", ExpectedFileInput::Absent(true));
    assert!(reader.tree(by(&project), "").await.unwrap().is_some());
    let refused = reader.write_file(new()).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Forbidden));
    steerer.write_file(new()).await.unwrap();
    let refused = steerer.commit_changes(commit(&project, "x", true)).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Forbidden));
    let refused = steerer.push_branch(&project.id).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Forbidden));
    let done = steerer.commit_changes(commit(&project, "x", false)).await.unwrap();
    assert_eq!((done.commit.author.as_str(), done.is_pushed), ("steer", false));

    for bad in [
        "../x",
        "/etc/passwd",
        ".git/config",
        "a/.GIT/hooks/x",
        "a\0b",
        "",
        "git~1/config",
    ] {
        let refused = admin.file(by(&project), bad, 1, 1).await.unwrap_err();
        assert_eq!(refused.code(), Some(&ErrorCode::InvalidInput), "{bad:?}");
        assert_eq!(refused.failure().unwrap().field.as_deref(), Some("path"), "{bad:?}");
        let refused = admin
            .write_file(write(&project, bad, "x", ExpectedFileInput::Absent(true)))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Some(&ErrorCode::InvalidInput), "{bad:?}");
    }
    assert_eq!(admin.file(by(&project), "nothing", 1, 1).await.unwrap(), None);

    // What each of many writers adds stays, whoever else writes. (Two who want the same content are both right.)
    admin
        .write_file(write(&project, "count", "", ExpectedFileInput::Absent(true)))
        .await
        .unwrap();
    let writers = (0..4).map(|writer| {
        let (client, project) = (server.client(), &project);
        async move {
            let mut done = 0;
            while done < 5 {
                let file = client.file(by(project), "count", 1, 100).await.unwrap().unwrap();
                let next = format!("{}{writer}.{done}\n", file.text.unwrap().text);
                let known = ExpectedFileInput::Version(file.version.unwrap());
                match client.write_file(write(project, "count", &next, known)).await {
                    Ok(_) => done += 1,
                    Err(error) => assert_eq!(error.code(), Some(&ErrorCode::Conflict)),
                }
            }
        }
    });
    futures_util::future::join_all(writers).await;
    let count = admin.file(by(&project), "count", 1, 100).await.unwrap().unwrap();
    let text = count.text.unwrap().text;
    let added: BTreeSet<&str> = text.lines().collect();
    assert_eq!((added.len(), text.lines().count()), (20, 20), "{text}");
    admin.discard_changes(&project.id, &["count".to_owned()]).await.unwrap();

    // What the repository has and the workspace has not is not pushed over.
    let pushed = admin.push_branch(&project.id).await.unwrap();
    assert_eq!(pushed.head, done.commit.oid);
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut command = crate::support::git::developer_git(folder.path());
        assert!(command.args(arguments).status().unwrap().success());
    };
    let repository = server.data().join("repositories/scopes.git").display().to_string();
    git(&["clone", "--quiet", &repository, "."]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "By somebody else"]);
    git(&["push", "--quiet"]);
    admin
        .write_file(write(&project, "more.txt", "more", ExpectedFileInput::Absent(true)))
        .await
        .unwrap();
    let done = admin.commit_changes(commit(&project, "More", true)).await.unwrap();
    assert!(!done.is_pushed && done.push_problem.is_some_and(|why| why.contains("merge")));
    let refused = admin.push_branch(&project.id).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Conflict));

    let deleted = admin.delete_project(&project.id, RepositoryFate::Delete).await.unwrap();
    let refused = admin.changes(by(&project)).await.unwrap_err();
    assert!(
        matches!(refused.code(), Some(ErrorCode::Conflict | ErrorCode::NotFound)),
        "{refused:?}"
    );
    admin.wait_for_operation(&deleted.operation.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_not_there_yet_says_so() {
    let server = TestServer::with(
        Kind::Sqlite,
        &serde_json::json!({}),
        &[("PCC_AGENT_COMMAND", "no-such-opencode")],
    )
    .await;
    let client = server.client();
    let project = ordered(&client, "Unmade").await.project;
    let refused = client.tree(by(&project), "").await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Unavailable));
    assert_eq!(refused.failure().unwrap().system.as_deref(), Some("workspace"));
    let refused = client.commit_changes(commit(&project, "x", false)).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::Unavailable));
}
