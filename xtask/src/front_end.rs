//! The web parts: GraphiQL, which the server serves from its own assets, and the npm packages that tests use.

use anyhow::ensure;

use crate::context::Context;
use crate::npm::Package;
use crate::tools::{self, NODE};

const GRAPHIQL: &str = "server/assets/graphiql";
const AUDITS: &str = "server/tests/it/http/audits";

/// Builds the assets where they are older than their sources.
pub fn graphiql(context: &Context) -> anyhow::Result<()> {
    tools::require(context, &[&NODE])?;
    let package = Package::new(context, "graphiql", GRAPHIQL);
    ensure!(
        package.exists(),
        "{GRAPHIQL}/package.json is missing: the checkout is incomplete"
    );
    package.install()?;
    package.build()
}

/// The GraphQL over HTTP audits, which a test runs by Node.
pub fn audits(context: &Context) -> anyhow::Result<()> {
    let package = Package::new(context, "audits", AUDITS);
    if package.exists() { package.install() } else { Ok(()) }
}
