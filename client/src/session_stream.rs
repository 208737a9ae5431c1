//! The live stream of one session, over as many connections as it takes.
//!
//! Each connection starts with a snapshot, so after a break, or when the stream is out of step, a new one is opened and
//! the transcript is right again. Nothing has to be resumed.

use crate::{
    Applied, Client, Error, Subscription, Transcript, Transport,
    operations::{SessionStream as Live, session_stream},
    reconnect::Reconnect,
    types::{Session, SessionStreamItem},
};

/// A session as it happens. [`SessionStream::transcript`] is its state after the last [`SessionStream::next`].
pub struct SessionStream {
    client: Client,
    session: String,
    transcript: Option<Transcript>,
    live: Option<Subscription<Live>>,
    /// Whether this connection has brought its snapshot.
    is_in_step: bool,
    reconnect: Reconnect,
    is_over: bool,
}

impl Client {
    /// Watches a session. Nothing is sent before the first [`SessionStream::next`].
    pub fn session_stream(&self, session: &str) -> SessionStream {
        SessionStream {
            client: self.clone(),
            session: session.to_owned(),
            transcript: None,
            live: None,
            is_in_step: false,
            reconnect: Reconnect::new(self.settings()),
            is_over: false,
        }
    }
}

impl SessionStream {
    /// What is known of the session; `None` before the first snapshot.
    pub fn transcript(&self) -> Option<&Transcript> {
        self.transcript.as_ref()
    }

    pub fn session(&self) -> Option<&Session> {
        self.transcript().map(Transcript::session)
    }

    /// Waits for the next change; [`Applied::Snapshot`] at first and after each break. It ends after an error that time
    /// does not heal: the session was deleted, the token was revoked, or the server stayed away for too long.
    ///
    /// Cancel-safe: nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Applied, Error>> {
        while !self.is_over {
            match self.attempt().await {
                Ok(Applied::Nothing) => {}
                Ok(applied) => return Some(Ok(applied)),
                Err(error) => {
                    self.live = None;
                    if let Err(error) = self.reconnect.pause(error).await {
                        self.is_over = true;
                        return Some(Err(error));
                    }
                }
            }
        }
        None
    }

    /// Waits until the transcript fulfils a condition, which may be at once.
    pub async fn until(&mut self, mut condition: impl FnMut(&Transcript) -> bool) -> Result<&Transcript, Error> {
        while !self.transcript.as_ref().is_some_and(&mut condition) {
            match self.next().await {
                Some(applied) => drop(applied?),
                None => return Err(Transport::Lost.into()),
            }
        }
        self.transcript.as_ref().ok_or(Transport::Lost.into())
    }

    async fn attempt(&mut self) -> Result<Applied, Error> {
        let live = match &mut self.live {
            Some(live) => live,
            None => {
                let variables = session_stream::Variables {
                    session: self.session.clone(),
                };
                let live = self.client.subscribe::<Live>(variables).await?;
                self.is_in_step = false;
                self.reconnect.opened();
                self.live.insert(live)
            }
        };
        let item = live.next().await.unwrap_or(Err(Transport::Lost.into()))?.session_stream;
        self.apply(item)
    }

    fn apply(&mut self, item: SessionStreamItem) -> Result<Applied, Error> {
        match (item, &mut self.transcript) {
            (SessionStreamItem::SessionSnapshot(snapshot), transcript) => {
                *transcript = Some(Transcript::new(snapshot));
                self.is_in_step = true;
                Ok(Applied::Snapshot)
            }
            (item, Some(transcript)) if self.is_in_step => {
                let applied = transcript.apply(item).map_err(|_| Transport::OutOfStep)?;
                // Not the snapshot already: one that is always followed by nonsense is no working stream.
                self.reconnect.works();
                Ok(applied)
            }
            _ => Err(Transport::OutOfStep.into()),
        }
    }
}
