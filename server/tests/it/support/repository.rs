//! Repositories to clone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A bare repository with two commits on `main`, a branch `feature/x` and a tag `v1` on the first commit.
pub fn bare(place: &Path) -> PathBuf {
    let (work, bare) = (place.join("work"), place.join("source.git"));
    fs::create_dir(&work).expect("a folder");
    git(&work, &["init", "--quiet", "--initial-branch=main"]);
    commit(&work, "README.md", "first\n");
    git(&work, &["tag", "v1"]);
    git(&work, &["branch", "feature/x"]);
    commit(&work, "second.txt", "second\n");
    git(place, &["clone", "--quiet", "--bare", "work", "source.git"]);
    bare
}

pub fn commit(work: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(work.join(name), content).expect("a file");
    git(work, &["add", "--all"]);
    git(work, &["commit", "--quiet", "--message", name]);
}

/// What it prints, without the final newline.
pub fn git(directory: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@localhost",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
