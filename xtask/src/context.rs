//! Where things are: the checkout, the folder of our own in it, and the signals that end a command.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::signals::Signals;
use crate::task::Task;

pub struct Context {
    pub root: PathBuf,
    pub signals: Signals,
}

impl Context {
    pub fn new() -> anyhow::Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().context("xtask lies outside of a workspace")?;
        Ok(Self {
            root: root.to_path_buf(),
            signals: Signals::watch()?,
        })
    }

    /// A folder below `.pcc`, made if it is missing.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.root.join(".pcc").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(folder)
    }

    /// A command that runs at the root of the checkout.
    pub fn task(&self, program: impl AsRef<OsStr>) -> Task<'_> {
        Task::new(self, program.as_ref())
    }

    /// The cargo that runs us, so that nested calls use the same toolchain.
    pub fn cargo(&self) -> Task<'_> {
        self.task(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    /// The path as a person at the root of the checkout would type it.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
