//! HTTP/1.1 as a load generator needs it: a connection that is kept, a request prepared once as bytes, an answer read to
//! its end. Less work for each request than a client made for all cases, so that the load is never the bottleneck.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{figure::quantile_ms, subject::Subject};

pub struct Connection {
    stream: TcpStream,
    address: String,
    buffer: Vec<u8>,
}

pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address: address.to_owned(),
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer<'_>> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        self.send(request.as_bytes()).await
    }

    /// Sends what [`graphql`] prepared, and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the connection was closed");
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.get(9..12).context("no status")?.parse()?;
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("an answer without a length")?
            .parse::<usize>()?;
        while self.buffer.len() < head + length {
            ensure!(
                self.stream.read_buf(&mut self.buffer).await? > 0,
                "the answer was cut off"
            );
        }
        Ok(Answer {
            status,
            body: &self.buffer[head..head + length],
        })
    }

    /// One GraphQL request; its `data`. For setting up, not for measuring.
    pub async fn ask(
        &mut self,
        token: &str,
        query: &str,
        variables: &serde_json::Value,
    ) -> anyhow::Result<serde_json::Value> {
        let request = graphql(&self.address.clone(), token, query, variables);
        let answer = self.send(&request).await?;
        let mut body: serde_json::Value = serde_json::from_slice(answer.body)?;
        ensure!(body.get("errors").is_none(), "{body}");
        Ok(body["data"].take())
    }
}

/// A whole request as bytes.
pub fn graphql(address: &str, token: &str, query: &str, variables: &serde_json::Value) -> Vec<u8> {
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\naccept: application/graphql-response+json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut request = head.into_bytes();
    request.extend_from_slice(body.as_bytes());
    request
}

/// What one run of load came to.
pub struct Run {
    /// Of those that are measured, as everything below.
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Processor time of the server for each request, in milliseconds.
    pub cpu_ms: f64,
    /// Of those that are not measured, which is what the load does besides.
    pub others_per_second: f64,
}

/// The requests of one connection, one after the other: `next(i)` is what is sent, and whether it is measured.
pub trait Requests: Send + 'static {
    fn next(&mut self, index: usize) -> (&[u8], bool);
}

impl Requests for Box<dyn Requests> {
    fn next(&mut self, index: usize) -> (&[u8], bool) {
        (**self).next(index)
    }
}

/// The same request over and over.
impl Requests for Arc<[u8]> {
    fn next(&mut self, _index: usize) -> (&[u8], bool) {
        (self, true)
    }
}

/// Keeps these connections busy for this long, each with its next request as soon as it has its answer.
pub async fn load<R: Requests>(subject: &Subject, connections: Vec<R>, time: Duration) -> anyhow::Result<Run> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let (cpu_before, since) = (subject.cpu()?, Instant::now());
    for mut requests in connections {
        let (stop, address) = (Arc::clone(&stop), subject.address.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let (mut times, mut others) = (Vec::new(), 0_u32);
            for index in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (request, is_measured) = requests.next(index);
                let sent = Instant::now();
                let answer = connection.send(request).await?;
                ensure!(
                    answer.status == 200 && !answer.body.starts_with(b"{\"errors\""),
                    "{}: {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)])
                );
                if is_measured {
                    times.push(sent.elapsed());
                } else {
                    others += 1;
                }
            }
            anyhow::Ok((times, others))
        });
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let (mut times, mut others) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (more, besides) = done??;
        times.extend(more);
        others += besides;
    }
    let took = since.elapsed().as_secs_f64();
    let cpu = (subject.cpu()? - cpu_before).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = times.len() as f64;
    Ok(Run {
        per_second: count / took,
        p50_ms: quantile_ms(&times, 0.5),
        p99_ms: quantile_ms(&times, 0.99),
        cpu_ms: cpu * 1e3 / count,
        others_per_second: f64::from(others) / took,
    })
}
