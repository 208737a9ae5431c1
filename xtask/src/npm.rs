//! npm steps that run only when their input changed.
//!
//! A stamp holds a digest of the input and is written after success, so an interrupted step is done again.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::context::Context;
use crate::step::timed;

const LIMIT: Duration = Duration::from_secs(15 * 60);

/// What npm, the builds and the tests write, and what is built by cargo.
const NOT_READ: [&str; 5] = ["node_modules", "dist", ".svelte-kit", "pictures", "src-tauri"];

/// A folder with a `package.json` and a lock file.
pub struct Package<'a> {
    context: &'a Context,
    name: &'a str,
    folder: PathBuf,
}

impl<'a> Package<'a> {
    pub fn new(context: &'a Context, name: &'a str, folder: &str) -> Self {
        Self {
            context,
            name,
            folder: context.root.join(folder),
        }
    }

    pub fn exists(&self) -> bool {
        self.folder.join("package.json").is_file()
    }

    /// Installs exactly what the lock file says.
    pub fn install(&self) -> anyhow::Result<()> {
        if !self.folder.join("package-lock.json").is_file() {
            bail!(
                "{} has no package-lock.json: the checkout is incomplete",
                self.context.shown(&self.folder)
            );
        }
        let digest = digest(&[self.folder.join("package.json"), self.folder.join("package-lock.json")])?;
        // Inside of node_modules, so that the stamp goes with it.
        let stamp = Stamp {
            file: self.folder.join("node_modules/.pcc-stamp"),
            digest,
        };
        stamp.unless_current(|| {
            timed(&format!("npm ci for {}", self.name), || {
                npm(self.context, ["ci"])
                    .dir(&self.folder)
                    .run_quietly(&format!("npm-ci-{}", self.name))
            })
        })
    }

    /// Runs the package's `build` script, which writes `dist`.
    pub fn build(&self) -> anyhow::Result<()> {
        let dist = self.folder.join("dist");
        if !dist.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            self.forget_build()?;
        }
        let stamp = Stamp {
            file: self.build_stamp()?,
            digest: digest(&sources(&self.folder)?)?,
        };
        stamp.unless_current(|| {
            timed(&format!("npm run build for {}", self.name), || {
                let log = format!("npm-build-{}", self.name);
                npm(self.context, ["run", "build"]).dir(&self.folder).run_quietly(&log)
            })
        })
    }

    /// Runs one of the package's scripts; what it says goes to the terminal.
    pub fn script(&self, name: &str) -> crate::task::Task<'a> {
        let run = ["run", "--silent", name];
        npm(self.context, run).dir(&self.folder)
    }

    pub fn forget_build(&self) -> anyhow::Result<()> {
        Stamp {
            file: self.build_stamp()?,
            digest: String::new(),
        }
        .remove()
    }

    fn build_stamp(&self) -> anyhow::Result<PathBuf> {
        Ok(self.context.folder("stamps")?.join(self.name))
    }
}

pub fn npm<'a>(context: &'a Context, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> crate::task::Task<'a> {
    let quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
    context.task("npm").args(arguments).args(quiet).limit(LIMIT)
}

struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    fn unless_current(&self, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        if fs::read_to_string(&self.file).is_ok_and(|text| text == self.digest) {
            return Ok(());
        }
        self.remove()?;
        work()?;
        fs::write(&self.file, &self.digest).with_context(|| format!("cannot write {}", self.file.display()))
    }

    fn remove(&self) -> anyhow::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.file.display()))
            }
            _ => Ok(()),
        }
    }
}

/// What a build reads: every file of the package but those of `NOT_READ`.
fn sources(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let is_read = NOT_READ.iter().all(|name| entry.file_name() != *name);
            match entry.file_type()? {
                kind if kind.is_dir() && is_read => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A digest of names and contents. It guards against forgetting, not against forgery; another Rust release may give
/// another value, and then the step simply runs again.
fn digest(files: &[PathBuf]) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_digest_changes_with_sources_and_not_with_what_is_written() {
        let base = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = base.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let now = || digest(&sources(base.path()).unwrap()).unwrap();
        write("package.json", "{}");
        write("src/main.ts", "1");
        let before = now();
        write("dist/index.html", "built");
        write("node_modules/react/index.js", "installed");
        assert_eq!(now(), before);
        write("src/main.ts", "2");
        let changed = now();
        assert_ne!(changed, before);
        write("src/deep/er.ts", "");
        assert_ne!(now(), changed);
    }

    #[test]
    fn work_is_done_once_for_each_digest_and_again_after_a_failure() {
        let base = tempfile::tempdir().unwrap();
        let count = Cell::new(0);
        let attempt = |digest: &str, succeeds: bool| {
            let stamp = Stamp {
                file: base.path().join("stamp"),
                digest: digest.to_owned(),
            };
            let result = stamp.unless_current(|| {
                count.set(count.get() + 1);
                if succeeds { Ok(()) } else { bail!("no") }
            });
            assert_eq!(result.is_ok(), succeeds);
            count.get()
        };
        assert_eq!(attempt("a", true), 1);
        assert_eq!(attempt("a", true), 1);
        assert_eq!(attempt("b", false), 2);
        assert_eq!(attempt("b", true), 3);
        assert_eq!(attempt("a", true), 4);
    }
}
