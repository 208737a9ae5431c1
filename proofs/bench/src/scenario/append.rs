//! Many small transactions while many follow: the log under load, from the commit to the reader.
//!
//! Every event is a change by a mutation, so this is the whole way: request, transaction, log, subscription, socket.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use super::{
    Scenario,
    fan_out::{SOCKETS_OF_A_DEVICE, tokens},
};
use crate::{
    Bench,
    database::Database,
    figure::{Figure, quantile_ms},
    http::{Connection, graphql},
    rows,
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "append",
    about: "10,000 events in small transactions while 100 readers follow",
    run: |bench| Box::pin(run(bench)),
};

const EVENTS: usize = 10_000;
const READERS: usize = 100;
const WRITERS: usize = 8;
const ROUNDS: usize = 3;
/// Without a new event for so long a reader has missed one.
const PATIENCE: Duration = Duration::from_secs(60);

const CHANGE: &str = "mutation Change($id: ID!, $text: String!) { updateProject(input: {id: $id, description: $text}) { clientMutationId } }";
const FOLLOW: &str =
    "subscription Follow($after: Cursor!) { events(after: $after) { cursor at change { __typename } } }";

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        let (mut rates, mut middle, mut slow) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..bench.size(ROUNDS) {
            let database = bench.database(kind).await?;
            let db = database.open().await?;
            rows::projects(&db, 100).await?;
            db.close().await?;
            let readers = bench.size(READERS);
            let tokens = tokens(&database, readers.div_ceil(SOCKETS_OF_A_DEVICE)).await?;
            let subject = bench.start(&database).await?;
            let seen = round(bench.size(EVENTS), (readers, &tokens), &subject, &database).await?;
            rates.push(seen.per_second);
            middle.push(quantile_ms(&seen.times, 0.5));
            slow.push(quantile_ms(&seen.times, 0.99));
            subject.end()?;
        }
        let what = format!("{} events, {} readers", bench.size(EVENTS), bench.size(READERS));
        figures.push(Figure::of(format!("{what}: appended and delivered to all"), "events/s", &rates).on(kind));
        figures.push(Figure::of(format!("{what}: commit to reader, p50"), "ms", &middle).on(kind));
        figures.push(Figure::of(format!("{what}: commit to reader, p99"), "ms", &slow).on(kind));
    }
    Ok(figures)
}

struct Seen {
    per_second: f64,
    times: Vec<Duration>,
}

async fn round(
    count: usize,
    (followers, tokens): (usize, &[String]),
    subject: &Subject,
    database: &Database,
) -> anyhow::Result<Seen> {
    let mut connection = Connection::open(&subject.address).await?;
    let data = connection
        .ask(
            database.bearer(),
            "{ cursor projects(first: 50) { nodes { id } } }",
            &json!({}),
        )
        .await?;
    let cursor = data["cursor"].as_str().context("no cursor")?.to_owned();
    let projects: Vec<String> = data["projects"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| Some(node["id"].as_str()?.to_owned()))
        .collect();
    ensure!(!projects.is_empty(), "there are no projects");

    let all_follow = Arc::new(Barrier::new(followers + 1));
    let mut readers = JoinSet::new();
    for index in 0..followers {
        let token = tokens[index / SOCKETS_OF_A_DEVICE].clone();
        let (address, cursor) = (subject.address.clone(), cursor.clone());
        readers.spawn(follow(address, token, cursor, count, Arc::clone(&all_follow)));
    }
    tokio::select! {
        _ = all_follow.wait() => {}
        Some(ended) = readers.join_next() => {
            ended??;
            bail!("a reader ended before anything happened");
        }
    }
    let since = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (address, token) = (subject.address.clone(), subject.token.clone());
        let project = projects[writer % projects.len()].clone();
        let changes = (writer..count).step_by(WRITERS).count();
        writers.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            for index in 0..changes {
                let variables = json!({ "id": project, "text": format!("Change {index}.") });
                let request = graphql(&address, &token, CHANGE, &variables);
                let answer = connection.send(&request).await?;
                ensure!(
                    answer.status == 200 && !answer.body.starts_with(b"{\"errors\""),
                    "a change failed"
                );
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    let mut times = Vec::new();
    while let Some(done) = readers.join_next().await {
        times.extend(done??);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let per_second = count as f64 / since.elapsed().as_secs_f64();
    Ok(Seen { per_second, times })
}

/// A subscription over a socket of its own, until it has all events: how long each took from its commit.
async fn follow(
    address: String,
    token: String,
    cursor: String,
    count: usize,
    all_follow: Arc<Barrier>,
) -> anyhow::Result<Vec<Duration>> {
    let mut request = format!("ws://{address}/graphql").into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    let init = json!({ "type": "connection_init", "payload": { "token": token } });
    socket.send(Message::text(init.to_string())).await?;
    let payload = json!({ "query": FOLLOW, "variables": { "after": cursor } });
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
    let mut times = Vec::with_capacity(count);
    let mut is_under_way = false;
    while times.len() < count {
        let message = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .context("an event is missing")?
            .context("the socket was closed")??;
        let arrived = server::clock::Clock::system().now();
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text)?;
        match message["type"].as_str() {
            Some("connection_ack") => {
                socket.send(Message::text(subscribe.to_string())).await?;
                if !is_under_way {
                    is_under_way = true;
                    all_follow.wait().await;
                }
            }
            Some("next") => {
                let event = &message["payload"]["data"]["events"];
                ensure!(event["change"]["__typename"] == "ProjectChanged", "{message}");
                let at: DateTime<Utc> = event["at"].as_str().context("no time")?.parse()?;
                times.push((arrived - at).to_std().unwrap_or_default());
            }
            Some("ping") => socket.send(Message::text(r#"{"type":"pong"}"#)).await?,
            _ => anyhow::bail!("{message}"),
        }
    }
    Ok(times)
}
