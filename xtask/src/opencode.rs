//! OpenCode in the one version that the project is tested with, in a folder of its own.
//!
//! The npm package `opencode-ai` is a launcher; its optional dependencies hold the program for each platform. We call
//! the program itself: it starts faster, and npm need not run the package's install script.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::context::Context;
use crate::npm::npm;
use crate::step::{say, timed};
use crate::tools::{self, NODE};

pub const VERSION: &str = "1.18.33";

/// The program, installed if it is missing.
pub fn program(context: &Context) -> anyhow::Result<PathBuf> {
    let folder = context.folder("tools/opencode")?;
    let stamp = folder.join("program");
    if let Some(program) = installed(&folder, &fs::read_to_string(&stamp).unwrap_or_default()) {
        return Ok(program);
    }
    tools::require(context, &[&NODE])?;
    say(format!("Installing OpenCode {VERSION} into {}", context.shown(&folder)));
    let package = timed(&format!("OpenCode {VERSION}"), || {
        install(context, &folder)?;
        working_package(context, &folder)
    })?;
    fs::write(&stamp, format!("{VERSION} {package}")).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program_in(&folder, package))
}

/// What a former run found to work, if it was this version and is still there.
fn installed(folder: &Path, stamp: &str) -> Option<PathBuf> {
    let package = stamp.strip_prefix(VERSION)?.strip_prefix(' ')?;
    let program = program_in(folder, packages_for(OS, ARCH).iter().find(|name| **name == package)?);
    tools::is_program(&program).then_some(program)
}

fn install(context: &Context, folder: &Path) -> anyhow::Result<()> {
    let package = format!("opencode-ai@{VERSION}");
    // Without the prefix npm would look for a package.json in the folders above.
    let prefix = format!("--prefix={}", folder.display());
    let install = ["install", "--save-exact", "--ignore-scripts", &prefix, &package];
    let task = npm(context, install).dir(folder);
    task.run_quietly("npm-install-opencode")
        .context("OpenCode could not be installed; is the network there?")
}

/// The first package whose program runs here: which one it is depends on the C library and on the processor.
fn working_package(context: &Context, folder: &Path) -> anyhow::Result<&'static str> {
    // It writes into its home at every start.
    let home = tempfile::tempdir()?;
    for package in packages_for(OS, ARCH) {
        let program = program_in(folder, package);
        if !tools::is_program(&program) {
            continue;
        }
        let mut task = context.task(&program).arg("--version").limit(Duration::from_secs(30));
        for variable in [
            "HOME",
            "XDG_DATA_HOME",
            "XDG_CONFIG_HOME",
            "XDG_CACHE_HOME",
            "XDG_STATE_HOME",
        ] {
            task = task.env(variable, home.path());
        }
        if task.silent_output().is_ok_and(|version| version.trim() == VERSION) {
            return Ok(package);
        }
    }
    bail!("OpenCode {VERSION} has no program that runs on this machine ({OS}, {ARCH})")
}

fn program_in(folder: &Path, package: &str) -> PathBuf {
    folder.join("node_modules").join(package).join("bin/opencode")
}

fn packages_for(os: &str, arch: &str) -> &'static [&'static str] {
    match (os, arch) {
        ("linux", "x86_64") => &[
            "opencode-linux-x64",
            "opencode-linux-x64-baseline",
            "opencode-linux-x64-musl",
            "opencode-linux-x64-baseline-musl",
        ],
        ("linux", "aarch64") => &["opencode-linux-arm64", "opencode-linux-arm64-musl"],
        ("macos", "x86_64") => &["opencode-darwin-x64", "opencode-darwin-x64-baseline"],
        ("macos", "aarch64") => &["opencode-darwin-arm64"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_stamp_of_this_version_with_its_program_counts() {
        let folder = tempfile::tempdir().unwrap();
        let Some(package) = packages_for(OS, ARCH).last() else {
            return;
        };
        let program = program_in(folder.path(), package);
        let stamp = format!("{VERSION} {package}");
        assert_eq!(installed(folder.path(), &stamp), None, "no program");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(installed(folder.path(), &stamp), Some(program));
        for other in [
            "",
            VERSION,
            "1.18.3 opencode-linux-x64",
            &format!("1.0.0 {package}"),
            &format!("{VERSION} ../{package}"),
        ] {
            assert_eq!(installed(folder.path(), other), None, "{other:?}");
        }
    }
}
