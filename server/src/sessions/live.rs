//! Text while it is written: in memory, for whoever watches now, and never stored.
//!
//! The agent itself does not keep text that is being written, so this is the only place to ask for it. A watcher first
//! gets everything that is open, in the same moment from which on it gets what follows: no gap, nothing twice. One that
//! does not keep up loses its backlog and is told so; it asks for everything again.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::{
    ids::{MessageId, SessionId},
    session::{Activity, SessionStatus},
};
use tokio::sync::broadcast;

use super::part::Part;

/// News that a slow watcher may be behind.
const BACKLOG: usize = 256;
/// Characters of one part kept while it is written. A longer one is shown whole when it is finished.
const MAX_OPEN_TEXT: usize = 1024 * 1024;

/// Something a watcher of a session should know.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// More text of a part; the offset is in UTF-16 code units, as clients count.
    Text {
        message: MessageId,
        part: String,
        offset: usize,
        text: String,
    },
    /// A part was begun, changed or finished in another way than by more text.
    Part { message: MessageId, part: Box<Part> },
    /// A message was added, changed or removed.
    Message(MessageId),
    /// The agent has set itself something else to do.
    Todos,
    Status {
        status: SessionStatus,
        activity: Option<Activity>,
    },
    /// What is open is not what it was: look at everything again.
    Resync,
    /// The session is gone.
    Gone,
}

/// A part that is being written.
#[derive(Clone, Debug)]
pub struct OpenPart {
    pub message: MessageId,
    /// With the text so far.
    pub part: Part,
}

#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<HashMap<SessionId, Channel>>>);

struct Channel {
    open: BTreeMap<String, Open>,
    news: broadcast::Sender<Arc<News>>,
}

struct Open {
    message: MessageId,
    part: Part,
    text: String,
    /// How much of the text was told.
    told: Told,
    /// Some of its text was missed: what follows cannot be appended, and only the finished part will be whole.
    is_broken: bool,
}

#[derive(Clone, Copy, Default)]
struct Told {
    bytes: usize,
    utf16: usize,
}

impl Channel {
    fn new() -> Self {
        Self {
            open: BTreeMap::new(),
            news: broadcast::Sender::new(BACKLOG),
        }
    }

    fn tell(&self, news: News) {
        // Nobody watching is no fault.
        let _ = self.news.send(Arc::new(news));
    }

    fn open_part(&mut self, message: MessageId, part: Part, text: String, is_broken: bool) {
        self.tell(News::Part {
            message,
            part: Box::new(part.clone()),
        });
        let told = Told {
            bytes: text.len(),
            utf16: utf16_len(&text),
        };
        self.open.insert(
            part.id.clone(),
            Open {
                message,
                part,
                text,
                told,
                is_broken,
            },
        );
    }

    /// Tells what was appended since the last time.
    fn flush(&mut self) {
        let mut news = Vec::new();
        for (id, open) in &mut self.open {
            let text = &open.text[open.told.bytes..];
            if text.is_empty() {
                continue;
            }
            news.push(News::Text {
                message: open.message,
                part: id.clone(),
                offset: open.told.utf16,
                text: text.to_owned(),
            });
            open.told = Told {
                bytes: open.text.len(),
                utf16: open.told.utf16 + utf16_len(text),
            };
        }
        news.into_iter().for_each(|news| self.tell(news));
    }
}

pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Channel>> {
        // Nothing is left half-done under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, session: SessionId, change: impl FnOnce(&mut Channel) -> T) -> T {
        let mut all = self.lock();
        let channel = all.entry(session).or_insert_with(Channel::new);
        let result = change(channel);
        if channel.open.is_empty() && channel.news.receiver_count() == 0 {
            all.remove(&session);
        }
        result
    }

    /// What is open now, and all news from now on.
    pub fn watch(&self, session: SessionId) -> (Vec<OpenPart>, broadcast::Receiver<Arc<News>>) {
        let mut all = self.lock();
        let channel = all.entry(session).or_insert_with(Channel::new);
        (open_parts(channel), channel.news.subscribe())
    }

    /// What is open now.
    pub fn open(&self, session: SessionId) -> Vec<OpenPart> {
        self.lock().get(&session).map(open_parts).unwrap_or_default()
    }

    /// A part of text that was begun, or is told again while it grows. Our own text is kept where it is longer: the
    /// agent's lists do not have what is still being written.
    pub fn begin(&self, session: SessionId, message: MessageId, part: Part) {
        let text = part.text().unwrap_or_default().to_owned();
        self.with(session, |channel| {
            if let Some(open) = channel.open.get_mut(&part.id) {
                if open.is_broken {
                    // Told from its beginning after all.
                    open.is_broken = false;
                    if open.text.is_empty() && text.is_empty() {
                        return;
                    }
                } else if open.text.starts_with(&text) {
                    return;
                }
                let is_more = text.starts_with(&open.text);
                open.text = text;
                if is_more {
                    channel.flush();
                } else {
                    // Written anew: what was told is not a beginning of it.
                    open.told = Told {
                        bytes: open.text.len(),
                        utf16: utf16_len(&open.text),
                    };
                    channel.tell(News::Resync);
                }
                return;
            }
            channel.open_part(message, part, text, false);
        });
    }

    /// A part of text that was begun while nobody listened, or went on meanwhile. What is missing is not to be had
    /// before it is finished, so what follows is left out: watchers keep what they have, and then get all of it.
    pub fn break_off(&self, session: SessionId, message: MessageId, part: Part) {
        let text = part.text().unwrap_or_default().to_owned();
        self.with(session, |channel| match channel.open.get_mut(&part.id) {
            Some(open) => open.is_broken = true,
            None => channel.open_part(message, part, text, true),
        });
    }

    /// More text of a part that was begun. The answer is false for one that was not.
    pub fn append(&self, session: SessionId, part: &str, text: &str) -> bool {
        let mut all = self.lock();
        let Some(open) = all.get_mut(&session).and_then(|channel| channel.open.get_mut(part)) else {
            return false;
        };
        if !open.is_broken && open.text.len() + text.len() <= MAX_OPEN_TEXT {
            open.text.push_str(text);
        }
        true
    }

    /// Tells everybody what was appended since the last time.
    pub fn flush(&self, session: SessionId) {
        if let Some(channel) = self.lock().get_mut(&session) {
            channel.flush();
        }
    }

    /// A part as it was stored: finished, or one that is not written bit by bit.
    pub fn stored(&self, session: SessionId, message: MessageId, part: &Part) {
        self.with(session, |channel| {
            channel.flush();
            let was_open = channel.open.remove(&part.id);
            // Who has read it to its end needs no second copy.
            if was_open.is_none_or(|open| part.text() != Some(&open.text)) {
                channel.tell(News::Part {
                    message,
                    part: Box::new(part.clone()),
                });
            }
        });
    }

    /// Forgets what is open: it will be written anew, or never.
    pub fn abandon(&self, session: SessionId) {
        self.with(session, |channel| {
            if !channel.open.is_empty() {
                channel.open.clear();
                channel.tell(News::Resync);
            }
        });
    }

    /// Forgets what is open of one message: it will not be written any more.
    pub fn close(&self, session: SessionId, message: MessageId) {
        self.with(session, |channel| {
            channel.flush();
            channel.open.retain(|_, open| open.message != message);
        });
    }

    pub fn tell(&self, session: SessionId, news: News) {
        if let Some(channel) = self.lock().get(&session) {
            channel.tell(news);
        }
    }
}

fn open_parts(channel: &Channel) -> Vec<OpenPart> {
    channel
        .open
        .values()
        .map(|open| OpenPart {
            message: open.message,
            part: open.part.clone().with_text(open.text.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::PartContent;

    fn text(id: &str, text: &str, is_complete: bool) -> Part {
        let content = PartContent::Text {
            text: text.to_owned(),
            is_synthetic: false,
            is_complete,
        };
        Part::new(id.to_owned(), content)
    }

    fn drain(news: &mut broadcast::Receiver<Arc<News>>) -> Vec<News> {
        std::iter::from_fn(|| news.try_recv().ok())
            .map(|news| (*news).clone())
            .collect()
    }

    #[test]
    fn a_watcher_gets_the_text_so_far_and_then_what_follows() {
        let (live, session, message) = (Live::default(), SessionId::generate(), MessageId::generate());
        live.begin(session, message, text("p", "", false));
        assert!(live.append(session, "p", "Hi 🦀"));
        live.flush(session);
        let (open, mut news) = live.watch(session);
        assert_eq!(open[0].part.text(), Some("Hi 🦀"));
        assert!(live.append(session, "p", " there"));
        live.flush(session);
        let more = News::Text {
            message,
            part: "p".to_owned(),
            offset: 5,
            text: " there".to_owned(),
        };
        assert_eq!(drain(&mut news), [more]);
        live.stored(session, message, &text("p", "Hi 🦀 there", true));
        assert_eq!(drain(&mut news), [], "the text was told already");
    }

    #[test]
    fn a_final_text_that_differs_is_told_whole() {
        let (live, session, message) = (Live::default(), SessionId::generate(), MessageId::generate());
        live.begin(session, message, text("p", "", false));
        live.append(session, "p", "abc");
        let (_, mut news) = live.watch(session);
        let whole = text("p", "abcdef", true);
        live.stored(session, message, &whole);
        let told = drain(&mut news);
        assert_eq!(
            told.last(),
            Some(&News::Part {
                message,
                part: Box::new(whole)
            })
        );
    }

    #[test]
    fn text_that_was_missed_is_not_papered_over() {
        let (live, session, message) = (Live::default(), SessionId::generate(), MessageId::generate());
        live.begin(session, message, text("p", "", false));
        live.append(session, "p", "one ");
        live.flush(session);
        let (_, mut news) = live.watch(session);
        live.break_off(session, message, text("p", "", false));
        assert!(live.append(session, "p", "three"), "it belongs to a part that is known");
        live.flush(session);
        assert_eq!(live.open(session)[0].part.text(), Some("one "));
        let whole = text("p", "one two three", true);
        live.stored(session, message, &whole);
        assert_eq!(
            drain(&mut news),
            [News::Part {
                message,
                part: Box::new(whole)
            }]
        );
    }

    #[test]
    fn nothing_is_kept_for_nobody() {
        let (live, session, message) = (Live::default(), SessionId::generate(), MessageId::generate());
        live.begin(session, message, text("p", "", false));
        live.stored(session, message, &text("p", "x", true));
        assert!(live.lock().is_empty());
        assert!(!live.append(session, "p", "late"));
    }
}
