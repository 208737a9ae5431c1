//! The inbox as the app reads it: everything that agents wait for, with what they ask, in which session, of which project.

use std::time::{Duration, Instant};

use anyhow::ensure;
use client::operations;
use serde_json::{Value, json};

use super::Scenario;
use crate::{
    Bench,
    figure::{Figure, quantile_ms},
    http::{Connection, graphql},
    rows,
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "inbox",
    about: "the app's inbox of 50 open decisions, over 200 projects",
    run: |bench| Box::pin(run(bench)),
};

const PROJECTS: usize = 200;
const OPEN: usize = 50;
/// What the app reads at once.
const PAGE: usize = 50;
const ROUNDS: usize = 5;
const WARM_UP: usize = 50;
const GOAL_MS: f64 = 5.0;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        let database = bench.database(kind).await?;
        let db = database.open().await?;
        rows::projects(&db, PROJECTS).await?;
        rows::decisions(&db, OPEN).await?;
        db.close().await?;
        let subject = bench.start(&database).await?;
        let mut reader = Reader {
            connection: Connection::open(&subject.address).await?,
            subject: &subject,
            number: 0,
        };
        for what in [What::Inbox, What::FirstScreen] {
            reader.round(what, WARM_UP).await?;
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                rounds.push(reader.round(what, bench.size(500)).await?);
            }
            let figure = |of: &str, unit, value: fn(&Round) -> f64| {
                let samples: Vec<f64> = rounds.iter().map(value).collect();
                Figure::of(format!("{}: {of}", what.name()), unit, &samples).on(kind)
            };
            let timed = [
                figure("p50", "ms", |round| quantile_ms(&round.times, 0.5)),
                figure("p99", "ms", |round| quantile_ms(&round.times, 0.99)),
            ];
            figures.extend(timed.map(|figure| match what {
                What::Inbox => figure.at_most(GOAL_MS),
                What::FirstScreen => figure,
            }));
            figures.push(figure("cpu", "ms", |round| round.cpu_ms));
            figures.push(figure("size", "kB", |round| round.kb));
        }
        subject.end()?;
    }
    Ok(figures)
}

#[derive(Clone, Copy)]
enum What {
    /// Page after page.
    Inbox,
    /// The beginning of the inbox is in it.
    FirstScreen,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Inbox => "the whole inbox, asked for the first time",
            Self::FirstScreen => "the first screen with 12 decisions and 12 projects, asked for the first time",
        }
    }
}

struct Round {
    times: Vec<Duration>,
    cpu_ms: f64,
    kb: f64,
}

struct Reader<'a> {
    connection: Connection,
    subject: &'a Subject,
    number: usize,
}

impl Reader<'_> {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    async fn round(&mut self, what: What, count: usize) -> anyhow::Result<Round> {
        let before = self.subject.cpu()?;
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..count {
            let (time, size) = match what {
                What::Inbox => self.inbox().await?,
                What::FirstScreen => {
                    let variables = json!({ "decisions": 12, "projects": 12 });
                    let (time, size, _) = self.ask(operations::home::QUERY, variables).await?;
                    (time, size)
                }
            };
            times.push(time);
            bytes = size;
        }
        Ok(Round {
            times,
            cpu_ms: (self.subject.cpu()? - before).as_secs_f64() * 1e3 / count as f64,
            kb: bytes as f64 / 1e3,
        })
    }

    async fn inbox(&mut self) -> anyhow::Result<(Duration, usize)> {
        let (mut took, mut bytes, mut decisions, mut after) = (Duration::ZERO, 0, 0, Value::Null);
        loop {
            let variables = json!({ "first": PAGE, "after": after });
            let (time, size, data) = self.ask(operations::decisions::QUERY, variables).await?;
            took += time;
            bytes += size;
            let page = &data["decisions"];
            decisions += page["nodes"].as_array().map_or(0, Vec::len);
            if page["pageInfo"]["hasNextPage"] != true {
                ensure!(decisions == OPEN, "{decisions} decisions are open");
                return Ok((took, bytes));
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    async fn ask(&mut self, query: &str, mut variables: Value) -> anyhow::Result<(Duration, usize, Value)> {
        // A variable that the operation does not have: no answer is given again.
        self.number += 1;
        variables["number"] = json!(self.number);
        let request = graphql(&self.subject.address, &self.subject.token, query, &variables);
        let sent = Instant::now();
        let answer = self.connection.send(&request).await?;
        let took = sent.elapsed();
        let mut body: Value = serde_json::from_slice(answer.body)?;
        ensure!(body.get("errors").is_none(), "{body}");
        Ok((took, answer.body.len(), body["data"].take()))
    }
}
