//! Filling a new repository.

use std::{path::Path, time::Duration};

use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{LocalForge, folders::size_of, remote::Advertised};
use crate::forge::{
    ForgeError,
    git::{GitCommand, GitError, remote_args},
    login::Login,
    policy::Route,
    reference::GitRef,
    url::GitUrl,
};

const AUTHOR: &str = "Portable Command Center";
const ADDRESS: &str = "pcc@localhost";
const SIZE_CHECK: Duration = Duration::from_millis(250);
const PROGRESS_EVERY: Duration = Duration::from_millis(250);
const MAX_TITLE: usize = 200;

/// Settings of each repository. They hold for whoever runs git in it, the agent in its own environment included.
const SETTINGS: [(&str, &str); 12] = [
    ("core.bare", "true"),
    ("core.hooksPath", "/dev/null"),
    ("core.logAllRefUpdates", "always"),
    ("gc.auto", "0"),
    ("receive.autogc", "false"),
    ("receive.fsckObjects", "true"),
    ("receive.denyNonFastForwards", "true"),
    ("receive.denyDeleteCurrent", "refuse"),
    ("http.receivepack", "true"),
    ("uploadpack.allowTipSHA1InWant", "false"),
    ("uploadpack.allowReachableSHA1InWant", "false"),
    ("uploadpack.allowAnySHA1InWant", "false"),
];

impl LocalForge {
    /// A first commit with a README, made without a work tree.
    pub(super) async fn fill_empty(&self, folder: &Path, title: &str) -> Result<(), ForgeError> {
        self.init(folder, "sha1").await?;
        let title: String = title.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect();
        let readme = format!("# {}\n", title.trim());
        let blob = self
            .id_from(self.inside(folder, "hash-object").args(["-w", "--stdin"]).input(readme))
            .await?;
        let tree = self
            .id_from(
                self.inside(folder, "mktree")
                    .input(format!("100644 blob {blob}\tREADME.md\n")),
            )
            .await?;
        let commit = self
            .inside(folder, "commit-tree")
            .args(["-m", "Begin the project", &tree])
            .env("GIT_AUTHOR_NAME", AUTHOR)
            .env("GIT_AUTHOR_EMAIL", ADDRESS)
            .env("GIT_COMMITTER_NAME", AUTHOR)
            .env("GIT_COMMITTER_EMAIL", ADDRESS);
        let commit = self.id_from(commit).await?;
        self.done(self.inside(folder, "update-ref").args(["refs/heads/main", &commit]))
            .await
    }

    /// A copy of all branches and tags of another repository, and of nothing else (no pull requests, no notes).
    pub(super) async fn fill_from(
        &self,
        folder: &Path,
        url: &GitUrl,
        reference: Option<&GitRef>,
        progress: &watch::Sender<String>,
    ) -> Result<(), ForgeError> {
        progress.send_replace(format!(
            "Asking {} what it has",
            url.host().map_or("the disk".into(), |h| h.to_string())
        ));
        let route = self.route(url).await?;
        let (there, login) = self.look_at(&route).await?;
        if let Some(reference) = reference.filter(|reference| !there.may_have(reference)) {
            return Err(no_such_reference(url, reference));
        }
        self.init(folder, there.object_format()).await?;
        if there.has_refs() {
            self.fetch(folder, &route, login.as_ref(), progress).await?;
        }
        if let Some(reference) = reference {
            self.resolve(folder, reference)
                .await?
                .ok_or_else(|| no_such_reference(url, reference))?;
        }
        self.point_head(folder, &there).await
    }

    async fn init(&self, folder: &Path, object_format: &str) -> Result<(), ForgeError> {
        let init = self
            .git
            .command("init")
            .args(["--quiet", "--bare", "--template=", "--initial-branch=main"])
            .arg(format!("--object-format={object_format}"))
            .arg("--end-of-options")
            .arg(folder);
        self.done(init).await?;
        for (key, value) in SETTINGS {
            self.done(self.inside(folder, "config").args(["--local", key, value]))
                .await?;
        }
        Ok(())
    }

    async fn fetch(
        &self,
        folder: &Path,
        route: &Route,
        login: Option<&Login>,
        progress: &watch::Sender<String>,
    ) -> Result<(), ForgeError> {
        let limit = self.limits.max_repository_bytes;
        let mut told = Told { progress, last: None };
        let fetch = self
            .inside(folder, "fetch")
            .args([
                "--progress",
                "--atomic",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--no-recurse-submodules",
            ])
            .args(remote_args(&route.url))
            .args(["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])
            // One pack, whatever its size: counting its bytes on the way is cheap.
            .setting("fetch.unpackLimit", "1")
            .remote(route)
            .login(route, login)
            .timeout(self.limits.clone_timeout)
            .run_until(grown_beyond(folder, limit), |line| told.line(line));
        match fetch.await {
            Ok(_) => {}
            Err(GitError::Stopped) => return Err(too_large(&route.url, limit)),
            Err(error) => return Err(error.about(route.url.as_str())),
        }
        // It may have been quick.
        if size(folder).await > limit {
            Err(too_large(&route.url, limit))
        } else {
            Ok(())
        }
    }

    /// HEAD as it is there; where it points nowhere, at the branch people most likely mean.
    async fn point_head(&self, folder: &Path, there: &Advertised) -> Result<(), ForgeError> {
        let Some(branch) = there.likely_default() else {
            return Ok(());
        };
        self.set_head(folder, branch).await
    }

    pub(super) async fn set_head(&self, folder: &Path, branch: &str) -> Result<(), ForgeError> {
        let head = format!("refs/heads/{branch}");
        self.done(self.inside(folder, "symbolic-ref").args(["HEAD", &head]))
            .await
    }

    pub(super) fn inside(&self, folder: &Path, subcommand: &str) -> GitCommand {
        self.git.command(subcommand).repository(folder)
    }

    async fn done(&self, command: GitCommand) -> Result<(), ForgeError> {
        command
            .run()
            .await
            .map(drop)
            .map_err(|error| error.about("the repository"))
    }

    /// The object id a command prints.
    async fn id_from(&self, command: GitCommand) -> Result<String, ForgeError> {
        let output = command.run().await.map_err(|error| error.about("the repository"))?;
        Ok(output.text().trim().to_owned())
    }
}

fn no_such_reference(url: &GitUrl, reference: &GitRef) -> ForgeError {
    ForgeError::Rejected(format!("{url} has no branch, tag or commit {reference}"))
}

fn too_large(url: &GitUrl, limit: u64) -> ForgeError {
    let limit = limit as f64 / f64::from(1 << 20);
    ForgeError::Exhausted(format!(
        "{url} is larger than the {limit:.0} MiB this server allows for a repository"
    ))
}

async fn size(folder: &Path) -> u64 {
    let folder = folder.to_owned();
    // A count that failed limits nothing, and the next one is near.
    spawn_blocking(move || size_of(&folder)).await.unwrap_or(0)
}

async fn grown_beyond(folder: &Path, limit: u64) {
    let mut look = interval(SIZE_CHECK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if size(folder).await > limit {
            return;
        }
    }
}

/// Passes progress on, a few times a second at most.
struct Told<'a> {
    progress: &'a watch::Sender<String>,
    last: Option<Instant>,
}

impl Told<'_> {
    fn line(&mut self, line: &str) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= PROGRESS_EVERY);
        if let Some(sentence) = sentence(line).filter(|_| is_due) {
            self.last = Some(Instant::now());
            self.progress.send_replace(sentence);
        }
    }
}

/// git's progress for people: one sentence a phase and percent. What the other server writes by itself is not passed on.
fn sentence(line: &str) -> Option<String> {
    const PHASES: [(&str, &str); 4] = [
        ("remote: Counting objects", "The other server counts objects"),
        ("remote: Compressing objects", "The other server packs"),
        ("Receiving objects", "Receiving"),
        ("Resolving deltas", "Unpacking"),
    ];
    let (phase, rest) = line.rsplit_once(": ")?;
    let (_, words) = PHASES.iter().find(|(known, _)| *known == phase)?;
    let percent: u8 = rest.split_once('%')?.0.trim().parse().ok()?;
    Some(format!("{words}: {} %", percent.min(100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_becomes_a_sentence() {
        for (line, wanted) in [
            (
                "Receiving objects:  45% (450/1000), 1.20 MiB | 3.00 MiB/s",
                Some("Receiving: 45 %"),
            ),
            (
                "remote: Compressing objects: 100% (2/2), done.",
                Some("The other server packs: 100 %"),
            ),
            ("Resolving deltas: 7% (1/14)", Some("Unpacking: 7 %")),
            ("remote: Buy our product: 50%", None),
            ("Receiving objects: x%", None),
            ("From https://example.com/x", None),
        ] {
            assert_eq!(sentence(line).as_deref(), wanted, "{line}");
        }
    }

    #[tokio::test]
    async fn notices_a_folder_that_grows() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(inner.join("one"), [0; 600]).unwrap();
        let mut watch = Box::pin(grown_beyond(folder.path(), 1_000));
        assert!(tokio::time::timeout(SIZE_CHECK * 2, &mut watch).await.is_err());
        std::fs::write(folder.path().join("two"), [0; 600]).unwrap();
        tokio::time::timeout(Duration::from_secs(20), watch).await.unwrap();
    }
}
