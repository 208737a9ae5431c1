//! Opening a conversation at its end, as the app does: by a subscription whose first item is all that is shown, and by the
//! page of messages before it. One of 10,000 messages beside one of 10.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use client::operations;
use serde_json::{Value, json};

use super::Scenario;
use crate::{
    Bench,
    figure::{Figure, quantile_ms},
    http::{Connection, graphql},
    rows,
    socket::{Socket, find},
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "session",
    about: "opening a session of 10,000 messages at its last 30, beside one of 10",
    run: |bench| Box::pin(run(bench)),
};

const LONG: usize = 10_000;
const SHORT: usize = 10;
const SHOWN: usize = 30;
const ROUNDS: usize = 5;
/// Before memory is looked at for the first time: what the server keeps for good is there then.
const WARM_UP: usize = 300;
/// Until buffers that were needed for a moment are given back.
const SETTLE: Duration = Duration::from_secs(3);
const GOAL_MS: f64 = 20.0;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        let database = bench.database(kind).await?;
        let db = database.open().await?;
        let projects = rows::projects(&db, 10).await?;
        let mut sessions = Vec::new();
        for messages in [SHORT, LONG] {
            let id = rows::conversation(&db, projects[0], messages).await?;
            sessions.push((messages, server::graphql::Id(id).encode()));
        }
        db.close().await?;
        let subject = bench.start(&database).await?;
        let mut opener = Opener::new(&subject).await?;
        for (_, session) in &sessions {
            opener.open(session, WARM_UP).await?;
        }
        for (messages, session) in &sessions {
            let count = bench.size(1_000).max(100);
            let mut of = Measured::default();
            tokio::time::sleep(SETTLE).await;
            let before = subject.resident_bytes()?;
            for _ in 0..ROUNDS {
                of.add(&opener.open(session, count / ROUNDS).await?);
            }
            tokio::time::sleep(SETTLE).await;
            let grown = (subject.resident_bytes()? - before) / 1e6;
            let with_goal = |figure: Figure| {
                if *messages == LONG {
                    figure.at_most(GOAL_MS)
                } else {
                    figure
                }
            };
            let figure = |what: &str, unit, samples: &[f64]| {
                Figure::of(
                    format!("session of {messages}, opened at its end: {what}"),
                    unit,
                    samples,
                )
                .on(kind)
            };
            figures.push(figure("size", "kB", &of.kb));
            figures.push(with_goal(figure("page, p50", "ms", &of.page_p50)));
            figures.push(with_goal(figure("page, p99", "ms", &of.page_p99)));
            figures.push(with_goal(figure(
                "subscription to its first item, p50",
                "ms",
                &of.stream_p50,
            )));
            figures.push(with_goal(figure(
                "subscription to its first item, p99",
                "ms",
                &of.stream_p99,
            )));
            figures.push(figure("cpu for both", "ms", &of.cpu));
            figures.push(figure(&format!("memory after {count} times more than before"), "MB", &[grown]).at_most(2.0));
        }
        subject.end()?;
    }
    Ok(figures)
}

/// A figure of each round.
#[derive(Default)]
struct Measured {
    kb: Vec<f64>,
    page_p50: Vec<f64>,
    page_p99: Vec<f64>,
    stream_p50: Vec<f64>,
    stream_p99: Vec<f64>,
    cpu: Vec<f64>,
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn add(&mut self, round: &Round) {
        self.kb.push(round.bytes as f64 / 1e3);
        self.page_p50.push(quantile_ms(&round.pages, 0.5));
        self.page_p99.push(quantile_ms(&round.pages, 0.99));
        self.stream_p50.push(quantile_ms(&round.streams, 0.5));
        self.stream_p99.push(quantile_ms(&round.streams, 0.99));
        self.cpu.push(round.cpu.as_secs_f64() * 1e3 / round.pages.len() as f64);
    }
}

struct Round {
    pages: Vec<Duration>,
    streams: Vec<Duration>,
    /// Of one page.
    bytes: usize,
    cpu: Duration,
}

struct Opener<'a> {
    subject: &'a Subject,
    connection: Connection,
    /// Makes each request one that was never made before, so that no answer is given again.
    number: usize,
}

impl<'a> Opener<'a> {
    async fn new(subject: &'a Subject) -> anyhow::Result<Self> {
        Ok(Self {
            subject,
            connection: Connection::open(&subject.address).await?,
            number: 0,
        })
    }

    async fn open(&mut self, session: &str, count: usize) -> anyhow::Result<Round> {
        let before = self.subject.cpu()?;
        let (mut pages, mut streams, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..count {
            let (took, length) = self.page(session).await?;
            pages.push(took);
            bytes = length;
            streams.push(self.stream(session).await?);
        }
        Ok(Round {
            pages,
            streams,
            bytes,
            cpu: self.subject.cpu()? - before,
        })
    }

    async fn page(&mut self, session: &str) -> anyhow::Result<(Duration, usize)> {
        self.number += 1;
        let variables = json!({ "session": session, "last": SHOWN, "number": self.number });
        let (address, token) = (&self.subject.address, &self.subject.token);
        let request = graphql(address, token, operations::messages::QUERY, &variables);
        let sent = Instant::now();
        let answer = self.connection.send(&request).await?;
        let took = sent.elapsed();
        let body: Value = serde_json::from_slice(answer.body)?;
        let nodes = body["data"]["session"]["messages"]["nodes"].as_array();
        let nodes = nodes.with_context(|| format!("no messages: {body}"))?;
        let is_whole = nodes
            .iter()
            .all(|node| node["parts"].as_array().is_some_and(|parts| !parts.is_empty()));
        ensure!(
            (SHORT..=SHOWN).contains(&nodes.len()) && is_whole,
            "not the end of it: {body}"
        );
        Ok((took, answer.body.len()))
    }

    async fn stream(&self, session: &str) -> anyhow::Result<Duration> {
        let mut socket = Socket::open(&self.subject.address, &self.subject.token).await?;
        let variables = json!({ "session": session });
        let sent = Instant::now();
        socket
            .subscribe("1", operations::session_stream::QUERY, &variables)
            .await?;
        let first = socket.next().await?;
        let took = sent.elapsed();
        ensure!(find(first, b"\"SessionSnapshot\"").is_some(), "no snapshot came first");
        Ok(took)
    }
}
