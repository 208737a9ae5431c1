//! The programs of others that the project needs, and where they are.

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::context::Context;
use crate::{packages, postgres};

pub struct Tool {
    pub name: &'static str,
    /// Packages of Debian and Ubuntu, separated by a space.
    pub apt: &'static str,
    pub brew: &'static str,
    /// The first major version that will do, and the line that installs it where the system's package does not fit.
    pub least: Option<(u32, &'static str)>,
    pub present: fn(&Context) -> bool,
}

pub const GIT: Tool = Tool {
    name: "git",
    apt: "git",
    brew: "git",
    least: None,
    present: |_| find("git").is_some(),
};

// OpenCode searches with it, and would download it from the internet at the first search.
pub const RIPGREP: Tool = Tool {
    name: "ripgrep",
    apt: "ripgrep",
    brew: "ripgrep",
    least: None,
    present: |_| find("rg").is_some(),
};

pub const NODE: Tool = Tool {
    name: "Node.js 20 or newer with npm",
    apt: "nodejs npm",
    brew: "node",
    least: Some((
        NODE_MAJOR,
        "curl -fsSL https://deb.nodesource.com/setup_22.x | {sudo}bash - && {sudo}apt-get install -y nodejs",
    )),
    present: node_is_present,
};

pub const POSTGRES: Tool = Tool {
    name: "PostgreSQL",
    apt: "postgresql",
    brew: "postgresql@17",
    least: None,
    present: |_| postgres::programs().is_some(),
};

pub const CHROMIUM: Tool = Tool {
    name: "Chromium",
    apt: "chromium",
    brew: "chromium",
    least: None,
    present: |_| chromium().is_some(),
};

// What the app for desktops is built with and driven on.
pub const WEBVIEW: Tool = Tool {
    name: "WebKitGTK 4.1",
    apt: "libwebkit2gtk-4.1-dev librsvg2-dev pkg-config",
    brew: "",
    least: None,
    // The other systems have a web view of their own.
    present: |context| {
        let known = ["--exists", "webkit2gtk-4.1"];
        !cfg!(target_os = "linux")
            || (find("pkg-config").is_some() && context.task("pkg-config").args(known).silent_output().is_ok())
    },
};

pub const WEBDRIVER: Tool = of_linux("WebKitWebDriver", "webkit2gtk-driver", |_| all(&["WebKitWebDriver"]));
pub const XVFB: Tool = of_linux("Xvfb", "xvfb", |_| all(&["Xvfb"]));
pub const WINDOW_MANAGER: Tool = of_linux("Openbox with xdotool", "openbox xdotool", |_| {
    all(&["openbox", "xdotool"])
});
pub const NOTIFICATIONS: Tool = of_linux("dunst", "dunst", |_| all(&["dunst", "dunstctl"]));
pub const KEYRING: Tool = of_linux("GNOME Keyring", "gnome-keyring", |_| all(&["gnome-keyring-daemon"]));
pub const DBUS: Tool = of_linux("D-Bus", "dbus", |_| all(&["dbus-daemon"]));
pub const IMAGEMAGICK: Tool = of_linux("ImageMagick", "imagemagick", |_| all(&["import"]));

const fn of_linux(name: &'static str, apt: &'static str, present: fn(&Context) -> bool) -> Tool {
    Tool {
        name,
        apt,
        brew: "",
        least: None,
        present,
    }
}

fn all(programs: &[&str]) -> bool {
    programs.iter().all(|name| find(name).is_some())
}

const NODE_MAJOR: u32 = 20;

const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM_APPS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Looks for the tools, installs what is missing where that is allowed, and otherwise says the line that does.
pub fn require(context: &Context, tools: &[&Tool]) -> anyhow::Result<()> {
    let missing = |context| {
        tools
            .iter()
            .copied()
            .filter(|tool| !(tool.present)(context))
            .collect::<Vec<_>>()
    };
    let wanted = missing(context);
    if wanted.is_empty() {
        return Ok(());
    }
    packages::install(context, &wanted)?;
    match missing(context).first() {
        Some(tool) => bail!(
            "{} was installed but cannot be found: is its folder on PATH?",
            tool.name
        ),
        None => Ok(()),
    }
}

pub fn chromium() -> Option<PathBuf> {
    let apps = CHROMIUM_APPS.iter().map(PathBuf::from).filter(|app| is_program(app));
    CHROMIUM_NAMES
        .iter()
        .find_map(|name| find(name))
        .or_else(|| apps.into_iter().next())
}

fn node_is_present(context: &Context) -> bool {
    let version = find("node").and_then(|node| context.task(node).arg("--version").silent_output().ok());
    find("npm").is_some()
        && version
            .and_then(|text| packages::major(&text))
            .is_some_and(|major| major >= NODE_MAJOR)
}

/// A program on PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    find_in(name, &env::var_os("PATH")?)
}

fn find_in(name: &str, path: &OsStr) -> Option<PathBuf> {
    // An empty or relative entry would mean another folder for every command we start elsewhere.
    let folders = env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

pub fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn programs_are_found_in_the_order_of_the_path() {
        let base = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = base.path().join(name);
            fs::create_dir(&folder).unwrap();
            folder
        };
        let (text, directory, first, second) = (folder("text"), folder("directory"), folder("first"), folder("second"));
        fs::write(text.join("tool"), "not executable").unwrap();
        fs::create_dir(directory.join("tool")).unwrap();
        for folder in [&first, &second] {
            fs::write(folder.join("tool"), "").unwrap();
            fs::set_permissions(folder.join("tool"), Permissions::from_mode(0o755)).unwrap();
        }
        let path = env::join_paths([Path::new("relative"), &text, &directory, &first, &second]).unwrap();
        assert_eq!(find_in("tool", &path), Some(first.join("tool")));
        assert_eq!(find_in("other", &path), None);
    }
}
