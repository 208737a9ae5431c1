//! One answer as it is written: how long after the agent has sent a piece of text a subscriber has it, and how many bytes
//! the whole answer costs it. The agent is the real OpenCode, its model the scripted one.
//!
//! A piece's time runs from the moment in which OpenCode's own stream brings it to the load generator, to the moment in which
//! the subscriber has text that reaches as far.

use std::{path::Path, time::Instant};

use anyhow::{Context, ensure};
use client::{
    Client,
    types::{CreateProjectInput, ProjectSourceInput},
};
use fakes::llm::{Llm, opencode_config};

use super::Scenario;
use crate::{
    Bench,
    agent::Agent,
    database::Kind,
    events::Events,
    figure::{Figure, quantile_ms},
    socket::{Socket, find, text},
    subject::Subject,
};

pub const SCENARIO: Scenario = Scenario {
    name: "answer",
    about: "delay and bytes of a 2,000-token answer, from the real OpenCode to a subscriber",
    run: |bench| Box::pin(run(bench)),
};

const TOKENS: usize = 2_000;

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let Some(opencode) = &bench.opencode else {
        println!("OpenCode is not there: left out.");
        return Ok(Vec::new());
    };
    let mut figures = Vec::new();
    for (delay_ms, pace, transport) in [
        (0, "as fast as the agent can", Transport::EventsInGzip),
        (10, "100 tokens/s", Transport::EventsInGzip),
        (10, "100 tokens/s", Transport::WebSocket),
    ] {
        let mut answers = Vec::new();
        for _ in 0..if bench.quick { 1 } else { 3 } {
            answers.push(measure(bench, opencode, delay_ms, transport).await?);
        }
        let figure = |what: &str, unit, of: fn(&Answer) -> f64| {
            let samples: Vec<f64> = answers.iter().map(of).collect();
            Figure::of(
                format!("{TOKENS} tokens, {pace}, {}: {what}", transport.name()),
                unit,
                &samples,
            )
        };
        figures.push(figure("delay of a piece, p50", "ms", |answer| answer.p50_ms));
        figures.push(figure("delay of a piece, p95", "ms", |answer| answer.p95_ms).at_most(60.0));
        let bytes = figure("bytes to the subscriber", "kB", |answer| answer.kb);
        // No kept library speaks compressed WebSocket: who counts bytes takes the events.
        figures.push(match transport {
            Transport::EventsInGzip => bytes.at_most(60.0),
            Transport::WebSocket => bytes,
        });
        figures.push(figure("messages to the subscriber", "", |answer| answer.messages));
        figures.push(figure("bytes of OpenCode's own stream", "kB", |answer| answer.agent_kb));
    }
    Ok(figures)
}

#[derive(Clone, Copy)]
enum Transport {
    EventsInGzip,
    WebSocket,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::EventsInGzip => "events in gzip",
            Self::WebSocket => "WebSocket",
        }
    }

    async fn open(self, subject: &Subject, variables: &serde_json::Value) -> anyhow::Result<Watcher> {
        let query = client::operations::session_stream::QUERY;
        Ok(match self {
            Self::EventsInGzip => {
                let events = Events::open(&subject.address, &subject.token, query, variables).await?;
                Watcher::Events(Box::new(events))
            }
            Self::WebSocket => {
                let mut socket = Socket::open(&subject.address, &subject.token).await?;
                socket.subscribe("1", query, variables).await?;
                Watcher::Socket(socket)
            }
        })
    }
}

/// Who watches the session.
enum Watcher {
    Events(Box<Events>),
    Socket(Socket),
}

impl Watcher {
    async fn next(&mut self) -> anyhow::Result<&[u8]> {
        match self {
            Self::Events(events) => events.next().await,
            Self::Socket(socket) => socket.next().await,
        }
    }

    fn received(&self) -> u64 {
        match self {
            Self::Events(events) => events.received,
            Self::Socket(socket) => socket.received,
        }
    }
}

struct Answer {
    p50_ms: f64,
    p95_ms: f64,
    kb: f64,
    messages: f64,
    agent_kb: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of bytes")]
async fn measure(bench: &Bench, opencode: &Path, delay_ms: u32, transport: Transport) -> anyhow::Result<Answer> {
    let llm = Llm::start().await?;
    let database = bench.database(Kind::Sqlite).await?;
    let config = database.data_dir().with_file_name("agent.json");
    std::fs::write(&config, opencode_config(&llm.url()).to_string())?;
    let (program, config) = (opencode.display().to_string(), config.display().to_string());
    let environment = [
        ("PCC_AGENT_COMMAND", program.as_str()),
        ("PCC_AGENT_CONFIG", config.as_str()),
    ];
    let subject = bench.start_with(&database, &environment).await?;
    let client = Client::new(&format!("http://{}", subject.address), subject.token.clone().into())?;
    let accepted = client
        .create_project(CreateProjectInput {
            name: "Answer".to_owned(),
            slug: Some("answer".to_owned()),
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await?;
    client.wait_for_operation(&accepted.operation.id).await?;
    let session = client.create_session(&accepted.project.id, None).await?;
    let agent = Agent::find(&database.data_dir())?;
    agent.move_to(&bench.machine.load_cores)?;

    // A first answer, so that what happens once for all is over.
    let variables = serde_json::json!({ "session": session.id });
    let mut watcher = transport.open(&subject, &variables).await?;
    client.send_prompt(&session.id, "[[tokens 20]]").await?;
    let _ = until_idle(&mut watcher).await?;

    let mut stream = agent.listen().await?;
    let received = watcher.received();
    let listening = tokio::spawn(async move {
        let (mut pieces, mut end) = (Vec::new(), 0);
        let length: usize = (0..TOKENS).map(|number| format!("word{number} ").len()).sum();
        while end + 1 < length {
            let (more, at) = stream.delta().await?;
            end += more;
            pieces.push((end, at));
        }
        anyhow::Ok((pieces, stream.received))
    });
    client
        .send_prompt(&session.id, &format!("[[tokens {TOKENS}]] [[delay {delay_ms}]]"))
        .await?;
    let (messages, told) = until_idle(&mut watcher).await?;
    let (pieces, agent_bytes) = listening.await??;
    let mut delays = Vec::with_capacity(pieces.len());
    for (end, at) in &pieces {
        let has = told.iter().find(|(told, _)| told >= end).context("text is missing")?;
        delays.push(has.1.saturating_duration_since(*at));
    }
    ensure!(delays.len() * 2 > TOKENS, "the agent sent {} pieces only", delays.len());
    Ok(Answer {
        p50_ms: quantile_ms(&delays, 0.5),
        p95_ms: quantile_ms(&delays, 0.95),
        kb: (watcher.received() - received) as f64 / 1e3,
        messages: messages as f64,
        agent_kb: agent_bytes as f64 / 1e3,
    })
}

/// Reads until the session has been busy and is idle again: the number of messages, and how far the text reached when.
async fn until_idle(watcher: &mut Watcher) -> anyhow::Result<(usize, Vec<(usize, Instant)>)> {
    let (mut messages, mut was_busy, mut told) = (0, false, Vec::new());
    loop {
        let message = watcher.next().await?;
        let at = Instant::now();
        messages += 1;
        match text(message, "__typename").context("a message of no type")? {
            "TextAppended" => {
                let offset = find(message, b"\"offset\":").context("no offset")? + "\"offset\":".len();
                let digits = message[offset..].iter().take_while(|byte| byte.is_ascii_digit());
                let offset = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
                told.push((offset + text(message, "text").context("no text")?.len(), at));
            }
            "SessionStatusChanged" if find(message, b"\"status\":\"IDLE\"").is_none() => was_busy = true,
            "SessionStatusChanged" if was_busy => return Ok((messages, told)),
            _ => {}
        }
    }
}
