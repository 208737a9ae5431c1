//! The machine's package manager: who may install with it, and the one line that does.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::context::Context;
use crate::passwd::is_root;
use crate::step::{say, timed};
use crate::tools::{Tool, find};

const APT_LIMIT: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    Apt,
    Brew,
    Unknown,
}

impl Manager {
    fn of_this_machine() -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::detect(&release, |program| find(program).is_some())
    }

    fn detect(os_release: &str, present: impl Fn(&str) -> bool) -> Self {
        let debian = os_release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .any(|id| id == "debian" || id == "ubuntu");
        match () {
            () if debian && present("apt-get") => Self::Apt,
            () if present("brew") => Self::Brew,
            () => Self::Unknown,
        }
    }

    /// The line a person types to get these tools.
    fn line(self, tools: &[&Tool], root: bool) -> String {
        let sudo = if root { "" } else { "sudo " };
        let names = |of: fn(&Tool) -> &'static str| tools.iter().map(|tool| of(tool)).collect::<Vec<_>>().join(" ");
        match self {
            Self::Apt => format!(
                "{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {}",
                names(|tool| tool.apt)
            ),
            Self::Brew => format!("brew install {}", names(|tool| tool.brew)),
            Self::Unknown => format!("install with your package manager: {}", names(|tool| tool.apt)),
        }
    }
}

/// Installs the tools where we may: on Debian and Ubuntu as root. Otherwise says the line that does.
pub fn install(context: &Context, missing: &[&Tool]) -> anyhow::Result<()> {
    let (manager, root) = (Manager::of_this_machine(), is_root());
    let names = missing.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ");
    if manager != Manager::Apt {
        bail!("missing: {names}. This installs it:\n  {}", manager.line(missing, root));
    }
    if !root {
        bail!(
            "missing: {names}. This installs it:\n  {}",
            apt_line(context, missing, root)?
        );
    }
    say(format!("Installing {names} by apt-get"));
    timed("apt-get", || {
        apt(context, &["update"]).context("the package lists could not be read; is the network there?")?;
        if !unsuitable(context, missing)?.is_empty() {
            let line = apt_line(context, missing, root)?;
            bail!("missing: {names}, and this system's package does not fit. This installs it:\n  {line}");
        }
        let packages = missing.iter().flat_map(|tool| tool.apt.split(' '));
        let install = ["install", "-y", "--no-install-recommends"].into_iter().chain(packages);
        apt(context, &install.collect::<Vec<_>>()).context("apt-get could not install it")
    })
}

fn apt(context: &Context, arguments: &[&str]) -> anyhow::Result<()> {
    let task = context
        .task("apt-get")
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments);
    task.env("DEBIAN_FRONTEND", "noninteractive")
        .limit(APT_LIMIT)
        .run_quietly("apt-get")
}

/// The line for apt, with the ways of their own for tools whose package does not fit.
fn apt_line(context: &Context, missing: &[&Tool], root: bool) -> anyhow::Result<String> {
    let others = unsuitable(context, missing)?;
    let sudo = if root { "" } else { "sudo " };
    let mut parts: Vec<String> = others.iter().map(|(_tool, own)| own.replace("{sudo}", sudo)).collect();
    let by_apt: Vec<&Tool> = missing
        .iter()
        .copied()
        .filter(|tool| !others.iter().any(|(other, _)| other.name == tool.name))
        .collect();
    if !by_apt.is_empty() {
        parts.insert(0, Manager::Apt.line(&by_apt, root));
    }
    Ok(parts.join(" && "))
}

/// The tools whose package is of no use here, each with the line that installs it instead.
fn unsuitable<'t>(context: &Context, missing: &[&'t Tool]) -> anyhow::Result<Vec<(&'t Tool, &'static str)>> {
    let mut found = Vec::new();
    for tool in missing {
        let Some((least, own)) = tool.least else { continue };
        let package = tool.apt.split(' ').next().unwrap_or(tool.apt);
        let policy = context.task("apt-cache").args(["policy", package]).output()?;
        if !fits(candidate(&policy), least) {
            found.push((*tool, own));
        }
    }
    Ok(found)
}

/// Debian 12's Node is too old; the package of NodeSource brings npm along and does not go with Debian's npm.
fn fits(candidate: Option<&str>, least: u32) -> bool {
    candidate
        .is_some_and(|version| !version.contains("nodesource") && major(version).is_some_and(|major| major >= least))
}

/// The version `apt-cache policy` would install.
fn candidate(policy: &str) -> Option<&str> {
    policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|version| *version != "(none)")
}

/// The first number of a version: `v20.20.2`, `1:2.39.5-0+deb12u2`, `15.18 (Debian 15.18-0)`.
pub fn major(version: &str) -> Option<u32> {
    let version = version.trim();
    let version = version.split_once(':').map_or(version, |(_epoch, rest)| rest);
    let digits = version
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{GIT, NODE, POSTGRES, RIPGREP};

    #[test]
    fn major_versions() {
        let cases = [
            ("v20.20.2\n", Some(20)),
            ("9.2.0", Some(9)),
            ("1:2.39.5-0+deb12u2", Some(2)),
            ("15", Some(15)),
            ("18.20.4+dfsg-1~deb12u1", Some(18)),
            ("", None),
            ("vnext", None),
        ];
        for (version, expected) in cases {
            assert_eq!(major(version), expected, "{version:?}");
        }
    }

    #[test]
    fn the_candidate_is_read_from_the_policy() {
        let policy = "nodejs:\n  Installed: (none)\n  Candidate: 18.20.4+dfsg-1\n  Version table:\n     20.0 500\n";
        assert_eq!(candidate(policy), Some("18.20.4+dfsg-1"));
        assert_eq!(candidate("nodejs:\n  Installed: (none)\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }

    #[test]
    fn packages_that_do_not_fit_are_known() {
        assert!(fits(Some("20.19.2+dfsg-1"), 20));
        assert!(!fits(Some("18.20.4+dfsg-1~deb12u1"), 20));
        assert!(!fits(Some("22.1.0-1nodesource1"), 20));
        assert!(!fits(None, 20));
    }

    #[test]
    fn managers_are_told_apart() {
        let with = |programs: &'static [&'static str]| move |name: &str| programs.contains(&name);
        assert_eq!(Manager::detect("NAME=x\nID=debian\n", with(&["apt-get"])), Manager::Apt);
        assert_eq!(
            Manager::detect("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", with(&["apt-get"])),
            Manager::Apt
        );
        assert_eq!(Manager::detect("ID=debian\n", with(&[])), Manager::Unknown);
        assert_eq!(
            Manager::detect("ID=fedora\nID_LIKE=rhel\n", with(&["apt-get"])),
            Manager::Unknown
        );
        assert_eq!(
            Manager::detect("VERSION_ID=debian\n", with(&["apt-get"])),
            Manager::Unknown
        );
        assert_eq!(Manager::detect("", with(&["brew"])), Manager::Brew);
    }

    #[test]
    fn the_line_fits_the_user_and_the_system() {
        let tools = [&GIT, &RIPGREP];
        assert_eq!(
            Manager::Apt.line(&tools, false),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends git ripgrep"
        );
        assert_eq!(
            Manager::Apt.line(&[&NODE], true),
            "apt-get update && apt-get install -y --no-install-recommends nodejs npm"
        );
        assert_eq!(Manager::Brew.line(&[&POSTGRES], false), "brew install postgresql@17");
        assert!(Manager::Unknown.line(&tools, false).ends_with(": git ripgrep"));
    }
}
