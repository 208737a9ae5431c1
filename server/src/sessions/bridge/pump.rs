//! From the agent's stream to rows and watchers.

use std::{collections::BTreeSet, future::pending, sync::Arc, time::Duration};

use entity::ids::{MessageId, SessionId};
use futures_util::StreamExt;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    Bridge, BridgeError,
    batch::Batch,
    known::Known,
    printing::{PRINT_AFTER, Printing},
    resync::LOOK_BACK,
};
use crate::{
    agent::{AgentEvent, PartContent, SessionActivity, TextDelta},
    sessions::part::Part,
};

/// Text is told to watchers in pieces of this time: few messages for a phone, and still alive.
const TELL_AFTER: Duration = Duration::from_millis(40);
/// Events are written in batches of this time.
const WRITE_AFTER: Duration = Duration::from_millis(50);

/// What waits to be told or written.
struct Pump {
    bridge: Bridge,
    known: Known,
    batch: Batch,
    write_at: Option<Instant>,
    /// Sessions with text that was not told yet.
    untold: BTreeSet<SessionId>,
    tell_at: Option<Instant>,
    printing: Printing,
    print_at: Option<Instant>,
}

impl Bridge {
    /// From the opening of the stream until it breaks.
    pub(super) async fn connect(&self, outbox: watch::Receiver<u64>) -> Result<(), BridgeError> {
        let mut stream = self.common.agents.events(&self.endpoint).await?;
        // What happens while we ask for the rest waits in the stream.
        loop {
            match stream.next().await.ok_or(BridgeError::Ended)?? {
                AgentEvent::Connected => break,
                event => tracing::debug!(?event, "before the stream was open"),
            }
        }
        let known = self.resync().await?;
        tracing::info!(project = %self.project, "an agent is connected");
        let mut pump = Pump {
            bridge: self.clone(),
            known,
            batch: Batch::default(),
            write_at: None,
            untold: BTreeSet::new(),
            tell_at: None,
            printing: Printing::default(),
            print_at: None,
        };
        let unread = Arc::clone(&self.unread);
        let pumping = async {
            loop {
                tokio::select! {
                    sessions = unread.next() => pump.read(sessions).await?,
                    event = stream.next() => pump.take(event.ok_or(BridgeError::Ended)??).await?,
                    () = at(pump.write_at) => pump.write().await?,
                    () = at(pump.tell_at) => pump.tell(),
                    () = at(pump.print_at) => pump.print().await?,
                }
            }
        };
        // Beside each other, not one in the arms of the other: a write that waits for the database must not keep the
        // outbox, which may be the one that holds it, from going on.
        tokio::select! {
            result = pumping => result,
            result = self.clone().carry(outbox) => result,
            result = self.clone().carry_answers() => result,
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

impl Pump {
    async fn take(&mut self, event: AgentEvent) -> Result<(), BridgeError> {
        match event {
            AgentEvent::TextDelta(delta) => return self.append(delta).await,
            AgentEvent::Disposed => return Err(BridgeError::Ended),
            AgentEvent::Heartbeat => return self.bridge.look_after_busy(&mut self.known).await,
            event => {
                let Some(event) = self.printing.take(event) else {
                    self.print_at.get_or_insert_with(|| Instant::now() + PRINT_AFTER);
                    return Ok(());
                };
                if let Some(other) = self.batch.take(event) {
                    tracing::debug!(event = ?other, "nothing to do for it");
                    return Ok(());
                }
            }
        }
        self.write_at.get_or_insert_with(|| Instant::now() + WRITE_AFTER);
        if self.batch.is_full() {
            self.write().await
        } else {
            Ok(())
        }
    }

    /// What was told of these was passed over.
    async fn read(&mut self, sessions: Vec<String>) -> Result<(), BridgeError> {
        for id in sessions {
            self.bridge.read_copy(&mut self.known, id).await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), BridgeError> {
        self.write_at = None;
        let mut batch = std::mem::take(&mut self.batch);
        let idle = batch.take_idle();
        self.bridge.apply(&mut self.known, batch).await?;
        // The stream is quick, the list is right: events may be lost, doubled, unreadable or out of order without a trace.
        for session in idle {
            self.bridge
                .read_back(&mut self.known, session, SessionActivity::Idle, None, LOOK_BACK)
                .await?;
        }
        Ok(())
    }

    async fn print(&mut self) -> Result<(), BridgeError> {
        self.print_at = None;
        for event in self.printing.drain() {
            self.batch.take(event);
        }
        self.write().await
    }

    /// Text goes to watchers only. What it belongs to may still wait to be written, or may not have been told of at all.
    async fn append(&mut self, delta: TextDelta) -> Result<(), BridgeError> {
        let place = match self.place(&delta) {
            Some(place) => Some(place),
            None if self.batch.is_empty() => None,
            None => {
                self.write().await?;
                self.place(&delta)
            }
        };
        let Some((session, message)) = place else { return Ok(()) };
        let live = &self.bridge.common.live;
        if !live.append(session, &delta.part_id, &delta.text) {
            if self.known.is_settled(message, &delta.part_id) {
                return Ok(());
            }
            // A part nobody has told of yet: it begins with this.
            let content = PartContent::Text {
                text: String::new(),
                is_synthetic: false,
                is_complete: false,
            };
            live.begin(session, message, Part::new(delta.part_id.clone(), content));
            live.append(session, &delta.part_id, &delta.text);
        }
        self.untold.insert(session);
        self.tell_at.get_or_insert_with(|| Instant::now() + TELL_AFTER);
        Ok(())
    }

    /// Where text belongs. Known once the batch that begins its part was written.
    fn place(&self, delta: &TextDelta) -> Option<(SessionId, MessageId)> {
        let key = (
            delta.session_id.clone(),
            delta.message_id.clone(),
            delta.part_id.clone(),
        );
        // Its part waits in the batch: it must be begun first, with the right kind.
        if self.batch.parts.contains_key(&key) {
            return None;
        }
        self.known.place(&delta.session_id, &delta.message_id)
    }

    fn tell(&mut self) {
        self.tell_at = None;
        for session in std::mem::take(&mut self.untold) {
            self.bridge.common.live.flush(session);
        }
    }
}
