//! What a new server makes of the records of one that was killed at the worst moment.

use std::{
    fs,
    process::{Child, Command},
};

use serde_json::{Value, json};
use server::containers::{ContainerHost, ContainerState};
use uuid::Uuid;

use super::bench::{Bench, PATIENT, kill, lives};
use crate::support::until::until;

/// A process that has nothing to do with us.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        Self(
            Command::new("sleep")
                .arg("1000")
                .env_clear()
                .spawn()
                .expect("a process"),
        )
    }

    fn pid(&self) -> i32 {
        self.0.id().try_into().expect("a pid")
    }

    fn start_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it lives");
        let field = stat.rsplit_once(')').expect("a stat line").1.split_whitespace().nth(19);
        field.expect("a start time").parse().expect("a number")
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A number that came to mean somebody else, within one boot and over a restart of the machine.
#[tokio::test]
async fn a_pid_that_was_given_out_again_is_nobody_of_ours() {
    let stranger = Stranger::new();
    let same_boot = json!({ "pid": stranger.pid(), "start_ticks": stranger.start_ticks() - 1 });
    let other_boot = json!({ "pid": stranger.pid(), "start_ticks": stranger.start_ticks() });
    for (process, boot_id) in [(same_boot, None), (other_boot, Some("another-boot"))] {
        let mut bench = Bench::with_script(PATIENT).await;
        bench.start().await;
        let mut record = bench.record();
        kill(bench.pid());
        bench.exited().await;
        record["process"] = process;
        if let Some(boot_id) = boot_id {
            record["boot_id"] = boot_id.into();
        }
        bench.forge_record(&record);
        bench.new_server().await;
        assert_eq!(bench.exited().await.0, None);
        assert_eq!(bench.host.usage(&bench.id()).await.expect("usage"), None);
        bench.host.stop(&bench.id()).await.expect("stopped");
        bench.host.remove(&bench.id()).await.expect("removed");
        assert!(lives(stranger.pid()), "a stranger was killed");
    }
}

/// The server was killed between spawning the agent and writing its pid down.
#[tokio::test]
async fn a_start_that_was_not_recorded_is_taken_up_by_its_mark() {
    let mut bench = Bench::with_script(PATIENT).await;
    bench.start().await;
    let (run, endpoint) = bench.running().await;
    let (pid, mut record) = (bench.pid(), bench.record());
    record["process"] = Value::Null;
    bench.forge_record(&record);
    bench.new_server().await;
    let (adopted, same) = bench.running().await;
    assert_eq!((adopted, same.url, bench.pid()), (run, endpoint.url, pid));

    bench.host.stop(&bench.id()).await.expect("stopped");
    assert!(!lives(pid));
    bench.forge_record(&record);
    bench.new_server().await;
    assert!(
        matches!(bench.state().await, ContainerState::Stopped),
        "there never was a process"
    );
}

#[tokio::test]
async fn processes_without_a_record_are_ended() {
    let mut bench = Bench::with_script(PATIENT).await;
    bench.start().await;
    let pid = bench.pid();
    fs::remove_file(bench.folder().join("run.json")).expect("removed");
    bench.new_server().await;
    // To another installation it is invisible, with its processes.
    assert!(bench.host.list(Uuid::new_v4()).await.expect("a list").is_empty());
    assert!(lives(pid));
    until("the stray to end", async || {
        let listed = bench.host.list(bench.spec.owner.installation).await.expect("a list");
        assert_eq!(listed.len(), 1);
        (!lives(pid)).then_some(())
    })
    .await;

    bench.host.start(&bench.id(), &bench.spec).await.expect("started");
    let next = bench.pid();
    fs::write(bench.folder().join("run.json"), "{ broken").expect("written");
    bench.new_server().await;
    bench
        .host
        .start(&bench.id(), &bench.spec)
        .await
        .expect("started over a broken record");
    assert!(!lives(next), "the one that nobody could know");
    assert_eq!(bench.processes(), [bench.pid()]);
}

/// What is recorded stays through any number of sweeps.
#[tokio::test]
async fn a_sweep_spares_what_is_recorded() {
    let mut bench = Bench::with_script("setsid sleep 1000 &\necho ready\nexec sleep 1000").await;
    bench.start().await;
    bench.says("ready").await;
    let mut all = bench.processes();
    assert_eq!(all.len(), 2);
    bench.new_server().await;
    let stray = bench.config.root.join(".trash-of-another-host");
    for _ in 0..3 {
        fs::create_dir(&stray).expect("a folder");
        // The sign that a sweep took place. One that was under way already may have passed the folder by.
        until("the trash to go", async || {
            bench.host.list(bench.spec.owner.installation).await.expect("a list");
            (!stray.exists()).then_some(())
        })
        .await;
    }
    all.retain(|pid| lives(*pid));
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn folders_that_were_half_made_or_half_removed_go() {
    let bench = Bench::with_script(PATIENT).await;
    bench.create_and_fill().await;
    let root = &bench.config.root;
    let left = [root.join(".trash-of-another-host"), root.join(".new-of-another-host")];
    for folder in &left {
        fs::create_dir_all(folder.join("workspace")).expect("folders");
    }
    let broken = root.join(Uuid::new_v4().to_string());
    fs::create_dir(&broken).expect("a folder");
    fs::write(broken.join("container.json"), "{").expect("written");
    let listed = bench.host.list(bench.spec.owner.installation).await.expect("a list");
    assert_eq!(listed.len(), 1, "a broken record hides no other");
    until("the leftovers to go", async || {
        left.iter().all(|folder| !folder.exists()).then_some(())
    })
    .await;
    assert!(broken.exists(), "what cannot be read may be somebody's");
}
