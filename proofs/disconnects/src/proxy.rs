//! A bad network: a TCP proxy that breaks each connection in its own way.
//!
//! A connection is broken once something was streamed on it, so that the break comes in the middle; a few are broken
//! before. A stalled one stays open and says nothing more, as when a phone leaves its network: nobody is told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// How a result is recognized in the bytes of either transport.
const MARKS: [&[u8]; 2] = [br#""type":"next""#, b"event: next"];
const CHUNK: usize = 16 * 1024;
/// What passes a slow connection at once, and the pause between.
const DRIP: usize = 700;
const DRIP_PAUSE: Duration = Duration::from_millis(15);
/// A client that has not left a stalled connection by then never will.
const UNNOTICED: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Closed in order (FIN).
    Cut,
    /// Closed without one (RST).
    Reset,
    /// Closed in the middle of a message.
    Torn,
    /// Open and dead.
    Stall,
    /// Slow from the beginning, then closed.
    Slow,
    /// Closed before anything was streamed, after so many bytes.
    Early(usize),
}

/// What has happened so far. Only breaks in the middle of a stream count as such.
#[derive(Debug, Default)]
pub struct Counts {
    pub connections: AtomicU64,
    pub cut: AtomicU64,
    pub reset: AtomicU64,
    pub torn: AtomicU64,
    pub stalled: AtomicU64,
    pub slow: AtomicU64,
    /// By the end of the server.
    pub by_server: AtomicU64,
    pub early: AtomicU64,
    /// Stalled connections that their client has left, and the longest that took, in milliseconds.
    pub noticed: AtomicU64,
    pub longest_notice: AtomicU64,
    pub unnoticed: AtomicU64,
}

impl Counts {
    /// Streams that broke in the middle.
    pub fn broken(&self) -> u64 {
        [
            &self.cut,
            &self.reset,
            &self.torn,
            &self.stalled,
            &self.slow,
            &self.by_server,
        ]
        .iter()
        .map(|count| count.load(Relaxed))
        .sum()
    }
}

/// A proxy before one server; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    target: SocketAddr,
    chance: Mutex<StdRng>,
    counts: Counts,
    is_calm: watch::Sender<bool>,
}

impl Proxy {
    pub async fn start(target: SocketAddr, seed: u64) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            target,
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            counts: Counts::default(),
            is_calm: watch::Sender::new(false),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn counts(&self) -> &Counts {
        &self.state.counts
    }

    /// No more faults: what is open stays open, but for what has stalled already.
    pub fn calm(&self) {
        self.state.is_calm.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(serve(client, Arc::clone(&state)));
    }
}

impl State {
    /// Which fault this connection will have, and how long after its stream has begun.
    fn plan(&self) -> (Fault, Duration) {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = match chance.random_range(0..100) {
            0..40 => Fault::Cut,
            40..60 => Fault::Reset,
            60..80 => Fault::Torn,
            80..82 => Fault::Stall,
            82..92 => Fault::Slow,
            _ => Fault::Early(chance.random_range(0..2_000)),
        };
        // Most are short, some are long.
        let most = if chance.random_bool(0.2) { 3_000 } else { 600 };
        (fault, Duration::from_millis(chance.random_range(0..most)))
    }

    fn is_calm(&self) -> bool {
        *self.is_calm.borrow()
    }
}

/// What the two directions and the clock share.
struct Line {
    fault: Fault,
    is_streaming: AtomicBool,
    has_begun: Notify,
    is_torn: AtomicBool,
}

async fn serve(client: TcpStream, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(state.target).await else {
        return;
    };
    let (fault, after) = state.plan();
    let counts = &state.counts;
    counts.connections.fetch_add(1, Relaxed);
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let line = Line {
        fault,
        is_streaming: AtomicBool::new(false),
        has_begun: Notify::new(),
        is_torn: AtomicBool::new(false),
    };
    let is_due = {
        let up = copy(&mut from_client, &mut to_server);
        let down = stream(&mut from_server, &mut to_client, &line, &state);
        tokio::pin!(up, down);
        tokio::select! {
            _ = &mut up => return,
            by_us = &mut down => {
                match (by_us, line.is_streaming.load(Relaxed)) {
                    (true, _) => drop(counts.early.fetch_add(1, Relaxed)),
                    (false, true) => drop(counts.by_server.fetch_add(1, Relaxed)),
                    (false, false) => {}
                }
                return;
            }
            () = due(&line, after, &state) => {}
        }
        if fault == Fault::Torn {
            line.is_torn.store(true, Relaxed);
            // Half of the next message still goes; without one it is a cut like any other.
            timeout(Duration::from_secs(1), &mut down).await.is_ok()
        } else {
            true
        }
    };
    match fault {
        Fault::Cut | Fault::Early(_) => counts.cut.fetch_add(1, Relaxed),
        Fault::Reset => {
            let _ = from_client.as_ref().set_zero_linger();
            counts.reset.fetch_add(1, Relaxed)
        }
        Fault::Torn if is_due => counts.torn.fetch_add(1, Relaxed),
        Fault::Torn => counts.cut.fetch_add(1, Relaxed),
        Fault::Slow => counts.slow.fetch_add(1, Relaxed),
        Fault::Stall => {
            counts.stalled.fetch_add(1, Relaxed);
            stall(&mut from_client, counts).await;
            0
        }
    };
}

/// Waits for the moment of the fault.
async fn due(line: &Line, after: Duration, state: &State) {
    if matches!(line.fault, Fault::Early(_)) {
        return std::future::pending().await;
    }
    line.has_begun.notified().await;
    sleep(after).await;
    if state.is_calm() {
        std::future::pending::<()>().await;
    }
}

/// Takes what the client says and answers nothing, until it leaves.
async fn stall(client: &mut OwnedReadHalf, counts: &Counts) {
    let since = Instant::now();
    let mut ignored = [0; CHUNK];
    let left = timeout(UNNOTICED, async {
        while matches!(client.read(&mut ignored).await, Ok(1..)) {}
    });
    if left.await.is_ok() {
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        counts.noticed.fetch_add(1, Relaxed);
        counts.longest_notice.fetch_max(millis, Relaxed);
    } else {
        counts.unnoticed.fetch_add(1, Relaxed);
    }
}

async fn copy(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) -> std::io::Result<u64> {
    tokio::io::copy(from, to).await
}

/// From the server to the client, until one of them ends (false) or the fault of this line says so (true).
async fn stream(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, line: &Line, state: &State) -> bool {
    let mut chunk = vec![0; CHUNK];
    let mut passed = 0;
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let bytes = &chunk[..count];
        if line.is_torn.load(Relaxed) {
            let _ = to.write_all(&bytes[..count / 2]).await;
            return true;
        }
        if let Fault::Early(limit) = line.fault
            && passed + count > limit
            && !state.is_calm()
        {
            let _ = to.write_all(&bytes[..limit.saturating_sub(passed)]).await;
            return true;
        }
        passed += count;
        if !line.is_streaming.load(Relaxed) && MARKS.iter().any(|mark| contains(bytes, mark)) {
            line.is_streaming.store(true, Relaxed);
            line.has_begun.notify_one();
        }
        if !pass(bytes, to, line.fault == Fault::Slow && !state.is_calm()).await {
            return false;
        }
    }
    false
}

async fn pass(bytes: &[u8], to: &mut OwnedWriteHalf, is_slow: bool) -> bool {
    if !is_slow {
        return to.write_all(bytes).await.is_ok();
    }
    for drop in bytes.chunks(DRIP) {
        if to.write_all(drop).await.is_err() {
            return false;
        }
        sleep(DRIP_PAUSE).await;
    }
    true
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}
