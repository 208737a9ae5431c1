//! The local forge on its disk: crashes, limits, a full disk, and what pushes may do.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use server::forge::{
    ForgeError, GitForge, RepositorySource, RepositorySpec,
    local::{LocalForge, LocalLimits},
    url::GitUrl,
};
use tokio::net::TcpListener;

use crate::support::git::{
    Worktree, copy_of, create, eventually, file_url, forge_with, is_empty, local_forge, names_in, noise, open_policy,
    owner, plant, processes_in,
};

#[tokio::test]
async fn a_creation_that_was_cut_off_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let forge = local_forge(folder.path());
    let root = folder.path().join("repositories");
    let spec = copy_of(source.url(), owner());

    // What a server leaves that is killed in the middle: labelled, half-made, with a lock.
    let made = create(&forge, &spec).await.unwrap();
    let partial = root.join("copy.git.partial");
    std::fs::rename(root.join("copy.git"), &partial).unwrap();
    std::fs::remove_dir_all(partial.join("refs")).unwrap();
    std::fs::write(partial.join("HEAD.lock"), "").unwrap();
    std::fs::write(partial.join("objects/pack/tmp_pack_x"), "junk").unwrap();

    let seen = forge.list(spec.owner.installation).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].is_complete && seen[0].id == made.id && seen[0].default_branch.is_none());
    assert!(matches!(forge.branches(&made.id).await, Err(ForgeError::NotFound)));
    // It is not somebody else's to take, and its owner's to finish or to remove.
    let other = copy_of(source.url(), owner());
    assert!(matches!(create(&forge, &other).await, Err(ForgeError::NameTaken(_))));
    assert_eq!(create(&forge, &spec).await.unwrap(), made);
    assert_eq!(names_in(&root), ["copy.git"]);

    std::fs::rename(root.join("copy.git"), &partial).unwrap();
    forge.remove(&made.id).await.unwrap();
    assert!(is_empty(&root));

    // Killed before the label was written: nobody's.
    std::fs::create_dir_all(&partial).unwrap();
    assert_eq!(forge.list(other.owner.installation).await.unwrap(), []);
    assert!(create(&forge, &other).await.unwrap().is_complete);

    // Killed while deleting.
    std::fs::create_dir_all(root.join(".trash/x/objects")).unwrap();
    forge.recover().await.unwrap();
    assert_eq!(names_in(&root.join(".trash")).len(), 0);
}

/// A server of ours that accepts and says nothing, so that the creation hangs.
#[tokio::test]
async fn a_creation_that_is_given_up_leaves_no_process_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = GitUrl::parse(&format!("http://{}/x", listener.local_addr().unwrap())).unwrap();
    let forge = std::sync::Arc::new(local_forge(folder.path()));
    let spec = copy_of(url, owner());
    let creating = tokio::spawn({
        let (forge, spec) = (forge.clone(), spec.clone());
        async move { create(&*forge, &spec).await }
    });
    let _silent = listener.accept().await.unwrap();
    let id = LocalForge::id_of(spec.owner, &spec.slug);
    assert!(!forge.inspect(&id).await.unwrap().unwrap().is_complete);
    let second = create(&*forge, &spec).await;
    assert!(matches!(second, Err(ForgeError::Unavailable { .. })), "{second:?}");
    let ours = || processes_in(folder.path());
    creating.abort();
    let _ = creating.await;
    eventually("git is gone", || ours().is_empty()).await;
    forge.remove(&id).await.unwrap();
    assert!(is_empty(&folder.path().join("repositories")));
}

#[tokio::test]
async fn a_repository_larger_than_allowed_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    source.commit("large.bin", &noise(3 << 20), "Large");
    let limits = LocalLimits {
        max_repository_bytes: 1 << 20,
        ..LocalLimits::default()
    };
    let forge = forge_with(folder.path(), open_policy(), limits);
    let error = create(&forge, &copy_of(source.url(), owner())).await;
    let Err(ForgeError::Exhausted(sentence)) = error else {
        panic!("{error:?}")
    };
    assert!(sentence.contains("1 MiB"), "{sentence}");
    assert!(is_empty(&folder.path().join("repositories")));
}

/// A small disk, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(kib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"])
            .arg(folder.path());
        let is_mounted = mount
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        is_mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_and_nothing_is_left() {
    let Some(disk) = SmallDisk::mount(2 << 10) else {
        eprintln!("NOT RUN: a full disk needs a tmpfs, and this user may not mount one");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let forge = local_forge(disk.0.path());
    let root = disk.0.path().join("repositories");
    let small = copy_of(source.url(), owner());
    create(&forge, &small).await.unwrap();
    forge
        .remove(&LocalForge::id_of(small.owner, &small.slug))
        .await
        .unwrap();

    source.commit("large.bin", &noise(4 << 20), "Large");
    let error = create(&forge, &copy_of(source.url(), owner())).await;
    assert!(matches!(error, Err(ForgeError::Exhausted(_))), "{error:?}");
    assert!(is_empty(&root), "{:?}", names_in(&root));

    // Full to the last byte, before we begin.
    let _ = std::fs::write(disk.0.path().join("filler"), vec![0; 4 << 20]);
    let empty = RepositorySource::Empty { title: "x".to_owned() };
    let error = create(
        &forge,
        &RepositorySpec {
            owner: owner(),
            slug: "empty".to_owned(),
            source: empty,
        },
    )
    .await;
    assert!(matches!(error, Err(ForgeError::Exhausted(_))), "{error:?}");
    assert!(is_empty(&root), "{:?}", names_in(&root));
}

#[tokio::test]
async fn an_empty_source_and_what_is_pushed_first() {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.git");
    let place = Worktree(folder.path().to_owned());
    place.git(&["init", "--quiet", "--bare", "bare.git"]);
    let forge = local_forge(folder.path());
    assert_eq!(
        forge.check(&file_url(&bare)).await.unwrap().branches,
        Vec::<String>::new()
    );
    let made = create(&forge, &copy_of(file_url(&bare), owner())).await.unwrap();
    assert_eq!(made.default_branch, None);
    assert_eq!(forge.branches(&made.id).await.unwrap(), []);
    assert_eq!(forge.commits(&made.id, None, 10).await.unwrap(), []);

    // A branch HEAD does not name becomes the default: else clones would be empty.
    let work = Worktree::with_history(&folder.path().join("work"));
    work.git(&["push", "--quiet", &made.clone_from, "main:trunk"]);
    let seen = forge.inspect(&made.id).await.unwrap().unwrap();
    assert_eq!(seen.default_branch.as_deref(), Some("trunk"));
    place.git(&["clone", "--quiet", &made.clone_from, "clone"]);
    assert!(folder.path().join("clone/a.txt").exists());
}

#[tokio::test]
async fn a_push_discards_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let work = Worktree::with_history(&folder.path().join("work"));
    let forge = local_forge(folder.path());
    let made = create(&forge, &copy_of(work.url(), owner())).await.unwrap();
    work.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    work.commit("a.txt", b"other", "Rewritten");
    for refused in [
        &["push", "--force", &made.clone_from, "main"][..],
        &["push", &made.clone_from, ":main"],
    ] {
        assert!(!work.try_git(refused).status.success(), "{refused:?}");
    }
    // A branch of one's own can be rewritten, in two steps.
    work.git(&["push", "--quiet", &made.clone_from, ":feature/one"]);
    work.git(&["push", "--quiet", &made.clone_from, "main:feature/one"]);
}

/// The agent can write into the settings and hooks of the copy it pushes to.
#[tokio::test]
async fn what_an_agent_plants_in_the_copy_runs_nothing_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let forge = local_forge(folder.path());
    let made = create(&forge, &copy_of(source.url(), owner())).await.unwrap();
    let proof = plant(made.clone_from.as_ref(), folder.path());
    // A HEAD that leads nowhere makes the forge write, which is when hooks run.
    std::fs::write(format!("{}/HEAD", made.clone_from), "ref: refs/heads/gone\n").unwrap();
    let seen = forge.inspect(&made.id).await.unwrap().unwrap();
    assert_eq!(seen.default_branch.as_deref(), Some("main"));
    forge.branches(&made.id).await.unwrap();
    forge.commits(&made.id, None, 10).await.unwrap();
    assert_eq!(std::fs::read_to_string(&proof).unwrap_or_default(), "");
}

#[tokio::test]
async fn a_data_folder_may_be_given_relative_to_where_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(folder.path().strip_prefix("/").unwrap());
    let forge = local_forge(&relative);
    let made = create(&forge, &copy_of(source.url(), owner())).await.unwrap();
    assert_eq!(forge.commits(&made.id, None, 10).await.unwrap().len(), 2);
    assert!(made.clone_from.starts_with('/') && folder.path().join("repositories/copy.git/HEAD").exists());
}
