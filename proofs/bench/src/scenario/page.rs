//! The page every client shows first: 50 projects with their server, operation and last session.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::Scenario;
use crate::{
    Bench,
    database::Kind,
    figure::{Figure, quantile_ms},
    http::{Connection, Requests, Run, graphql, load},
    rows,
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "page",
    about: "a page of 50 projects, unchanged and changed, among few and many",
    run: |bench| Box::pin(run(bench)),
};

const PAGE: &str = "query Page($orderBy: ProjectOrder) {
  projects(first: 50, orderBy: $orderBy) {
    nodes {
      id name slug description status
      problem { code message since nextAttemptAt }
      server { id name }
      operation { id kind state createdAt }
      sessions(first: 1) { nodes { id title status } }
      createdAt updatedAt
    }
    pageInfo { endCursor hasNextPage }
  }
}";
const CHANGE: &str = "mutation Change($id: ID!, $text: String!) { updateProject(input: {id: $id, description: $text}) { clientMutationId } }";
const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ORDERS: [&str; 3] = ["NAME_ASC", "CREATED_AT_DESC", "UPDATED_AT_DESC"];

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut changed = Vec::new();
    for (count, kinds) in [(1_000, bench.kinds()), (bench.size(100_000), vec![Kind::Sqlite])] {
        for kind in kinds {
            let database = bench.database(kind).await?;
            let db = database.open().await?;
            rows::projects(&db, count).await?;
            db.close().await?;
            let subject = bench.start(&database).await?;
            let measured = measure(bench, &subject, count).await?;
            if kind == Kind::Sqlite {
                changed.push(measured.changed_cpu_ms);
            }
            figures.extend(measured.figures.into_iter().map(|figure| figure.on(kind)));
            subject.end()?;
        }
    }
    if let [few, many] = changed[..] {
        let times = Figure::of("changed page among many: times the cpu among few", "x", &[many / few]);
        figures.push(times.on(Kind::Sqlite).at_most(1.5));
    }
    Ok(figures)
}

struct Measured {
    figures: Vec<Figure>,
    /// Processor time of one changed page, in milliseconds.
    changed_cpu_ms: f64,
}

async fn measure(bench: &Bench, subject: &Subject, count: usize) -> anyhow::Result<Measured> {
    let page = |order: &str| graphql(&subject.address, &subject.token, PAGE, &json!({ "orderBy": order }));
    let mut connection = Connection::open(&subject.address).await?;
    let bytes = connection.send(&page("NAME_ASC")).await?.body.len();
    let ids = ids(&mut connection, &subject.token).await?;
    let time = Duration::from_secs(if bench.quick { 1 } else { 5 });
    let among = format!("page of 50 among {count}");

    let mut figures = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    figures.push(Figure::of(format!("{among}: size"), "kB", &[bytes as f64 / 1e3]));
    let same: Arc<[u8]> = page("NAME_ASC").into();
    let unchanged = rounds(subject, time, || (0..CONNECTIONS).map(|_| Arc::clone(&same)).collect()).await?;
    figures.extend(unchanged.figures(&format!("{among}, unchanged"), Some((10_000.0, 15.0))));

    let mut which = 0;
    let changed = rounds(subject, time, || {
        let writer: Box<dyn Requests> = Box::new(Changes::new(subject, &ids, 0, false));
        let readers = (0..CONNECTIONS).map(|_| {
            which += 1;
            Box::new(Fresh::new(subject, which)) as Box<dyn Requests>
        });
        std::iter::once(writer).chain(readers).collect()
    })
    .await?;
    figures.extend(changed.figures(&format!("{among}, changed"), Some((1_200.0, 60.0))));
    let alternating = rounds(subject, time, || {
        (0..CONNECTIONS)
            .map(|connection| Changes::new(subject, &ids, connection, true))
            .collect()
    })
    .await?;
    figures.extend(alternating.figures(&format!("{among}, each after a change by its reader"), None));
    for order in ORDERS {
        let mut times = Vec::new();
        for round in 0..bench.size(200) {
            let request = graphql(
                &subject.address,
                &subject.token,
                PAGE,
                &json!({ "orderBy": order, "round": round }),
            );
            let sent = std::time::Instant::now();
            connection.send(&request).await?;
            times.push(sent.elapsed());
        }
        figures.push(Figure::of(
            format!("{among}, one at a time, {order}: p50"),
            "ms",
            &[quantile_ms(&times, 0.5)],
        ));
    }
    Ok(Measured {
        figures,
        changed_cpu_ms: changed.cpu_ms(),
    })
}

/// Several runs of the same load.
struct Rounds(Vec<Run>);

async fn rounds<R: Requests>(
    subject: &Subject,
    time: Duration,
    mut connections: impl FnMut() -> Vec<R>,
) -> anyhow::Result<Rounds> {
    // The first only warms up.
    load(subject, connections(), time).await?;
    let mut runs = Vec::new();
    for _ in 0..ROUNDS {
        runs.push(load(subject, connections(), time).await?);
    }
    Ok(Rounds(runs))
}

impl Rounds {
    fn of(&self, what: String, unit: &'static str, value: fn(&Run) -> f64) -> Figure {
        Figure::of(what, unit, &self.0.iter().map(value).collect::<Vec<_>>())
    }

    fn cpu_ms(&self) -> f64 {
        self.of(String::new(), "ms", |run| run.cpu_ms).median
    }

    /// `goal`: at least so many in a second, with a p99 of at most so many milliseconds.
    fn figures(&self, what: &str, goal: Option<(f64, f64)>) -> Vec<Figure> {
        let mut rate = self.of(format!("{what}: pages"), "1/s", |run| run.per_second);
        let mut slow = self.of(format!("{what}: p99"), "ms", |run| run.p99_ms);
        if let Some((least, most)) = goal {
            rate = rate.at_least(least);
            slow = slow.at_most(most);
        }
        let middle = self.of(format!("{what}: p50"), "ms", |run| run.p50_ms);
        let cpu = self.of(format!("{what}: cpu for each page"), "ms", |run| run.cpu_ms);
        let mut figures = vec![rate, middle, slow, cpu];
        if self.0.iter().any(|run| run.others_per_second > 0.0) {
            figures.push(self.of(format!("{what}: changes besides"), "1/s", |run| run.others_per_second));
        }
        figures
    }
}

/// Changes of projects, each followed by the page where that is wanted.
struct Changes {
    page: Option<Vec<u8>>,
    change: Vec<u8>,
    address: String,
    token: String,
    projects: Vec<String>,
}

impl Changes {
    /// Beginning with another project for each connection.
    fn new(subject: &Subject, projects: &[String], connection: usize, and_page: bool) -> Self {
        let variables = json!({ "orderBy": "NAME_ASC" });
        let mut projects = projects.to_vec();
        let shift = connection % projects.len();
        projects.rotate_left(shift);
        Self {
            page: and_page.then(|| graphql(&subject.address, &subject.token, PAGE, &variables)),
            change: Vec::new(),
            address: subject.address.clone(),
            token: subject.token.clone(),
            projects,
        }
    }
}

impl Requests for Changes {
    fn next(&mut self, index: usize) -> (&[u8], bool) {
        if let Some(page) = self.page.as_ref().filter(|_| index % 2 == 1) {
            return (page, true);
        }
        let project = &self.projects[index / 2 % self.projects.len()];
        let variables = json!({ "id": project, "text": format!("Changed for the {index}th time.") });
        self.change = graphql(&self.address, &self.token, CHANGE, &variables);
        (&self.change, false)
    }
}

/// A page that was never asked for before: a variable that the document does not use differs.
struct Fresh {
    request: Vec<u8>,
    /// Where the counter stands in it.
    counter: std::ops::Range<usize>,
}

const COUNTER: &str = "0000000000";

impl Fresh {
    fn new(subject: &Subject, connection: usize) -> Self {
        let variables = json!({ "orderBy": "NAME_ASC", "connection": connection, "counter": COUNTER });
        let request = graphql(&subject.address, &subject.token, PAGE, &variables);
        let at = request
            .windows(COUNTER.len())
            .rposition(|window| window == COUNTER.as_bytes())
            .unwrap_or_default();
        Self {
            request,
            counter: at..at + COUNTER.len(),
        }
    }
}

impl Requests for Fresh {
    fn next(&mut self, index: usize) -> (&[u8], bool) {
        self.request[self.counter.clone()].copy_from_slice(format!("{index:010}").as_bytes());
        (&self.request, true)
    }
}

async fn ids(connection: &mut Connection, token: &str) -> anyhow::Result<Vec<String>> {
    let data = connection
        .ask(token, "{ projects(first: 50) { nodes { id } } }", &json!({}))
        .await?;
    let nodes = data["projects"]["nodes"].as_array().cloned().unwrap_or_default();
    let ids: Vec<_> = nodes
        .iter()
        .filter_map(|node: &Value| Some(node["id"].as_str()?.to_owned()))
        .collect();
    anyhow::ensure!(!ids.is_empty(), "there are no projects");
    Ok(ids)
}
