//! How long a server takes from its start to its first answer over a large database.

use super::Scenario;
use crate::{Bench, figure::Figure, http::Connection, rows};

pub const SCENARIO: Scenario = Scenario {
    name: "start",
    about: "ready after start, with 10,000 projects and 1,000,000 events",
    run: |bench| Box::pin(run(bench)),
};

const STARTS: usize = 10;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let (projects, events) = (bench.size(10_000), bench.size(1_000_000));
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        let database = bench.database(kind).await?;
        let db = database.open().await?;
        let ids = rows::projects(&db, projects).await?;
        rows::events(&db, &ids, events).await?;
        db.close().await?;
        let (mut ready, mut cpu, mut answered) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let subject = bench.start(&database).await?;
            ready.push(subject.ready_after.as_secs_f64() * 1e3);
            cpu.push(subject.ready_cpu.as_secs_f64() * 1e3);
            let since = std::time::Instant::now();
            let mut connection = Connection::open(&subject.address).await?;
            let page = "{ projects(first: 50) { nodes { id name } } }";
            connection.ask(&subject.token, page, &serde_json::json!({})).await?;
            answered.push((subject.ready_after + since.elapsed()).as_secs_f64() * 1e3);
            subject.end()?;
        }
        let with = format!("{projects} projects, {events} events");
        figures.push(
            Figure::of(format!("{with}: start to ready"), "ms", &ready)
                .on(kind)
                .at_most(300.0),
        );
        figures.push(Figure::of(format!("{with}: start to ready, cpu"), "ms", &cpu).on(kind));
        figures.push(Figure::of(format!("{with}: start to first page"), "ms", &answered).on(kind));
    }
    Ok(figures)
}
