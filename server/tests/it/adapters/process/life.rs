//! Starting, ending and what agents leave behind, with scripts for agents.

use std::{fs, path::Path, time::Duration};

use server::containers::{ContainerHost, ContainerState, HostError};

use super::bench::{Bench, PATIENT, lives, script};
use crate::support::until::until;

#[tokio::test]
async fn a_missing_agent_is_named_with_its_cure_and_may_come_later() {
    let bench = Bench::with(|config, place| {
        config.agent_command = Some("no-such-agent".into());
        config.extra_path = vec![place.to_owned()];
    })
    .await;
    let error = bench.host.create(&bench.spec).await.expect_err("no agent");
    assert!(
        matches!(&error, HostError::Missing(text) if text.contains("npm install -g opencode-ai@1.18")),
        "{error:?}"
    );
    assert!(
        bench
            .host
            .list(bench.spec.owner.installation)
            .await
            .expect("a list")
            .is_empty()
    );
    let report = bench.host.check().await;
    assert!(
        !report.is_complete() && report.to_string().contains("no-such-agent"),
        "{report}"
    );

    script(
        bench.place.path(),
        "no-such-agent",
        "[ \"$1\" = --version ] && echo 1.18.0 && exit\nexec sleep 1000",
    );
    bench.start().await;
    bench.running().await;
    let report = bench.host.check().await;
    assert!(
        report.is_complete() && report.to_string().contains("(1.18.0); git is /"),
        "{report}"
    );
}

#[tokio::test]
async fn an_agent_that_dies_at_start_leaves_its_words_and_no_secret() {
    let body = "echo \"sorry, $DEMO_KEY $OPENCODE_SERVER_PASSWORD\" >&2\nprintf '\\033[31mbye\\033[0m\\n'\nexit 3";
    let mut bench = Bench::with_script(body).await;
    bench.start().await;
    let ended = (Some(3), "sorry, [redacted] [redacted]\nbye".to_owned());
    assert_eq!(bench.exited().await, ended);
    bench.new_server().await;
    assert_eq!(bench.exited().await, ended, "it is remembered");

    script(bench.place.path(), "agent", PATIENT);
    bench.host.start(&bench.id(), &bench.spec).await.expect("started");
    bench.running().await;
}

#[tokio::test]
async fn who_ignores_the_request_to_end_is_killed_with_all_it_started() {
    let body = "trap '' TERM\nsetsid sleep 1000 &\nsleep 1000 &\nenv -i setsid -w sleep 0 ; env -i sleep 1000 &\n\
        echo ready\nwhile :; do sleep 1; done";
    let bench = Bench::with(|config, place| {
        config.agent_command = Some(script(place, "agent", body));
        config.stop_grace = Duration::from_millis(300);
    })
    .await;
    bench.start().await;
    bench.says("ready").await;
    let pid = bench.pid();
    // The one with an empty environment is found by its session alone.
    let unmarked = children(pid)
        .into_iter()
        .filter(|child| !bench.processes().contains(child))
        .collect::<Vec<_>>();
    assert_eq!(unmarked.len(), 1, "{unmarked:?}");
    bench.host.stop(&bench.id()).await.expect("stopped");
    assert!(!lives(pid) && !lives(unmarked[0]));
    assert_eq!(bench.processes(), Vec::<i32>::new());
    assert!(matches!(bench.state().await, ContainerState::Stopped));
}

#[tokio::test]
async fn an_end_that_nobody_waits_for_any_more_is_seen_and_can_be_brought_to_its_end() {
    let bench = Bench::with(|config, place| {
        config.agent_command = Some(script(
            place,
            "agent",
            "trap '' TERM\necho ready\nwhile :; do sleep 1; done",
        ));
        config.stop_grace = Duration::from_secs(2);
    })
    .await;
    bench.start().await;
    bench.says("ready").await;
    let is_leaving = async || match bench.state().await {
        ContainerState::Running { is_leaving, .. } => is_leaving,
        other => panic!("it should run: {other:?}"),
    };
    assert!(!is_leaving().await);
    let told = until("it to be told to end", async || is_leaving().await.then_some(()));
    let id = bench.id();
    tokio::select! {
        () = told => {}
        ended = bench.host.stop(&id) => panic!("ended without being seen to leave: {ended:?}"),
    }
    assert!(is_leaving().await);
    bench.host.stop(&bench.id()).await.expect("stopped");
    assert!(matches!(bench.state().await, ContainerState::Stopped));
}

fn children(pid: i32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("it lives");
    text.split_whitespace().map(|pid| pid.parse().expect("a pid")).collect()
}

#[tokio::test]
async fn a_polite_agent_is_not_killed() {
    let bench = Bench::with_script("trap 'echo goodbye; exit 0' TERM\necho ready\nwhile :; do sleep 0.1; done").await;
    bench.start().await;
    bench.says("ready").await;
    bench.host.stop(&bench.id()).await.expect("stopped");
    assert_eq!(bench.log().await.last().map(String::as_str), Some("goodbye"));
}

#[tokio::test]
async fn what_a_dead_agent_left_running_is_ended() {
    let bench = Bench::with_script("setsid sleep 1000 &\nexit 0").await;
    bench.start().await;
    assert_eq!(bench.exited().await.0, Some(0));
    until("the straggler to end", async || {
        bench.processes().is_empty().then_some(())
    })
    .await;
}

/// The end of a run that an earlier server began is seen a moment later, when another run has begun already.
#[tokio::test]
async fn an_end_that_is_seen_late_does_not_end_the_next_run() {
    let mut bench = Bench::with_script(PATIENT).await;
    bench.start().await;
    bench.new_server().await;
    let (first, _) = bench.running().await;
    bench.host.stop(&bench.id()).await.expect("stopped");
    bench.host.start(&bench.id(), &bench.spec).await.expect("started");
    let (second, _) = bench.running().await;
    assert_ne!(first, second);
    // It is looked at twice a second.
    let seen = tokio::time::Instant::now() + Duration::from_millis(1_500);
    while tokio::time::Instant::now() < seen {
        assert_eq!(bench.running().await.0, second);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn many_starts_at_once_are_one_start() {
    let bench = Bench::with_script(PATIENT).await;
    bench.create_and_fill().await;
    let (id, start) = (bench.id(), async || bench.host.start(&bench.id(), &bench.spec).await);
    let (a, b, c, d) = tokio::join!(start(), start(), bench.host.inspect(&id), start());
    for started in [a, b, d] {
        assert!(matches!(
            started.expect("started").state,
            ContainerState::Running { .. }
        ));
    }
    assert!(c.expect("an answer").is_some());
    assert_eq!(bench.processes().len(), 1);
}

#[tokio::test]
async fn who_stops_waiting_for_a_start_does_not_stop_it_half_way() {
    let bench = Bench::with_script(PATIENT).await;
    bench.create_and_fill().await;
    until("the start to come to its end", async || {
        // Given up at once. Where that was before it had begun, the next one begins it.
        let _given_up = tokio::time::timeout(Duration::ZERO, bench.host.start(&bench.id(), &bench.spec)).await;
        matches!(bench.state().await, ContainerState::Running { .. }).then_some(())
    })
    .await;
    assert_eq!(bench.processes(), [bench.pid()]);
}

#[tokio::test]
async fn the_log_stays_small_under_a_flood() {
    let body = "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo \"line $i and some words to make it longer\"; done\n\
        echo \"that was all\"; exec sleep 1000";
    let bench = Bench::with(|config, place| {
        config.agent_command = Some(script(place, "agent", body));
        config.log_limit = 64 * 1024;
    })
    .await;
    bench.start().await;
    bench.says("that was all").await;
    let log = bench.folder().join("log");
    until("the log to be cut", async || {
        (size(&log) <= 2 * 64 * 1024).then_some(())
    })
    .await;
    let lines = bench.log().await;
    assert_eq!(lines.last().map(String::as_str), Some("that was all"));
    assert!(lines.len() > 1 && lines.len() < 10_000, "{}", lines.len());
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("a folder").flatten();
    files.map(|file| file.metadata().expect("a file").len()).sum()
}

#[tokio::test]
async fn use_is_summed_over_all_processes() {
    let bench = Bench::with_script("(while :; do :; done) &\nexec sleep 1000").await;
    bench.start().await;
    bench.host.usage(&bench.id()).await.expect("usage").expect("it runs");
    // The leader sleeps: what is used, its child uses.
    until("the busy child to be seen", async || {
        let usage = bench.host.usage(&bench.id()).await.expect("usage").expect("it runs");
        (usage.cpu_cores > 0.05).then_some(())
    })
    .await;
}

/// As a shell tool leaves it: in a session of its own, which its leader has left, and without a parent.
#[tokio::test]
async fn what_an_agent_left_behind_counts_too() {
    let bench = Bench::with_script("setsid sh -c '(while :; do :; done) &'\nexec sleep 1000").await;
    bench.start().await;
    until("the busy stray to be seen", async || {
        let usage = bench.host.usage(&bench.id()).await.expect("usage").expect("it runs");
        (usage.cpu_cores > 0.05).then_some(())
    })
    .await;
}

#[tokio::test]
async fn variables_that_are_none_are_refused() {
    let mut bench = Bench::with_script(PATIENT).await;
    bench.create_and_fill().await;
    bench
        .spec
        .environment
        .insert("PCC_INSTANCE".to_owned(), "forged".to_owned().into());
    let error = bench
        .host
        .start(&bench.id(), &bench.spec)
        .await
        .expect_err("a reserved name");
    assert!(matches!(error, HostError::Rejected(_)), "{error:?}");
    assert!(matches!(bench.state().await, ContainerState::Stopped));
    bench.spec.environment.clear();
    bench.spec.owner.installation = uuid::Uuid::new_v4();
    for refused in [
        bench.host.create(&bench.spec).await,
        bench.host.start(&bench.id(), &bench.spec).await,
    ] {
        assert!(
            matches!(refused, Err(HostError::Rejected(_))),
            "it belongs to another installation"
        );
    }
}
