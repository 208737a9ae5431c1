//! A full disk, which is a file system of two megabytes.
//!
//! Mounting one takes rights. The test runs itself again in a mount namespace of its own: root may do that, and so may
//! others where the machine allows user namespaces. Where it does not, the test says so and proves nothing.

use std::{env, fs, io::Write, path::Path, process::Command};

use rand::RngExt;
use server::containers::{ContainerHost, HostError};

use super::bench::{Bench, PATIENT, script};
use crate::support::repository::{commit, git};

const SMALL_DISK: &str = "PCC_TEST_SMALL_DISK";
const NAME: &str = "adapters::process::disk::a_full_disk_is_named_and_leaves_nothing_half_made";

#[tokio::test]
async fn a_full_disk_is_named_and_leaves_nothing_half_made() {
    if let Some(disk) = env::var_os(SMALL_DISK) {
        return on_the_small_disk(disk.as_ref()).await;
    }
    let place = tempfile::tempdir().expect("a folder");
    let namespace: &[&str] = if rustix::process::getuid().is_root() {
        &["--mount"]
    } else {
        &["--mount", "--user", "--map-root-user"]
    };
    let mount = "mount -t tmpfs -o size=2m none \"$PCC_TEST_SMALL_DISK\" && echo mounted && exec \"$0\" \"$@\"";
    let output = Command::new("unshare")
        .args(namespace)
        .args(["sh", "-c", mount])
        .arg(env::current_exe().expect("this test"))
        .args([NAME, "--exact", "--nocapture"])
        .env(SMALL_DISK, place.path())
        .output()
        .expect("unshare (of util-linux) runs");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !stdout.starts_with("mounted") && !rustix::process::getuid().is_root() {
        eprintln!("NOT TESTED: without root this machine lets nobody mount a small disk: {stderr}");
        return;
    }
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}\n{stderr}"
    );
}

async fn on_the_small_disk(disk: &Path) {
    let mut bench = Bench::with(|config, place| {
        config.agent_command = Some(script(place, "agent", PATIENT));
        config.root = disk.canonicalize().expect("it exists").join("instances");
    })
    .await;
    let noise: Vec<u8> = rand::rng().random_iter().take(4 * 1024 * 1024).collect();
    commit(&bench.place.path().join("work"), "noise", noise);
    git(
        &bench.place.path().join("work"),
        &["push", "--quiet", "../source.git", "main"],
    );
    bench.host.create(&bench.spec).await.expect("created");
    let error = bench.fill().await.expect_err("it does not fit");
    assert!(
        matches!(&error, HostError::Exhausted(text) if text.contains("the disk is full")),
        "{error:?}"
    );
    assert!(!bench.folder().join("workspace").exists() && !bench.folder().join("workspace.partial").exists());

    // What fits is possible again: the broken attempt was removed.
    bench.spec.workspace.reference = Some("v1".to_owned());
    git(
        &bench.place.path().join("work"),
        &["push", "--quiet", "--force", "../source.git", "v1:main"],
    );
    git(
        Path::new(&bench.spec.workspace.clone_url),
        &["gc", "--quiet", "--prune=now"],
    );
    bench.fill().await.expect("filled");
    bench.host.start(&bench.id(), &bench.spec).await.expect("started");

    fill_up(&disk.join("ballast"));
    let id = bench.id();
    bench.host.stop(&id).await.expect("stopping needs no room");
    let error = bench
        .host
        .start(&id, &bench.spec)
        .await
        .expect_err("no room for the record");
    assert!(matches!(error, HostError::Exhausted(_)), "{error:?}");
    assert_eq!(bench.processes(), Vec::<i32>::new());
    let first = bench.spec.owner.project;
    bench.spec.owner.project = uuid::Uuid::new_v4();
    let error = bench.host.create(&bench.spec).await.expect_err("no room for a folder");
    assert!(matches!(error, HostError::Exhausted(_)), "{error:?}");
    let listed = bench.host.list(bench.spec.owner.installation).await.expect("a list");
    assert_eq!(
        listed
            .iter()
            .map(|container| container.owner.project)
            .collect::<Vec<_>>(),
        [first]
    );
    bench.host.remove(&id).await.expect("removing needs no room");
    assert!(!disk.join("instances").join(first.to_string()).exists());
}

fn fill_up(path: &Path) {
    let mut file = fs::File::create(path).expect("a file");
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}
