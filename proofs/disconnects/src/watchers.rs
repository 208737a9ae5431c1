//! Clients that watch a session as it is written. Whatever happens to their connections, what they show is always the
//! beginning of the right text, and at the end all of it.

use std::time::Duration;

use client::{
    Applied, Client, SessionStream, Transcript,
    types::{Message, MessageRole, Part},
};
use tokio::{sync::watch, time::sleep};

use crate::speech::Speech;

pub struct Watcher {
    pub name: String,
    pub client: Client,
    pub session: String,
    /// The session's number in its speeches.
    pub number: usize,
    /// A pause after each item: a slow reader.
    pub pause: Option<Duration>,
}

/// What a watcher came to.
#[derive(Debug, Default)]
pub struct Watched {
    /// How often the text was looked at and found right.
    pub looks: u64,
    pub snapshots: u64,
    pub faults: Vec<String>,
}

impl Watcher {
    /// Watches until it shows exactly the messages that are given as the end.
    pub async fn watch(self, mut end: watch::Receiver<Option<Vec<Message>>>) -> Watched {
        let mut watched = Watched::default();
        let mut stream = self.client.session_stream(&self.session);
        loop {
            if let (Some(end), Some(transcript)) = (&*end.borrow_and_update(), stream.transcript())
                && is_the_same(transcript, end)
            {
                return watched;
            }
            tokio::select! {
                applied = stream.next() => match applied {
                    Some(Ok(applied)) => self.look(&stream, &applied, &mut watched),
                    other => {
                        watched.faults.push(format!("{}: gave up: {other:?}", self.name));
                        return watched;
                    }
                },
                _ = end.changed() => continue,
            }
            if let Some(pause) = self.pause {
                sleep(pause).await;
            }
        }
    }

    fn look(&self, stream: &SessionStream, applied: &Applied, watched: &mut Watched) {
        let Some(transcript) = stream.transcript() else { return };
        let messages: Vec<_> = match applied {
            Applied::Snapshot => {
                watched.snapshots += 1;
                transcript.messages().iter().collect()
            }
            Applied::Message(id) | Applied::Part { message: id, .. } => transcript.message(id).into_iter().collect(),
            Applied::MessageGone(_) | Applied::Status | Applied::Todos | Applied::Nothing => Vec::new(),
        };
        for message in messages {
            watched.looks += 1;
            let known = transcript
                .messages()
                .iter()
                .filter(|known| known.id == message.id)
                .count();
            let fault = match known {
                1 if message.role == MessageRole::Assistant => Speech::fault(self.number, &text_of(message)),
                1 => None,
                _ => Some(format!("message {} comes {known} times", message.id)),
            };
            if let Some(fault) = fault
                && watched.faults.len() < 20
            {
                watched.faults.push(format!("{}: {fault}", self.name));
            }
        }
    }
}

pub fn text_of(message: &Message) -> String {
    let text = |part: &Part| match part {
        Part::TextPart(part) => part.text.clone(),
        _ => String::new(),
    };
    message.parts.iter().map(text).collect()
}

/// Whether it ends with the same messages: how far back it goes depends on when its last connection was opened.
fn is_the_same(transcript: &Transcript, end: &[Message]) -> bool {
    let shown = transcript.messages();
    let count = shown.len().min(end.len());
    count > 0 && shown[shown.len() - count..] == end[end.len() - count..]
}
