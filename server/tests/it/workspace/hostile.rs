//! A repository in which everything that git would run has been planted.

use std::{os::unix::fs::PermissionsExt, path::Path};

use server::{
    forge::{GitForge, RepositorySource, RepositorySpec, local::LocalForge, reference::GitRef},
    workspace::diff::Options,
};

use super::*;
use crate::support::git::{create, local_forge, owner};

const HOOKS: [&str; 12] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "reference-transaction",
    "pre-push",
    "post-rewrite",
    "pre-auto-gc",
    "pre-receive",
    "fsmonitor-watchman",
];

const SHOW: Options = Options {
    context: 3,
    with_generated: true,
};

/// A program that notes that it was run, and then behaves.
fn trap(marks: &Path, name: &str) -> String {
    let program = marks.parent().unwrap().join(format!("trap-{name}"));
    let mark = marks.join(name);
    std::fs::write(&program, format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

fn plant(place: &Place, marks: &Path) {
    let (git, home) = (place.git(), place.inside().join(".git"));
    let trap = |name: &str| trap(marks, name);
    // A repository in the repository, with a monitor of its own.
    let inner = Worktree::with_history(&place.inside().join("inner"));
    inner.git(&["config", "core.fsmonitor", &trap("inner-fsmonitor")]);
    git.git(&["add", "inner"]);
    git.git(&["commit", "--quiet", "--message", "With a repository in it"]);
    place.put("inner/a.txt", "changed");

    place.put(
        ".gitattributes",
        "* filter=evil diff=evil merge=evil\n*.bin filter=process\n",
    );
    std::fs::create_dir_all(home.join("info")).unwrap();
    std::fs::write(home.join("info/attributes"), "* filter=evil diff=evil\n").unwrap();
    for (key, name) in [
        ("core.fsmonitor", "fsmonitor"),
        ("filter.evil.clean", "clean"),
        ("filter.evil.smudge", "smudge"),
        ("filter.process.process", "process"),
        ("diff.evil.textconv", "textconv"),
        ("diff.evil.command", "diff-command"),
        ("diff.external", "diff-external"),
        ("merge.evil.driver", "merge-driver"),
        ("core.pager", "pager"),
        ("core.editor", "editor"),
        ("core.askPass", "askpass"),
        ("core.sshCommand", "ssh"),
        ("core.gitProxy", "proxy"),
        ("core.alternateRefsCommand", "alternate-refs"),
        ("gpg.program", "gpg"),
        ("credential.helper", "credential"),
        ("uploadpack.packObjectsHook", "pack-objects"),
        ("remote.origin.uploadpack", "upload-pack"),
        ("remote.origin.receivepack", "receive-pack"),
        ("alias.status", "alias"),
        ("trailer.x.command", "trailer"),
        ("sequence.editor", "sequence"),
    ] {
        git.git(&["config", key, &trap(name)]);
    }
    for (key, value) in [
        ("commit.gpgSign", "true"),
        ("log.showSignature", "true"),
        ("diff.renames", "copies"),
        ("status.submoduleSummary", "true"),
        ("diff.submodule", "log"),
        ("submodule.recurse", "true"),
        ("extensions.worktreeConfig", "true"),
        ("core.worktree", "/"),
        ("remote.origin.url", "ext::sh -c false"),
        ("url.ext::x.insteadOf", "/"),
    ] {
        git.git(&[
            "config",
            "--file",
            &home.join("config").display().to_string(),
            key,
            value,
        ]);
    }
    let included = home.join("included");
    let monitor = trap("included-fsmonitor");
    std::fs::write(&included, format!("[core]\n\tfsmonitor = {monitor}\n")).unwrap();
    std::fs::write(
        home.join("config.worktree"),
        format!("[core]\n\tfsmonitor = {monitor}\n"),
    )
    .unwrap();
    let config = std::fs::read_to_string(home.join("config")).unwrap();
    std::fs::write(home.join("config"), format!("{config}[include]\n\tpath = included\n")).unwrap();
    std::fs::create_dir_all(home.join("hooks")).unwrap();
    for hook in HOOKS {
        std::fs::copy(trap(&format!("hook-{hook}")), home.join("hooks").join(hook)).unwrap();
    }
    // Objects from elsewhere are read, and nothing is asked about them.
    let elsewhere = Worktree::with_history(&place.outside().join("elsewhere"));
    std::fs::create_dir_all(home.join("objects/info")).unwrap();
    let objects = elsewhere.0.join(".git/objects");
    std::fs::write(home.join("objects/info/alternates"), format!("{}\n", objects.display())).unwrap();
    place.put("a.txt", "changed by the agent\n");
    place.put("new.bin", "new");
    place.put("new.txt", "new");
}

fn marked(marks: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(marks)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn forge(place: &Place) -> (LocalForge, server::forge::RepositoryId) {
    let forge = local_forge(&place.outside());
    let spec = RepositorySpec {
        owner: owner(),
        slug: "demo".to_owned(),
        source: RepositorySource::Empty {
            title: "Demo".to_owned(),
        },
    };
    let made = create(&forge, &spec).await.unwrap();
    (forge, made.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_lies_in_a_repository_is_run() {
    let place = Place::with_git();
    let marks = place.outside().join("marks");
    std::fs::create_dir(&marks).unwrap();
    plant(&place, &marks);
    for name in marked(&marks) {
        std::fs::remove_file(marks.join(name)).unwrap();
    }
    let workspace = place.open();

    let status = workspace.status().await.unwrap();
    let changed: Vec<_> = status.files.iter().map(|file| file.path.as_str()).collect();
    assert!(
        changed.contains(&"a.txt") && changed.contains(&"new.bin"),
        "{changed:?}"
    );
    let diff = workspace.diff(&[path("a.txt"), path("new.txt")], SHOW).await.unwrap();
    assert_eq!(diff.len(), 2);
    assert!(!workspace.log(None, 0, 10).await.unwrap().is_empty());
    workspace.create_branch("topic").await.unwrap();
    workspace
        .commit(&commit_of("By the phone", Some(&["new.bin"])))
        .await
        .unwrap();
    let discarded = workspace.discard(&[path("a.txt")], &author()).await.unwrap();
    assert_eq!(
        (discarded.paths, place.text("a.txt").as_str()),
        (vec!["a.txt".to_owned()], "three")
    );
    workspace.commit(&commit_of("Everything", None)).await.unwrap();
    let (forge, id) = forge(&place).await;
    // The forge's repository is another one's; its hooks do not run either.
    let hooks = forge.path(&id).await.unwrap().join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in HOOKS {
        std::fs::copy(trap(&marks, &format!("bare-{hook}")), hooks.join(hook)).unwrap();
    }
    let lent = workspace.lend().await.unwrap();
    forge
        .take(&id, &lent.git_dir, &GitRef::parse("topic").unwrap())
        .await
        .unwrap();
    workspace.note_pushed("topic", &lent.head).await.unwrap();
    assert_eq!(
        forge
            .branches(&id)
            .await
            .unwrap()
            .iter()
            .filter(|branch| branch.name == "topic")
            .count(),
        1
    );
    workspace.tree(&path(""), None).await.unwrap();
    workspace.find("a", 10).await.unwrap();
    assert_eq!(marked(&marks), Vec::<String>::new());

    // The traps do work: any other git runs into them.
    place.put("a.txt", "changed again\n");
    let tree = place.inside();
    let config = std::fs::read_to_string(tree.join(".git/config")).unwrap();
    std::fs::write(tree.join(".git/config"), config.replace("worktree = /\n", "\n")).unwrap();
    place.git().try_git(&["status"]);
    place.git().try_git(&["diff"]);
    place.git().try_git(&["add", "--all"]);
    place
        .git()
        .try_git(&["-c", "commit.gpgSign=false", "commit", "--quiet", "--message", "x"]);
    let sprung = marked(&marks);
    for trap in [
        "clean",
        "hook-pre-commit",
        "hook-reference-transaction",
        "inner-fsmonitor",
    ] {
        assert!(sprung.iter().any(|name| name == trap), "{trap} is no trap: {sprung:?}");
    }
}
