//! Files that go with prompts, all the way to what OpenCode makes of them.

use client::{
    Attachment, Client, ErrorCode,
    types::{DeliveryState, FilePart, Message, MessageRole, Part, PromptPartInput, RunCommandInput, SendPromptInput},
};
use reqwest::StatusCode;

use super::{
    choices::more,
    stage::{Stage, patiently},
};
use crate::support::database::Kind;

/// One red dot.
const DOT: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92, 0xef,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn prompt(session: &str, parts: Vec<PromptPartInput>) -> SendPromptInput {
    SendPromptInput {
        session: session.to_owned(),
        parts,
        agent: None,
        model: None,
        when_busy: None,
        client_mutation_id: None,
    }
}

fn text(text: &str) -> PromptPartInput {
    PromptPartInput::Text(text.to_owned())
}

fn attached(attachment: &Attachment) -> PromptPartInput {
    PromptPartInput::Attachment(attachment.id.clone())
}

fn file(path: &str) -> PromptPartInput {
    PromptPartInput::File(path.to_owned())
}

fn files(message: &Message) -> Vec<&FilePart> {
    let files = message.parts.iter().filter_map(|part| match part {
        Part::FilePart(part) => Some(part),
        _ => None,
    });
    files.collect()
}

/// What OpenCode read for the model.
fn read(message: &Message) -> String {
    let read = message.parts.iter().filter_map(|part| match part {
        Part::TextPart(part) if part.is_synthetic => Some(part.text.as_str()),
        _ => None,
    });
    read.collect()
}

impl Stage {
    fn write(&self, path: &str, content: &str) {
        let path = self.workspace().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn workspace(&self) -> std::path::PathBuf {
        let mut folders = std::fs::read_dir(self.server.data().join("instances")).unwrap();
        folders
            .find_map(|entry| Some(entry.unwrap().path().join("workspace")).filter(|path| path.is_dir()))
            .unwrap()
    }

    async fn rest(&self) {
        let stopped = self.client.stop_project(&self.project.id).await.unwrap();
        self.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    }

    async fn complete(&self, session: &str, messages: usize) -> Vec<Message> {
        patiently("an answer", async || {
            let all = self.client.messages(session).await.unwrap().unwrap();
            let is_over = all.len() == messages && all.last()?.completed_at.is_some();
            is_over.then_some(all)
        })
        .await
    }
}

async fn files_go_with_prompts(kind: Kind) {
    let stage = Stage::with(kind, more).await;
    let session = stage.session().await.id;
    stage.write("notes/plan #1.md", "From the workspace");
    let note = stage
        .client
        .attach("note.md", b"From the phone".to_vec())
        .await
        .unwrap();
    assert_eq!((note.media_type.as_str(), note.size), ("text/plain", 14));
    assert_eq!(
        stage
            .client
            .attach("note.md", b"From the phone".to_vec())
            .await
            .unwrap(),
        note
    );
    let dot = stage.client.attach("dot.png", DOT.to_vec()).await.unwrap();
    assert_eq!(dot.media_type, "image/png");

    let parts = vec![
        text("[[text: seen]]"),
        attached(&note),
        attached(&dot),
        file("notes/plan #1.md"),
        file("notes"),
    ];
    stage.client.send_prompt_input(prompt(&session, parts)).await.unwrap();
    let messages = stage.complete(&session, 2).await;
    assert_eq!(
        (&messages[0].delivery, &messages[1].role),
        (&Some(DeliveryState::Consumed), &MessageRole::Assistant)
    );
    let sent = files(&messages[0]);
    let named: Vec<_> = sent
        .iter()
        .map(|part| {
            (
                part.filename.as_deref().unwrap(),
                part.attachment.as_deref(),
                part.path.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("note.md", Some(note.id.as_str()), None),
            ("dot.png", Some(dot.id.as_str()), None),
            ("notes/plan #1.md", None, Some("notes/plan #1.md")),
            ("notes", None, Some("notes")),
        ]
    );
    assert_eq!(
        (sent[1].mime.as_str(), sent[1].size),
        ("image/png", Some(DOT.len() as f64))
    );
    let read_by_opencode = read(&messages[0]);
    for content in ["From the phone", "From the workspace", "plan #1.md"] {
        assert!(read_by_opencode.contains(content), "{read_by_opencode}");
    }
    assert_eq!(stage.llm.counters().chats, 1);

    // With a command, and the same file again.
    let run = RunCommandInput {
        session: session.clone(),
        command: "greet".to_owned(),
        arguments: "all".to_owned(),
        files: vec![attached(&note)],
        agent: None,
        model: None,
        when_busy: None,
        client_mutation_id: None,
    };
    stage.client.run_command(run).await.unwrap();
    let messages = stage.complete(&session, 4).await;
    assert_eq!(files(&messages[2])[0].attachment.as_ref(), Some(&note.id));
    assert!(read(&messages[2]).contains("From the phone"));

    // A file that is gone when the agent looks: it is told so, and the prompt is answered.
    stage.rest().await;
    let parts = vec![text("[[text: and now]]"), file("notes/plan #1.md")];
    stage.client.send_prompt_input(prompt(&session, parts)).await.unwrap();
    std::fs::remove_file(stage.workspace().join("notes/plan #1.md")).unwrap();
    stage.client.start_project(&stage.project.id).await.unwrap();
    let messages = stage.complete(&session, 6).await;
    assert!(read(&messages[4]).contains("not found"), "{messages:?}");

    // One that has become a link meanwhile goes nowhere.
    stage.rest().await;
    let parts = vec![text("[[text: never]]"), file("notes")];
    let closed = stage.client.send_prompt_input(prompt(&session, parts)).await.unwrap();
    std::fs::remove_dir(stage.workspace().join("notes")).unwrap();
    std::os::unix::fs::symlink("/etc", stage.workspace().join("notes")).unwrap();
    stage.client.start_project(&stage.project.id).await.unwrap();
    patiently("the last prompt to fail", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let last = messages.iter().find(|message| message.id == closed.id)?;
        (last.delivery == Some(DeliveryState::Failed)).then(|| {
            assert!(last.error.as_ref().unwrap().message.contains("link"), "{last:?}");
        })
    })
    .await;
    assert_eq!(stage.llm.counters().chats, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_files_go_with_prompts_on_sqlite() {
    files_go_with_prompts(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_files_go_with_prompts_on_postgres() {
    files_go_with_prompts(Kind::Postgres).await;
}

async fn get(client: &reqwest::Client, stage: &Stage, id: &str, token: Option<&str>) -> reqwest::Response {
    let request = client.get(format!("{}/attachments/{id}", stage.server.url()));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_files_that_cannot_go_are_refused_and_those_that_went_can_be_had() {
    let stage = Stage::new(Kind::Sqlite).await;
    let session = stage.session().await.id;
    stage.write("real.txt", "real");
    std::os::unix::fs::symlink("/etc/passwd", stage.workspace().join("link.txt")).unwrap();
    std::os::unix::fs::symlink("/etc", stage.workspace().join("folder")).unwrap();
    let send = async |parts| stage.client.send_prompt_input(prompt(&session, parts)).await;
    for path in [
        "link.txt",
        "folder/passwd",
        "gone.txt",
        "real.txt/x",
        "../x",
        "/etc/passwd",
        ".git/config",
        "",
    ] {
        let error = send(vec![text("hi"), file(path)]).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidInput), "{path}: {error:?}");
        assert_eq!(error.failure().unwrap().field.as_deref(), Some("parts"), "{path}");
    }
    let stranger = stage.device("other");
    let theirs = stranger.attach("theirs.txt", b"theirs".to_vec()).await.unwrap();
    let error = send(vec![attached(&theirs)]).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::NotFound), "{error:?}");
    let mut many = Vec::new();
    for number in 0..11 {
        many.push(attached(
            &stage
                .client
                .attach("n.txt", format!("{number}").into_bytes())
                .await
                .unwrap(),
        ));
    }
    let error = send(many).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::LimitExceeded), "{error:?}");
    let mut large = Vec::new();
    for letter in ["a", "b", "c"] {
        large.push(attached(
            &stage
                .client
                .attach("n.txt", letter.repeat(4_000_000).into_bytes())
                .await
                .unwrap(),
        ));
    }
    let error = send(large).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::LimitExceeded), "{error:?}");
    for (name, content, code) in [
        ("a.bin", b"\x7fELF\0".to_vec(), ErrorCode::InvalidInput),
        ("a/b", b"x".to_vec(), ErrorCode::InvalidInput),
        ("big.txt", vec![b'x'; 5_000_001], ErrorCode::LimitExceeded),
    ] {
        let error = stage.client.attach(name, content).await.unwrap_err();
        assert_eq!(error.code(), Some(&code), "{name}: {error:?}");
    }
    assert_eq!(stage.client.messages(&session).await.unwrap().unwrap().len(), 0);

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/attachments?name=x", stage.server.url());
    let unknown = http.post(&url).body("x").send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    let nameless = http
        .post(url.trim_end_matches("?name=x"))
        .bearer_auth(stage.server.token());
    assert_eq!(
        nameless.body("x").send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );

    let mine = stage.client.attach("mine.txt", b"<script>".to_vec()).await.unwrap();
    let other = token(&stage);
    assert_eq!(
        get(&http, &stage, &mine.id, Some(&other)).await.status(),
        StatusCode::NOT_FOUND
    );
    send(vec![text("[[text: ok]]"), attached(&mine)]).await.unwrap();
    let had = get(&http, &stage, &mine.id, Some(&other)).await;
    assert_eq!(
        (had.status(), &had.headers()["content-type"]),
        (StatusCode::OK, &"text/plain".parse().unwrap())
    );
    assert_eq!(had.headers()["x-content-type-options"], "nosniff");
    assert_eq!(had.text().await.unwrap(), "<script>");
    assert_eq!(
        get(&http, &stage, &mine.id, None).await.status(),
        StatusCode::UNAUTHORIZED
    );
    stage.complete(&session, 2).await;
}

/// That of another device.
fn token(stage: &Stage) -> String {
    let arguments = ["token", "create", "--name", "reader", "--scope", "read"];
    let output = stage.server.command(&arguments).0.output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The server is killed after it has taken the prompt, and before the agent has it.
#[tokio::test(flavor = "multi_thread")]
async fn opencode_file_is_not_lost_with_the_server() {
    let mut stage = Stage::new(Kind::Sqlite).await;
    let session = stage.session().await.id;
    let stopped = stage.client.stop_project(&stage.project.id).await.unwrap();
    stage.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    let note = stage.client.attach("note.txt", b"Still here".to_vec()).await.unwrap();
    let parts = vec![text("[[text: seen]]"), attached(&note)];
    stage.client.send_prompt_input(prompt(&session, parts)).await.unwrap();
    stage.server.kill();
    stage.server.run();
    stage.client = Client::new(&stage.server.url(), stage.server.token().to_owned().into()).unwrap();
    stage.client.start_project(&stage.project.id).await.unwrap();
    let messages = stage.complete(&session, 2).await;
    assert!(read(&messages[0]).contains("Still here"), "{messages:?}");
}
