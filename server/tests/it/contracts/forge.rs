//! What every forge does, told once.

use server::forge::{
    ForgeError, GitForge, Owner, Repository, RepositorySource, RepositorySpec, reference::GitRef, url::GitUrl,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::git::{Worktree, create, local_forge};

#[tokio::test]
async fn local() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    story(&local_forge(folder.path()), &source).await;
}

async fn story(forge: &dyn GitForge, source: &Worktree) {
    let installation = Uuid::new_v4();
    let owner = Owner {
        installation,
        project: Uuid::new_v4(),
    };
    assert_eq!(forge.list(installation).await.unwrap(), []);

    let empty = an_empty_repository(forge, owner).await;
    let copy = a_copy(forge, installation, source).await;
    let mut all = forge.list(installation).await.unwrap();
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    assert_eq!(all, [copy.clone(), empty.clone()]);
    // Another installation on the same disk sees nothing of it.
    assert_eq!(forge.list(Uuid::new_v4()).await.unwrap(), []);

    what_it_tells(forge, &copy, source).await;
    a_name_is_taken_once(forge, installation, &empty).await;
    removal(forge, installation, &empty, &copy).await;
}

fn spec(owner: Owner, slug: &str, source: RepositorySource) -> RepositorySpec {
    RepositorySpec {
        owner,
        slug: slug.to_owned(),
        source,
    }
}

fn git(url: GitUrl, reference: Option<&str>) -> RepositorySource {
    RepositorySource::Git {
        url,
        reference: reference.map(|r| GitRef::parse(r).unwrap()),
    }
}

async fn an_empty_repository(forge: &dyn GitForge, owner: Owner) -> Repository {
    let spec = spec(
        owner,
        "empty",
        RepositorySource::Empty {
            title: "My\nproject \u{1f680}".to_owned(),
        },
    );
    let made = create(forge, &spec).await.unwrap();
    assert_eq!(
        (made.owner, made.slug.as_str(), made.is_complete),
        (owner, "empty", true)
    );
    assert_eq!(made.default_branch.as_deref(), Some("main"));
    let commits = forge.commits(&made.id, None, 10).await.unwrap();
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].author, "Portable Command Center");
    // Again: the same repository, with the same commit.
    assert_eq!(create(forge, &spec).await.unwrap(), made);
    assert_eq!(forge.commits(&made.id, None, 10).await.unwrap(), commits);
    assert_eq!(forge.inspect(&made.id).await.unwrap(), Some(made.clone()));
    made
}

async fn a_copy(forge: &dyn GitForge, installation: Uuid, source: &Worktree) -> Repository {
    let owner = Owner {
        installation,
        project: Uuid::new_v4(),
    };
    let absent = create(forge, &spec(owner, "copy", git(source.url(), Some("no-such-branch")))).await;
    let Err(ForgeError::Rejected(sentence)) = absent else {
        panic!("{absent:?}")
    };
    assert!(sentence.contains("no-such-branch"), "{sentence}");
    // Nothing is left of the failed attempt.
    assert_eq!(forge.list(installation).await.unwrap().len(), 1);

    let (progress, mut told) = watch::channel(String::new());
    let spec = spec(owner, "copy", git(source.url(), Some("feature/one")));
    let made = forge.create(&spec, &progress).await.unwrap();
    assert!(made.is_complete && !told.borrow_and_update().is_empty());
    assert_eq!(forge.create(&spec, &progress).await.unwrap(), made);
    // The default branch is the source's; `reference` is for whoever works in it.
    assert_eq!(made.default_branch.as_deref(), Some("main"));
    made
}

async fn what_it_tells(forge: &dyn GitForge, copy: &Repository, source: &Worktree) {
    let branches = forge.branches(&copy.id).await.unwrap();
    let mut names: Vec<_> = branches.iter().map(|branch| branch.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["feature/one", "main"]);

    let commits = forge.commits(&copy.id, None, 10).await.unwrap();
    let subjects: Vec<_> = commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["Second: with \u{e9} and \"quotes\"", "First"]);
    assert_eq!(commits[0].id, source.git(&["rev-parse", "main"]));
    assert_eq!(commits[0].author, "Dev");
    assert_eq!(forge.commits(&copy.id, None, 1).await.unwrap(), commits[..1]);
    for (reference, newest) in [
        ("v1", "First"),
        ("feature/one", "On the side"),
        (&commits[1].id, "First"),
    ] {
        let reference = GitRef::parse(reference).unwrap();
        assert_eq!(
            forge.commits(&copy.id, Some(&reference), 1).await.unwrap()[0].subject,
            newest
        );
    }
    let absent = forge
        .commits(&copy.id, Some(&GitRef::parse("absent").unwrap()), 1)
        .await;
    assert!(matches!(absent, Err(ForgeError::Rejected(_))), "{absent:?}");

    let check = forge.check(&source.url()).await.unwrap();
    assert_eq!(check.default_branch.as_deref(), Some("main"));
    assert_eq!((check.branches.len(), check.tags), (2, vec!["v1".to_owned()]));
}

async fn a_name_is_taken_once(forge: &dyn GitForge, installation: Uuid, empty: &Repository) {
    for installation in [installation, Uuid::new_v4()] {
        let other = Owner {
            installation,
            project: Uuid::new_v4(),
        };
        let taken = create(
            forge,
            &spec(
                other,
                "empty",
                RepositorySource::Empty {
                    title: "Mine".to_owned(),
                },
            ),
        )
        .await;
        assert!(
            matches!(&taken, Err(ForgeError::NameTaken(slug)) if slug == "empty"),
            "{taken:?}"
        );
    }
    assert_eq!(forge.inspect(&empty.id).await.unwrap().as_ref(), Some(empty));
    for slug in [
        "",
        "../x",
        "a/b",
        "-a",
        "A",
        "a.git",
        "\u{e9}",
        ".trash",
        &"x".repeat(500),
    ] {
        let owner = Owner {
            installation,
            project: Uuid::new_v4(),
        };
        let made = create(
            forge,
            &spec(owner, slug, RepositorySource::Empty { title: String::new() }),
        )
        .await;
        assert!(matches!(made, Err(ForgeError::Rejected(_))), "{slug:?}: {made:?}");
    }
}

async fn removal(forge: &dyn GitForge, installation: Uuid, empty: &Repository, copy: &Repository) {
    for _ in 0..2 {
        forge.remove(&empty.id).await.unwrap();
        assert_eq!(forge.inspect(&empty.id).await.unwrap(), None);
    }
    assert!(matches!(forge.branches(&empty.id).await, Err(ForgeError::NotFound)));
    assert!(matches!(
        forge.commits(&empty.id, None, 1).await,
        Err(ForgeError::NotFound)
    ));
    assert_eq!(forge.list(installation).await.unwrap(), std::slice::from_ref(copy));

    // The name is free again, and the old id does not reach the new repository.
    let owner = Owner {
        installation,
        project: Uuid::new_v4(),
    };
    let next = create(
        forge,
        &spec(
            owner,
            "empty",
            RepositorySource::Empty {
                title: "Next".to_owned(),
            },
        ),
    )
    .await
    .unwrap();
    forge.remove(&empty.id).await.unwrap();
    assert_eq!(forge.inspect(&next.id).await.unwrap(), Some(next));
}
