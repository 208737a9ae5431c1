//! Filling workspaces from real repositories.

use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

use server::containers::{ContainerHost, HostError};
use tokio::sync::watch;

use super::bench::{Bench, PATIENT, script};
use crate::support::{repository::git, until::until};

#[tokio::test]
async fn a_workspace_is_a_clone_that_shares_nothing() {
    let bench = Bench::with_script(PATIENT).await;
    bench.create_and_fill().await;
    let workspace = bench.folder().join("workspace");
    assert_eq!(
        fs::read_to_string(workspace.join("second.txt")).expect("a file"),
        "second\n"
    );
    assert_eq!(git(&workspace, &["symbolic-ref", "--short", "HEAD"]), "main");
    assert_eq!(
        git(&workspace, &["remote", "get-url", "origin"]),
        bench.spec.workspace.clone_url
    );
    assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    each_file(&workspace.join(".git/objects"), &mut |file| {
        assert_eq!(
            fs::metadata(file).expect("a file").nlink(),
            1,
            "{} is shared",
            file.display()
        );
    });
    assert!(!bench.folder().join("workspace.partial").exists());
}

fn each_file(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => each_file(&path, see),
            path => see(&path),
        }
    }
}

#[tokio::test]
async fn work_is_never_overwritten_and_broken_attempts_always_are() {
    let bench = Bench::with_script(PATIENT).await;
    let container = bench.host.create(&bench.spec).await.expect("created");
    let partial = bench.folder().join("workspace.partial");
    fs::create_dir_all(partial.join(".git")).expect("folders");
    fs::write(partial.join("leftover"), "x").expect("written");
    assert!(!container.workspace_ready);
    bench.fill().await.expect("filled");
    let workspace = bench.folder().join("workspace");
    assert!(!workspace.join("leftover").exists() && !partial.exists());

    fs::write(workspace.join("README.md"), "worked on").expect("written");
    fs::remove_dir_all(workspace.join(".git")).expect("removed");
    bench.fill().await.expect("filled already");
    assert_eq!(
        fs::read_to_string(workspace.join("README.md")).expect("a file"),
        "worked on"
    );
}

#[tokio::test]
async fn branches_tags_and_commits_are_checked_out() {
    let bench = Bench::with_script(PATIENT).await;
    let source = bench.spec.workspace.clone_url.clone();
    let first = git(Path::new(&source), &["rev-parse", "v1"]);
    let main = git(Path::new(&source), &["rev-parse", "main"]);
    for (reference, commit, branch) in [
        ("feature/x", &first, "feature/x"),
        ("main", &main, "main"),
        ("v1", &first, "HEAD"),
        (&first[..10], &first, "HEAD"),
    ] {
        let mut bench = Bench::with_script(PATIENT).await;
        bench.spec.workspace.clone_url.clone_from(&source);
        bench.spec.workspace.reference = Some(reference.to_owned());
        bench.create_and_fill().await;
        let workspace = bench.folder().join("workspace");
        assert_eq!(git(&workspace, &["rev-parse", "HEAD"]), *commit, "{reference}");
        assert_eq!(git(&workspace, &["rev-parse", "--abbrev-ref", "HEAD"]), branch);
        assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    }
}

#[tokio::test]
async fn what_cannot_be_cloned_is_refused_in_a_sentence() {
    let mut bench = Bench::with_script(PATIENT).await;
    bench.host.create(&bench.spec).await.expect("created");
    let good = bench.spec.workspace.clone_url.clone();
    let missing = bench.place.path().join("none.git").display().to_string();
    for (url, reference, expected) in [
        (
            good.as_str(),
            Some("nope"),
            "no branch, tag or commit named \"nope\"; its branches are ",
        ),
        (
            &good,
            Some("--upload-pack=touch x"),
            "is not a name a branch, tag or commit can have",
        ),
        (&missing, None, "does not exist"),
        ("ext::sh -c id", None, "only https, http, ssh and file are possible"),
        ("--upload-pack=x", None, "neither a URL nor an absolute path"),
    ] {
        bench.spec.workspace.clone_url = url.to_owned();
        bench.spec.workspace.reference = reference.map(str::to_owned);
        let error = bench.fill().await.expect_err(expected);
        assert!(
            matches!(&error, HostError::Rejected(text) if text.contains(expected)),
            "{error:?}"
        );
    }
    let left: Vec<_> = fs::read_dir(bench.folder())
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name.to_string_lossy().starts_with("workspace")),
        "{left:?}"
    );
}

#[tokio::test]
async fn an_empty_repository_makes_an_empty_workspace() {
    let mut bench = Bench::with_script(PATIENT).await;
    git(
        bench.place.path(),
        &["init", "--quiet", "--bare", "--initial-branch=main", "empty.git"],
    );
    bench.spec.workspace.clone_url = bench.place.path().join("empty.git").display().to_string();
    bench.create_and_fill().await;
    let workspace = bench.folder().join("workspace");
    assert_eq!(git(&workspace, &["symbolic-ref", "--short", "HEAD"]), "main");
}

/// A git that hangs, with a helper in the background as the real one has.
async fn with_hanging_git(limit: Duration) -> Bench {
    let bench = Bench::with(|config, place| {
        config.agent_command = Some(script(place, "agent", PATIENT));
        fs::create_dir(place.join("bin")).expect("a folder");
        script(
            &place.join("bin"),
            "git",
            "sleep 1000 &\necho 'Receiving objects:  45% (9/20)' >&2\nsleep 1000",
        );
        config.extra_path = vec![place.join("bin")];
        config.clone_timeout = limit;
    })
    .await;
    bench.host.create(&bench.spec).await.expect("created");
    bench
}

#[tokio::test]
async fn a_clone_that_hangs_is_given_up_with_all_its_processes() {
    let bench = with_hanging_git(Duration::from_millis(500)).await;
    let error = bench.fill().await.expect_err("it hangs");
    assert!(
        matches!(&error, HostError::Unavailable { message, .. } if message.contains("given up")),
        "{error:?}"
    );
    until("its processes to end", async || {
        bench.processes().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stop_leaves_a_clone_alone_and_a_removal_ends_it() {
    let bench = with_hanging_git(Duration::from_secs(3600)).await;
    let (id, progress) = (bench.id(), watch::Sender::default());
    let mut told = progress.subscribe();
    let fill = bench.host.provision(&id, &bench.spec.workspace, &progress);
    let remove = async {
        told.wait_for(|sentence: &String| sentence == "Receiving objects: 45 %")
            .await
            .expect("progress");
        bench.host.stop(&id).await.expect("stopped");
        bench.host.list(bench.spec.owner.installation).await.expect("a list");
        until("git and its helpers to be there still", async || {
            (bench.processes().len() == 3).then_some(())
        })
        .await;
        bench.host.remove(&id).await.expect("removed");
    };
    let (filled, ()) = tokio::join!(fill, remove);
    let error = filled.expect_err("it was removed");
    assert!(error.to_string().contains("removed meanwhile"), "{error:?}");
    assert!(!bench.folder().exists());
    until("its processes to end", async || {
        bench.processes().is_empty().then_some(())
    })
    .await;
}
