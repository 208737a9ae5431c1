//! The web parts: the app and GraphiQL, which the server serves from files of its own, and the npm packages that tests use.

use std::path::Path;

use anyhow::ensure;

use crate::context::Context;
use crate::npm::Package;
use crate::setup::TestTools;
use crate::tools::{self, NODE};

const APP: &str = "mobile";
const GRAPHIQL: &str = "server/assets/graphiql";
const AUDITS: &str = "server/tests/it/http/audits";

/// Builds what the server serves where it is older than its sources.
pub fn build(context: &Context) -> anyhow::Result<()> {
    app(context)?;
    graphiql(context)
}

pub fn app(context: &Context) -> anyhow::Result<()> {
    built(context, "app", APP)
}

pub fn graphiql(context: &Context) -> anyhow::Result<()> {
    built(context, "graphiql", GRAPHIQL)
}

fn built(context: &Context, name: &str, folder: &str) -> anyhow::Result<()> {
    tools::require(context, &[&NODE])?;
    let package = Package::new(context, name, folder);
    ensure!(
        package.exists(),
        "{folder}/package.json is missing: the checkout is incomplete"
    );
    package.install()?;
    package.build()
}

/// The app's own checks, the quick ones first.
pub fn check_app(context: &Context) -> anyhow::Result<()> {
    let package = Package::new(context, "app", APP);
    for script in ["generate:check", "lint", "check", "test"] {
        package.script(script).run()?;
    }
    Ok(())
}

/// The app in a browser, against the real server and the real agent.
pub fn walk_app(context: &Context, programs: &Path, tools: &TestTools) -> anyhow::Result<()> {
    let package = Package::new(context, "app", APP);
    let walk = package
        .script("e2e")
        .env("PCC_E2E_PROGRAMS", programs)
        .env("PCC_TEST_OPENCODE", &tools.opencode)
        .env("PCC_TEST_CHROMIUM", &tools.chromium);
    Ok(walk.run()?)
}

/// Builds the screens as they are inside of the app.
pub fn screens_of_the_app(context: &Context) -> anyhow::Result<Package<'_>> {
    let package = Package::new(context, "app", APP);
    package.install()?;
    // By what "tauri build" tells its commands.
    package.script("build").env("TAURI_ENV_PLATFORM", "linux").run()?;
    Ok(package)
}

/// The GraphQL over HTTP audits, which a test runs by Node.
pub fn audits(context: &Context) -> anyhow::Result<()> {
    let package = Package::new(context, "audits", AUDITS);
    if package.exists() { package.install() } else { Ok(()) }
}
