//! The story every container host has to live up to.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use secrecy::ExposeSecret;
use serde_json::json;
use server::{
    clock::Clock,
    containers::{
        Container, ContainerHost, ContainerId, ContainerSpec, ContainerState, Owner, WorkspaceSource,
        process::{ProcessConfig, ProcessHost},
    },
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::{memory_host::MemoryHost, opencode, repository, until::until};

pub fn spec(installation: Uuid, project: Uuid, source: &str) -> ContainerSpec {
    ContainerSpec {
        owner: Owner { installation, project },
        name: "demo".to_owned(),
        workspace: WorkspaceSource {
            clone_url: source.to_owned(),
            reference: None,
        },
        agent_config: json!({ "enabled_providers": [] }),
        environment: BTreeMap::from([("DEMO_KEY".to_owned(), "a-secret-value".to_owned().into())]),
    }
}

#[tokio::test]
async fn the_double_keeps_the_contract() {
    story(&MemoryHost::default(), "/srv/demo.git").await;
}

#[tokio::test]
async fn processes_keep_the_contract_with_the_real_agent() {
    let place = tempfile::tempdir().expect("a folder");
    let source = repository::bare(place.path());
    let config = ProcessConfig {
        agent_command: Some(opencode::program()),
        ..ProcessConfig::new(place.path().join("instances"))
    };
    let host = ProcessHost::new(config, Clock::system()).await.expect("a host");
    story(&host, path(&source)).await;
    let left: Vec<_> = std::fs::read_dir(place.path().join("instances"))
        .expect("the root")
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "the foreign instance alone: {left:?}");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("readable paths")
}

async fn story(host: &dyn ContainerHost, source: &str) {
    let (ours, theirs) = (Uuid::new_v4(), Uuid::new_v4());
    let (spec, foreign_spec) = (spec(ours, Uuid::new_v4(), source), spec(theirs, Uuid::new_v4(), source));
    let foreign = host.create(&foreign_spec).await.expect("created");

    let made = host.create(&spec).await.expect("created");
    assert!(matches!(made.state, ContainerState::Stopped) && !made.workspace_ready);
    assert_eq!((made.owner, made.name.as_str()), (spec.owner, "demo"));
    let again = host.create(&spec).await.expect("created already");
    assert_eq!((&again.id, again.created_at), (&made.id, made.created_at));
    assert_eq!(ids(host, ours).await, std::slice::from_ref(&made.id));
    host.start(&made.id, &spec).await.expect_err("nothing to work in yet");

    let progress = Arc::new(watch::Sender::new(String::new()));
    host.provision(&made.id, &spec.workspace, &progress)
        .await
        .expect("filled");
    assert!(!progress.borrow().is_empty(), "it says what it does");
    host.provision(&made.id, &spec.workspace, &progress)
        .await
        .expect("filled already");
    assert!(inspect(host, &made.id).await.workspace_ready);

    let changes = host.changes();
    let first_run = runs_once(host, &made.id, &spec).await;
    assert!(changes.has_changed().expect("the host lives"), "a start is a change");
    assert_eq!(host.logs(&foreign.id, 10).await.expect("logs"), [], "nothing of others");
    until("a line in the log", async || {
        Some(host.logs(&made.id, 10).await.expect("logs")).filter(|l| !l.is_empty())
    })
    .await;
    assert_eq!(host.logs(&made.id, 0).await.expect("logs").len(), 0);
    let usage = host.usage(&made.id).await.expect("usage").expect("it runs");
    assert!(usage.memory_bytes > 1_000_000 && usage.cpu_cores >= 0.0, "{usage:?}");

    for _ in 0..2 {
        host.stop(&made.id).await.expect("stopped, however often");
        assert!(matches!(inspect(host, &made.id).await.state, ContainerState::Stopped));
    }
    assert_eq!(host.usage(&made.id).await.expect("usage"), None);
    assert_ne!(
        runs_once(host, &made.id, &spec).await,
        first_run,
        "each start is a run of its own"
    );

    for _ in 0..2 {
        host.remove(&made.id).await.expect("removed, however often");
        assert!(host.inspect(&made.id).await.expect("an answer").is_none());
    }
    assert!(host.stop(&made.id).await.is_err() && host.logs(&made.id, 1).await.is_err());
    assert_eq!(ids(host, ours).await, []);
    let untouched = inspect(host, &foreign.id).await;
    assert_eq!(
        (untouched.owner, untouched.created_at),
        (foreign.owner, foreign.created_at)
    );
    assert_eq!(ids(host, theirs).await, [foreign.id]);
}

/// Starts it twice, which is one start.
async fn runs_once(host: &dyn ContainerHost, id: &ContainerId, spec: &ContainerSpec) -> Uuid {
    let started = host.start(id, spec).await.expect("started");
    let again = host.start(id, spec).await.expect("started already");
    let seen = inspect(host, id).await;
    let runs = [started, again, seen].map(|container| match container.state {
        ContainerState::Running { run, endpoint, .. } => {
            assert!(!endpoint.password.expose_secret().is_empty());
            (run, endpoint.url)
        }
        other => panic!("it should run: {other:?}"),
    });
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    runs[0].0
}

async fn ids(host: &dyn ContainerHost, installation: Uuid) -> Vec<ContainerId> {
    host.list(installation)
        .await
        .expect("a list")
        .into_iter()
        .map(|container| container.id)
        .collect()
}

async fn inspect(host: &dyn ContainerHost, id: &ContainerId) -> Container {
    host.inspect(id).await.expect("an answer").expect("a container")
}
