//! A large workspace: one folder of it, and files found by a few letters of their path, as somebody types them.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use client::{
    Client, operations,
    types::{CreateProjectInput, OperationState, ProjectSourceInput},
};
use serde_json::{Value, json};

use super::Scenario;
use crate::{
    Bench,
    database::Kind,
    figure::{Figure, quantile_ms},
    http::{Connection, graphql},
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "workspace",
    about: "a workspace of 100,000 files: a folder of it, and files by a few letters",
    run: |bench| Box::pin(run(bench)),
};

const AREAS: usize = 10;
const UNITS: usize = 100;
/// In each unit of each area; with those that git ignores there are more.
const FILES: usize = 100;
const IGNORES: &str = "target/\nnode_modules/\n*.log\n.env*\n!.env.example\n/dist\n*.tmp\n";
const KINDS: [&str; 4] = ["reader.rs", "writer.rs", "parser_test.rs", "notes.md"];
/// As they are typed: each letter is a question.
const TYPED: [&str; 4] = ["parser", "area7 unit42", "31 writer", "zzz"];
/// What the app asks for.
const SHOWN: usize = 20;
const ROUNDS: usize = 5;
const GOAL_MS: f64 = 100.0;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let database = bench.database(Kind::Sqlite).await?;
    let subject = bench.start_with_light_agents(&database).await?;
    let client = Client::new(&format!("http://{}", subject.address), subject.token.clone().into())?;
    let input = CreateProjectInput {
        name: "Large".to_owned(),
        slug: Some("large".to_owned()),
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: None,
        client_mutation_id: None,
    };
    let accepted = client.create_project(input).await?;
    let made = client.wait_for_operation(&accepted.operation.id).await?;
    ensure!(made.state == OperationState::Succeeded, "no workspace: {made:?}");
    fill(&folder(&database.data_dir())?)?;

    let mut asker = Asker {
        connection: Connection::open(&subject.address).await?,
        subject: &subject,
    };
    let count = AREAS * UNITS * FILES;
    let among = |what: &str| format!("workspace of {count} files: {what}");
    let mut figures = vec![
        Figure::of(among("find, the first time"), "ms", &[ms(asker.find("reader").await?)]),
        Figure::of(among("top folder, the first time"), "ms", &[ms(asker.tree("").await?)]),
    ];
    let (mut finds, mut slow_finds, mut cpu, mut trees) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..if bench.quick { 1 } else { ROUNDS } {
        let before = subject.cpu()?;
        let times = asker.type_all().await?;
        #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
        cpu.push(ms(subject.cpu()? - before) / times.len() as f64);
        finds.push(quantile_ms(&times, 0.5));
        slow_finds.push(quantile_ms(&times, 0.95));
        let mut times = Vec::new();
        for unit in 0..UNITS {
            times.push(asker.tree("").await?);
            times.push(asker.tree(&format!("area3/unit{unit}")).await?);
        }
        trees.push(quantile_ms(&times, 0.95));
    }
    figures.push(Figure::of(among("find, p50"), "ms", &finds).at_most(GOAL_MS));
    figures.push(Figure::of(among("find, p95"), "ms", &slow_finds).at_most(GOAL_MS));
    figures.push(Figure::of(among("find, cpu"), "ms", &cpu));
    figures.push(Figure::of(among("folder, p95"), "ms", &trees).at_most(GOAL_MS));
    figures.push(Figure::of(
        among("server memory"),
        "MB",
        &[subject.resident_bytes()? / 1e6],
    ));
    subject.end()?;
    Ok(figures)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Of the only project.
fn folder(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let instances = std::fs::read_dir(data_dir.join("instances"))?;
    let mut folders = instances.flatten().map(|entry| entry.path().join("workspace"));
    folders.find(|folder| folder.is_dir()).context("there is no workspace")
}

fn fill(folder: &Path) -> anyhow::Result<()> {
    std::fs::write(folder.join(".gitignore"), IGNORES)?;
    for area in 0..AREAS {
        for unit in 0..UNITS {
            let folder = folder.join(format!("area{area}/unit{unit}"));
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("build.log"), "ignored\n")?;
            for file in 0..FILES {
                std::fs::write(folder.join(format!("{file}_{}", KINDS[file % KINDS.len()])), "")?;
            }
        }
    }
    Ok(())
}

struct Asker<'a> {
    connection: Connection,
    subject: &'a Subject,
}

impl Asker<'_> {
    async fn ask(&mut self, query: &str, mut variables: Value) -> anyhow::Result<(Duration, Value)> {
        variables["by"] = json!({ "slug": "large" });
        let request = graphql(&self.subject.address, &self.subject.token, query, &variables);
        let sent = Instant::now();
        let answer = self.connection.send(&request).await?;
        let took = sent.elapsed();
        let mut body: Value = serde_json::from_slice(answer.body)?;
        ensure!(body.get("errors").is_none(), "{body}");
        Ok((took, body["data"]["project"].take()))
    }

    async fn find(&mut self, query: &str) -> anyhow::Result<Duration> {
        let variables = json!({ "query": query, "first": SHOWN });
        let (took, project) = self.ask(operations::find_files::QUERY, variables).await?;
        let found = &project["findFiles"];
        let is_known = query.starts_with('z') || found["paths"].as_array().is_some_and(|paths| paths.len() == SHOWN);
        ensure!(is_known && found["isPartial"] == false, "{query}: {found}");
        Ok(took)
    }

    /// Everything that somebody types, letter by letter.
    async fn type_all(&mut self) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        for typed in TYPED {
            for end in 1..=typed.len() {
                times.push(self.find(&typed[..end]).await?);
            }
        }
        Ok(times)
    }

    async fn tree(&mut self, path: &str) -> anyhow::Result<Duration> {
        let (took, project) = self.ask(operations::tree::QUERY, json!({ "path": path })).await?;
        let total = project["tree"]["total"].as_u64().context("no folder")?;
        ensure!(total >= 10, "{path:?} has {total} entries");
        Ok(took)
    }
}
