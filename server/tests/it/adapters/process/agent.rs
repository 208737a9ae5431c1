//! The real OpenCode as a child process.

use std::{collections::BTreeSet, env, fs, path::Path, time::Duration};

use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::containers::{ContainerHost, Endpoint};

use super::bench::{Bench, environment, kill, lives};
use crate::support::{opencode, repository, until::until};

async fn bench() -> Bench {
    Bench::with(|config, _| config.agent_command = Some(opencode::program())).await
}

/// A connection of its own for each try: those made while OpenCode starts are never answered.
async fn get(at: &Endpoint, path: &str, password: Option<&str>) -> Option<reqwest::Response> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("a client");
    let request = client.get(at.url.join(path).expect("a path"));
    let request = match password {
        Some(password) => request.basic_auth(&at.username, Some(password)),
        None => request,
    };
    request
        .timeout(Duration::from_secs(if path == "global/health" { 1 } else { 10 }))
        .send()
        .await
        .ok()
}

async fn healthy(at: &Endpoint) {
    let password = at.password.expose_secret();
    until("the agent to be healthy", async || {
        let answer = get(at, "global/health", Some(password)).await?;
        (answer.status() == StatusCode::OK).then_some(())
    })
    .await;
}

async fn ask(at: &Endpoint, path: &str) -> Value {
    until(path, async || {
        let answer = get(at, path, Some(at.password.expose_secret())).await?;
        answer.json().await.ok()
    })
    .await
}

#[tokio::test]
async fn it_answers_whoever_knows_the_password() {
    let bench = bench().await;
    let container = bench.start().await;
    let (_, endpoint) = bench.running().await;
    healthy(&endpoint).await;
    for wrong in [None, Some("wrong")] {
        let answer = get(&endpoint, "global/health", wrong).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let paths = ask(&endpoint, "path").await;
    assert_eq!(
        paths["directory"], container.directory,
        "both call the workspace the same"
    );
    assert_eq!(paths["worktree"], container.directory);
    assert_eq!(ask(&endpoint, "config").await["autoupdate"], false);

    let log = bench.log().await.join("\n");
    assert!(log.contains("listening on"), "{log}");
    assert!(!log.contains(endpoint.password.expose_secret()));
    bench.host.stop(&bench.id()).await.expect("stopped");
    assert_eq!(bench.processes(), Vec::<i32>::new());
}

#[tokio::test]
async fn it_outlives_the_server_and_is_taken_up_by_the_next() {
    let mut bench = bench().await;
    bench.start().await;
    let (run, endpoint) = bench.running().await;
    healthy(&endpoint).await;
    let pid = bench.pid();
    bench.new_server().await;

    let (adopted, same) = bench.running().await;
    assert_eq!((adopted, &same.url), (run, &endpoint.url));
    healthy(&same).await;
    let secret = bench.spec.environment["DEMO_KEY"].expose_secret().to_owned();
    fs::write(bench.folder().join("log/agent.log"), format!("my key is {secret}\n")).expect("written");
    assert_eq!(bench.log().await, ["my key is [redacted]"], "secrets are known again");

    let mut changes = bench.host.changes();
    kill(pid);
    changes.changed().await.expect("the host lives");
    assert_eq!(
        bench.exited().await,
        (None, "my key is [redacted]".to_owned()),
        "how it ended cannot be known"
    );
}

#[tokio::test]
async fn its_violent_end_is_noticed() {
    let bench = bench().await;
    bench.start().await;
    bench.says("listening on").await;
    let mut changes = bench.host.changes();
    let pid = bench.pid();
    kill(pid);
    changes.changed().await.expect("the host lives");
    let (code, last_words) = bench.exited().await;
    assert_eq!(code, None, "killed by a signal");
    assert!(last_words.contains("listening on"), "{last_words}");
    until("the zombie to go", async || {
        (!Path::new(&format!("/proc/{pid}")).exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_gets_an_environment_of_its_own() {
    assert!(
        env::var_os("CARGO_MANIFEST_DIR").is_some(),
        "something the server has and an agent must not see"
    );
    let bench = bench().await;
    bench.start().await;
    let pid = bench.pid();
    let entries = environment(pid);
    let pairs = entries.iter().filter_map(|entry| entry.split_once('='));
    let names: BTreeSet<&str> = pairs.clone().map(|(name, _)| name).collect();
    let expected = "DEMO_KEY GIT_TERMINAL_PROMPT HOME LANG LC_ALL NO_COLOR OPENCODE_CONFIG_CONTENT \
        OPENCODE_DISABLE_AUTOUPDATE OPENCODE_DISABLE_LSP_DOWNLOAD OPENCODE_DISABLE_MODELS_FETCH \
        OPENCODE_DISABLE_PROJECT_CONFIG OPENCODE_DISABLE_SHARE OPENCODE_SERVER_PASSWORD OPENCODE_SERVER_USERNAME PATH \
        PCC_INSTANCE PCC_INSTANCE_FOLDER SHELL TERM TMPDIR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME";
    assert_eq!(names, expected.split_whitespace().collect());
    for (name, value) in pairs {
        if ["HOME", "TMPDIR"].contains(&name) || name.starts_with("XDG_") {
            assert!(Path::new(value).starts_with(bench.folder()), "{name}={value}");
        }
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .expect("a stat line")
        .1
        .split_whitespace()
        .collect();
    let own = pid.to_string();
    assert_eq!(
        fields[2..5],
        [&own, &own, "0"],
        "group and session of its own, no terminal"
    );
    assert!(lives(pid));
}

/// What a repository brings along runs with the rights of the server's user, and before anybody asked for anything.
#[tokio::test]
async fn code_of_a_repository_runs_only_where_it_is_trusted() {
    for is_trusted in [false, true] {
        let bench = Bench::with(|config, _| {
            config.agent_command = Some(opencode::program());
            config.trust_repository_config = is_trusted;
        })
        .await;
        let trace = bench.place.path().join("trace");
        let work = bench.place.path().join("work");
        let config = json!({ "mcp": { "trace": { "type": "local", "command": ["touch", trace] } } });
        repository::commit(&work, "opencode.json", config.to_string());
        repository::commit(&work, "AGENTS.md", "Speak plainly.");
        repository::git(&work, &["push", "--quiet", "../source.git", "main"]);

        bench.start().await;
        let (_, endpoint) = bench.running().await;
        healthy(&endpoint).await;
        if is_trusted {
            let password = endpoint.password.expose_secret();
            until("the command to leave its trace", async || {
                drop(get(&endpoint, "mcp", Some(password)).await);
                trace.exists().then_some(())
            })
            .await;
        } else {
            ask(&endpoint, "mcp").await;
            let config = ask(&endpoint, "config").await;
            assert!(!trace.exists(), "the command has run");
            let instructions = bench.folder().join("workspace/AGENTS.md");
            assert_eq!(config["instructions"][0], instructions.to_str().expect("readable"));
        }
    }
}
