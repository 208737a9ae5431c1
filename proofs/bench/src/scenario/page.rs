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
      sessions(first: 1) { nodes { id title status updatedAt } }
      createdAt updatedAt
    }
    pageInfo { endCursor hasNextPage }
  }
}";
const RENAME: &str = "mutation Rename($id: ID!, $text: String!) { updateProject(input: {id: $id, description: $text}) { clientMutationId } }";
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
    let (unchanged, _) = rounds(subject, time, || Arc::clone(&same)).await?;
    figures.extend(unchanged.figures(&format!("{among}, unchanged"), 10_000.0, 15.0));

    // Each connection changes a project, then asks for the page: between any two requests there is a change. The
    // server's processor time is that of both; what the change alone costs is measured after.
    let mut which = 0;
    let (both, both_cpu) = rounds(subject, time, || {
        which += 1;
        Changing {
            page: page("NAME_ASC"),
            change: Vec::new(),
            address: subject.address.clone(),
            token: subject.token.clone(),
            project: ids[which % ids.len()].clone(),
            pages: true,
        }
    })
    .await?;
    figures.extend(both.figures(
        &format!("{among}, each after a change by the same server"),
        f64::NAN,
        f64::NAN,
    ));
    // The same page, never the same request: every answer is made anew, and the changes come from the side.
    let (fresh, fresh_cpu) = rounds(subject, time, || {
        which += 1;
        Fresh::new(subject, which)
    })
    .await?;
    figures.extend(fresh.figures(&format!("{among}, changed"), 1_200.0, 60.0));
    figures.push(Figure::of(
        format!("{among}, a change alone: cpu"),
        "ms",
        &[both_cpu - fresh_cpu],
    ));
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
        changed_cpu_ms: fresh_cpu,
    })
}

/// Several runs of the same load.
struct Rounds(Vec<Run>);

async fn rounds<R: Requests>(
    subject: &Subject,
    time: Duration,
    mut connection: impl FnMut() -> R,
) -> anyhow::Result<(Rounds, f64)> {
    let mut runs = Vec::new();
    for round in 0..=ROUNDS {
        let connections = (0..CONNECTIONS).map(|_| connection()).collect();
        let run = load(subject, connections, time).await?;
        // The first only warms up.
        if round > 0 {
            runs.push(run);
        }
    }
    let cpu = Figure::of("", "", &runs.iter().map(|run| run.cpu_ms).collect::<Vec<_>>()).median;
    Ok((Rounds(runs), cpu))
}

impl Rounds {
    fn figures(&self, what: &str, rate: f64, p99: f64) -> Vec<Figure> {
        let of = |name: &str, unit, value: fn(&Run) -> f64| {
            Figure::of(
                format!("{what}: {name}"),
                unit,
                &self.0.iter().map(value).collect::<Vec<_>>(),
            )
        };
        let (mut per_second, mut slow) = (
            of("requests", "1/s", |run| run.per_second),
            of("p99", "ms", |run| run.p99_ms),
        );
        if !rate.is_nan() {
            per_second = per_second.at_least(rate);
            slow = slow.at_most(p99);
        }
        vec![
            per_second,
            of("p50", "ms", |run| run.p50_ms),
            slow,
            of("cpu", "ms", |run| run.cpu_ms),
        ]
    }
}

/// A change, then the page.
struct Changing {
    page: Vec<u8>,
    change: Vec<u8>,
    address: String,
    token: String,
    project: String,
    pages: bool,
}

impl Requests for Changing {
    fn next(&mut self, index: usize) -> (&[u8], bool) {
        if self.pages && index % 2 == 1 {
            return (&self.page, true);
        }
        let variables = json!({ "id": self.project, "text": format!("Changed for the {index}th time.") });
        self.change = graphql(&self.address, &self.token, RENAME, &variables);
        (&self.change, false)
    }
}

/// A page that was never asked for before: a variable that the document does not use differs.
struct Fresh {
    start: Vec<u8>,
    request: Vec<u8>,
}

/// Where the counter stands in the request; as long as the numbers.
const COUNTER: &str = "0000000000";

impl Fresh {
    fn new(subject: &Subject, which: usize) -> Self {
        let variables = json!({ "orderBy": "NAME_ASC", "which": which, "counter": COUNTER });
        Self {
            start: graphql(&subject.address, &subject.token, PAGE, &variables),
            request: Vec::new(),
        }
    }
}

impl Requests for Fresh {
    fn next(&mut self, index: usize) -> (&[u8], bool) {
        let at = self
            .start
            .windows(COUNTER.len())
            .rposition(|window| window == COUNTER.as_bytes());
        self.request.clone_from(&self.start);
        if let Some(at) = at {
            self.request[at..at + COUNTER.len()].copy_from_slice(format!("{index:010}").as_bytes());
        }
        (&self.request, true)
    }
}

async fn ids(connection: &mut Connection, token: &str) -> anyhow::Result<Vec<String>> {
    let data = connection
        .ask(token, "{ projects(first: 50) { nodes { id } } }", &json!({}))
        .await?;
    let nodes = data["projects"]["nodes"].as_array().cloned().unwrap_or_default();
    Ok(nodes
        .iter()
        .filter_map(|node: &Value| Some(node["id"].as_str()?.to_owned()))
        .collect())
}
