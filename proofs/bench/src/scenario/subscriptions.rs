//! What one more subscription costs while nothing happens: a phone in a pocket, a browser tab left open.

use std::time::Duration;

use super::{
    Scenario,
    fan_out::{EVENTS, SOCKETS_OF_A_DEVICE, tokens},
};
use crate::{Bench, database::Kind, figure::Figure, http::Connection, rows, socket::Socket};

pub const SCENARIO: Scenario = Scenario {
    name: "subscriptions",
    about: "server memory of each idle subscription on a socket of its own",
    run: |bench| Box::pin(run(bench)),
};

const OF_ONE_PROJECT: &str = "subscription ($project: ID!) { events(filter: {projects: [$project]}) \
    { cursor at actor { kind } change { __typename ... on ProjectChanged { projectId } } } }";
const UPDATE: &str = "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { id } } }";
/// Until buffers that were needed for the beginning are given back.
const SETTLE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy)]
enum Asked {
    /// All the same.
    Alike,
    /// Each about another project.
    Each,
}

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (asked, name) in [
        (Asked::Alike, "all ask the same"),
        (Asked::Each, "each asks about another project"),
    ] {
        let (mut fresh, mut used) = (Vec::new(), Vec::new());
        for _ in 0..if bench.quick { 1 } else { 3 } {
            let (after_opening, after_events) = measure(bench, asked).await?;
            fresh.push(after_opening);
            used.push(after_events);
        }
        figures.push(Figure::of(format!("idle subscription, {name}"), "kB", &fresh).at_most(12.0));
        figures.push(Figure::of(format!("the same after 50 events, {name}"), "kB", &used).at_most(12.0));
    }
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "a count of sockets")]
async fn measure(bench: &Bench, asked: Asked) -> anyhow::Result<(f64, f64)> {
    let count = bench.size(1_000);
    let database = bench.database(Kind::Sqlite).await?;
    let db = database.open().await?;
    let projects = rows::projects(&db, count).await?;
    db.close().await?;
    let tokens = tokens(&database, count.div_ceil(SOCKETS_OF_A_DEVICE) + 1).await?;
    let subject = bench.start(&database).await?;
    let ids: Vec<_> = projects.iter().map(|id| server::graphql::Id(*id).encode()).collect();
    let mut connection = Connection::open(&subject.address).await?;
    // What the server needs once for all: compiled statements, pools, the first document.
    let mut sockets = Vec::new();
    for id in ids.iter().take(SOCKETS_OF_A_DEVICE.min(count / 2)) {
        sockets.push(open(&subject.address, &tokens[tokens.len() - 1], asked, id).await?);
    }
    change(&mut connection, &subject.token, &ids).await?;
    tokio::time::sleep(SETTLE).await;

    let before = subject.resident_bytes()?;
    let mut more = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        more.push(open(&subject.address, &tokens[index / SOCKETS_OF_A_DEVICE], asked, id).await?);
    }
    tokio::time::sleep(SETTLE).await;
    let opened = subject.resident_bytes()?;
    change(&mut connection, &subject.token, &ids).await?;
    tokio::time::sleep(SETTLE).await;
    let used = subject.resident_bytes()?;
    let each = |now: f64| (now - before) / 1e3 / count as f64;
    Ok((each(opened), each(used)))
}

async fn open(address: &str, token: &str, asked: Asked, id: &str) -> anyhow::Result<Socket> {
    let mut socket = Socket::open(address, token).await?;
    match asked {
        Asked::Alike => socket.subscribe("a", EVENTS, &serde_json::Value::Null).await?,
        Asked::Each => {
            let variables = serde_json::json!({ "project": id });
            socket.subscribe("a", OF_ONE_PROJECT, &variables).await?;
        }
    }
    Ok(socket)
}

/// Fifty events. What they make for the sockets fits into the buffers of the kernel.
async fn change(connection: &mut Connection, token: &str, ids: &[String]) -> anyhow::Result<()> {
    for (count, id) in ids.iter().cycle().take(50).enumerate() {
        let input = serde_json::json!({ "input": { "id": id, "description": format!("change {count}") } });
        connection.ask(token, UPDATE, &input).await?;
    }
    Ok(())
}
