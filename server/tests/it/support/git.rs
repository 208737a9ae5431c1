//! A developer's own git: real repositories to copy from and to push from.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use server::forge::{
    ForgeError, GitForge, Owner, Repository, RepositorySource, RepositorySpec,
    git::{Git, GitOptions},
    local::{LocalConfig, LocalForge, LocalLimits},
    policy::Policy,
    url::GitUrl,
};
use tokio::sync::watch;
use uuid::Uuid;

/// A repository with a work tree, in a folder of its own.
pub struct Worktree(pub PathBuf);

impl Worktree {
    /// Two commits on `main`, one more on `feature/one`, the tag `v1` on the first.
    pub fn with_history(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let tree = Self(folder.to_owned());
        tree.git(&["init", "--quiet", "--initial-branch=main"]);
        tree.commit("a.txt", b"one", "First");
        tree.git(&["tag", "v1"]);
        tree.git(&["checkout", "--quiet", "-b", "feature/one"]);
        tree.commit("b.txt", b"two", "On the side");
        tree.git(&["checkout", "--quiet", "main"]);
        tree.commit("a.txt", b"three", "Second: with \u{e9} and \"quotes\"");
        tree
    }

    pub fn commit(&self, file: &str, content: &[u8], message: &str) -> String {
        std::fs::write(self.0.join(file), content).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git here, which must succeed; gives what it printed.
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn try_git(&self, args: &[&str]) -> Output {
        developer_git(&self.0).args(args).output().unwrap()
    }

    pub fn url(&self) -> GitUrl {
        file_url(&self.0)
    }
}

/// git as a developer runs it, without what this machine happens to be configured with.
pub fn developer_git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("LC_ALL", "C");
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "Dev")
            .env(format!("GIT_{role}_EMAIL"), "dev@example.com");
    }
    command
}

pub fn file_url(folder: &Path) -> GitUrl {
    GitUrl::parse(&format!("file://{}", folder.display())).unwrap()
}

/// What tests may do: read from this machine, by file and over loopback.
pub fn open_policy() -> Policy {
    Policy {
        allow_file: true,
        allow_http: true,
        allow_loopback: true,
        ..Policy::default()
    }
}

pub fn local_forge(root: &Path) -> LocalForge {
    forge_with(root, open_policy(), LocalLimits::default())
}

pub fn forge_with(root: &Path, policy: Policy, limits: LocalLimits) -> LocalForge {
    let config = LocalConfig {
        root: root.join("repositories"),
        policy,
        limits,
    };
    LocalForge::new(config, Git::new(GitOptions::in_folder(root)))
}

/// Processes of this machine that work in `folder` or were told of it.
pub fn processes_in(folder: &Path) -> Vec<String> {
    let folder = folder.as_os_str().as_encoded_bytes();
    let mut found = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()) {
        let is_self = process.ends_with(std::process::id().to_string());
        let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
        // A process that has ended and is only not yet waited for has no command line.
        if is_self || command.is_empty() || !process.join("environ").exists() {
            continue;
        }
        let works_there = std::fs::read_link(process.join("cwd"))
            .is_ok_and(|cwd| cwd.as_os_str().as_encoded_bytes().starts_with(folder));
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        if works_there
            || [&environment, &command]
                .iter()
                .any(|b| b.windows(folder.len()).any(|w| w == folder))
        {
            found.push(String::from_utf8_lossy(&command).replace('\0', " "));
        }
    }
    found
}

/// Waits until `condition` holds, for as long as a slow machine may need.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn owner() -> Owner {
    Owner {
        installation: Uuid::new_v4(),
        project: Uuid::new_v4(),
    }
}

/// A copy of `url` under the slug `copy`.
pub fn copy_of(url: GitUrl, owner: Owner) -> RepositorySpec {
    RepositorySpec {
        owner,
        slug: "copy".to_owned(),
        source: RepositorySource::Git { url, reference: None },
    }
}

pub async fn create(forge: &dyn GitForge, spec: &RepositorySpec) -> Result<Repository, ForgeError> {
    forge.create(spec, &watch::Sender::default()).await
}

pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != ".trash")
        .collect()
}

/// Nothing is in it, and nothing of what was deleted.
pub fn is_empty(folder: &Path) -> bool {
    names_in(folder).is_empty() && names_in(&folder.join(".trash")).is_empty()
}

/// Bytes that do not compress, the same each time.
pub fn noise(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

/// Puts every setting and hook that can start a program into a repository. Gives the file that one which ran would
/// have written to.
pub fn plant(git_dir: &Path, folder: &Path) -> PathBuf {
    let (script, proof) = (folder.join("evil.sh"), folder.join("proof"));
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", proof.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = git_dir.join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
        "post-checkout",
    ] {
        std::fs::copy(&script, hooks.join(hook)).unwrap();
    }
    let set = |key: &str, value: &str| {
        let file = git_dir.join("config");
        let status = Command::new("git")
            .args(["config", "--file"])
            .arg(file)
            .args([key, value])
            .status();
        assert!(status.unwrap().success());
    };
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.gitProxy",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "uploadpack.packObjectsHook",
        "credential.helper",
        "gpg.program",
        "diff.external",
        "remote.origin.uploadpack",
    ] {
        set(key, script.to_str().unwrap());
    }
    set("log.showSignature", "true");
    set("core.hooksPath", hooks.to_str().unwrap());
    proof
}
