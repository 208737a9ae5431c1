//! The port of workspaces, on a real disk with the real git.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod finding;
mod hostile;
mod links;
mod repository;
mod writers;

use std::{path::Path, sync::Arc};

use server::{
    forge::git::{Git, GitOptions},
    workspace::{
        Author, Content, Expected, File, Lines, NewCommit, Version, Workspace, WorkspacePath, Workspaces,
        local::LocalWorkspaces,
    },
};
use tempfile::TempDir;

use crate::support::git::Worktree;

/// A folder with a workspace in it, and room beside it that nothing may reach.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("workspace")).unwrap();
        std::fs::create_dir_all(folder.path().join("outside")).unwrap();
        Self { folder }
    }

    fn with_git() -> Self {
        let place = Self::new();
        Worktree::with_history(&place.inside());
        place
    }

    fn inside(&self) -> std::path::PathBuf {
        self.folder.path().join("workspace")
    }

    fn outside(&self) -> std::path::PathBuf {
        self.folder.path().join("outside")
    }

    fn git(&self) -> Worktree {
        Worktree(self.inside())
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.inside().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.inside().join(path)).unwrap()
    }

    fn open(&self) -> Arc<dyn Workspace> {
        open(&self.inside(), &self.folder.path().join("scratch"))
    }
}

fn open(folder: &Path, scratch: &Path) -> Arc<dyn Workspace> {
    let git = Git::new(GitOptions::in_folder(scratch));
    LocalWorkspaces::new(git, scratch.to_owned())
        .open(Some(folder))
        .unwrap()
}

fn path(text: &str) -> WorkspacePath {
    WorkspacePath::parse(text).unwrap()
}

const ALL: Lines = Lines {
    first: 1,
    count: 10_000,
};

fn text_of(file: &File) -> &str {
    match &file.content {
        Content::Text { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

fn version(text: &str) -> Version {
    Version::of(text.as_bytes())
}

fn at(text: &str) -> Expected {
    Expected::Version(version(text))
}

fn author() -> Author {
    Author {
        name: "A phone".to_owned(),
        email: "phone@example.org".to_owned(),
    }
}

fn commit_of(message: &str, paths: Option<&[&str]>) -> NewCommit {
    NewCommit {
        message: message.to_owned(),
        paths: paths.map(|paths| paths.iter().map(|text| path(text)).collect()),
        author: author(),
    }
}
