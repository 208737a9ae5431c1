//! The app for desktops and phones: Tauri around the screens. A package beside the others, since only it needs the
//! system's web view.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;

use crate::build;
use crate::context::Context;
use crate::front_end;
use crate::setup;
use crate::step::{Steps, say};
use crate::tools::{
    self, DBUS, GIT, IMAGEMAGICK, KEYRING, NODE, NOTIFICATIONS, RIPGREP, WEBDRIVER, WEBVIEW, WINDOW_MANAGER, XVFB,
};

const PACKAGE: &str = "pcc-app";
/// What a cargo command about everything says, to leave it out.
pub const ALL_BUT_IT: [&str; 3] = ["--workspace", "--exclude", PACKAGE];

/// Versions 3 of it and of Tauri go together, as do versions 2.
const DRIVER: &str = "tauri-driver@2.1.0";

/// From an empty target folder on two slow cores.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// Lints and tests where they can be compiled; elsewhere a line that says what they need.
pub fn check(context: &Context, steps: &mut Steps) -> anyhow::Result<()> {
    const NAME: &str = "app (Tauri)";
    if !(WEBVIEW.present)(context) {
        let missing = format!("{} is not installed, skipped; it is in {}", WEBVIEW.name, WEBVIEW.apt);
        steps.skip(NAME, &missing);
        return Ok(());
    }
    steps.run(NAME, || {
        let lints = ["clippy", "--package", PACKAGE, "--all-targets", "--", "-D", "warnings"];
        context.cargo().args(lints).limit(LIMIT).run()?;
        let tests = context.cargo().args(["test", "--package", PACKAGE]);
        Ok(tests.limit(LIMIT).run()?)
    })
}

/// Builds the app and walks through it on a screen of its own, against the real server and the real agent.
pub fn walk(context: &Context) -> anyhow::Result<()> {
    ensure!(cfg!(target_os = "linux"), "the app is driven on Linux only");
    let desktop = [
        &WEBVIEW,
        &WEBDRIVER,
        &XVFB,
        &WINDOW_MANAGER,
        &NOTIFICATIONS,
        &KEYRING,
        &DBUS,
        &IMAGEMAGICK,
    ];
    let tools: Vec<_> = [&GIT, &RIPGREP, &NODE].into_iter().chain(desktop).collect();
    tools::require(context, &tools)?;
    let opencode = setup::test_agent(context)?;
    let driver = driver(context)?;
    let screens = front_end::screens_of_the_app(context)?;
    let servers = build::programs(
        context,
        &["build", "--package", "server", "--package", "fakes", "--bins"],
    )?;
    let with_screens = ["build", "--package", PACKAGE, "--features", "custom-protocol"];
    let app = build::programs(context, &with_screens)?;
    let folder = servers.get("pcc-server")?.parent().unwrap_or(&context.root);
    let walk = screens
        .script("e2e:app")
        .env("PCC_E2E_PROGRAMS", folder)
        .env("PCC_E2E_APP", app.get(PACKAGE)?)
        .env("PCC_E2E_TAURI_DRIVER", driver)
        .env("PCC_TEST_OPENCODE", opencode);
    walk.run()?;
    say("The pictures are in mobile/pictures/app.");
    Ok(())
}

/// Hands what a WebDriver client says to the web view of a Tauri app.
fn driver(context: &Context) -> anyhow::Result<PathBuf> {
    let folder = context.folder("tools/tauri-driver")?;
    let program = folder.join("bin/tauri-driver");
    if !tools::is_program(&program) {
        say(format!("Installing {DRIVER} by cargo"));
        let install = context.cargo().args(["install", "--locked", "--debug", "--root"]);
        install
            .arg(&folder)
            .arg(DRIVER)
            .limit(LIMIT)
            .run_quietly("tauri-driver")?;
    }
    Ok(program)
}
