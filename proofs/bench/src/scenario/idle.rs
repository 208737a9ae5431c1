//! What the server costs while nothing happens, and how long an empty one takes to its first answer.

use std::time::Duration;

use super::Scenario;
use crate::{Bench, figure::Figure, http::Connection};

pub const SCENARIO: Scenario = Scenario {
    name: "idle",
    about: "memory of a server without children, and start to first answer on an empty database",
    run: |bench| Box::pin(run(bench)),
};

/// Until what was needed for starting alone is given back, and first timers have run.
const SETTLE: Duration = Duration::from_secs(5);
const MEGABYTE: f64 = 1e6;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        let (mut starts, mut memory) = (Vec::new(), Vec::new());
        for _ in 0..bench.size(10).max(3) {
            let database = bench.database(kind).await?;
            let subject = bench.start(&database).await?;
            let mut connection = Connection::open(&subject.address).await?;
            connection
                .ask(&subject.token, "{ __typename }", &serde_json::json!({}))
                .await?;
            starts.push(subject.ready_after.as_secs_f64() * 1e3);
            if memory.len() < 3 {
                tokio::time::sleep(SETTLE).await;
                memory.push(subject.resident_bytes()? / MEGABYTE);
            }
            subject.end()?;
        }
        figures.push(Figure::of("empty database: start to first answer", "ms", &starts).on(kind));
        figures.push(
            Figure::of("idle memory, resident", "MB", &memory)
                .on(kind)
                .at_most(40.0),
        );
    }
    Ok(figures)
}
