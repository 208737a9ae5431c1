//! Watching one session: everything first, then what changes, text as it is written.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Object, SimpleObject, Subscription, Union};
use entity::ids::{MessageId, SessionId};
use futures_util::{Stream, stream};
use sea_orm::DbErr;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    Message, Session, load_message,
    open::with_open,
    parts::Part,
    todos::TodosChanged,
    types::{SessionActivity, SessionStatus},
};
use crate::{
    caller::Scope,
    db::Database,
    events::EventLog,
    graphql::{ContextExt, Failure, Id, Result, scalar::Cursor},
    sessions::{
        Live,
        live::{News, utf16_len},
        part, store,
    },
};

/// Messages in a snapshot; older ones come by `Session.messages`.
const SNAPSHOT: u64 = 30;

/// What a watcher of a session gets.
#[derive(Union)]
pub enum SessionStreamItem {
    Snapshot(SessionSnapshot),
    Message(MessageChanged),
    Part(PartChanged),
    Text(TextAppended),
    Status(SessionStatusChanged),
    Todos(TodosChanged),
}

/// The session as it is: always the first item, and again whenever a watcher has fallen behind. It replaces everything
/// that was told before.
#[derive(SimpleObject)]
pub struct SessionSnapshot {
    /// The session.
    session: Session,
    /// Its newest messages, at most 30, the oldest first; open parts hold the text so far.
    messages: Vec<Message>,
    /// The place in the event log from which this was read.
    cursor: Cursor,
}

pub struct MessageChanged(pub MessageId);

/// A message was added, changed or completed.
#[Object]
impl MessageChanged {
    /// Which message.
    async fn message_id(&self) -> Id<MessageId> {
        Id(self.0)
    }

    /// The message as it is now; null when it is gone by now.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        load_message(ctx, self.0).await
    }
}

/// A part was begun, changed, or finished otherwise than by the text that was told.
#[derive(SimpleObject)]
pub struct PartChanged {
    /// The message it belongs to.
    message_id: Id<MessageId>,
    /// The part as it is now.
    part: Part,
}

/// More text at the end of a part.
#[derive(SimpleObject)]
pub struct TextAppended {
    /// The message it belongs to.
    message_id: Id<MessageId>,
    /// The part it belongs to.
    part_id: String,
    /// The length of the part's text before this, in UTF-16 code units. Where it differs from yours something is
    /// missing: subscribe again.
    offset: i32,
    /// The text to append.
    text: String,
}

/// The session does something else.
#[derive(SimpleObject)]
pub struct SessionStatusChanged {
    /// What it does.
    status: SessionStatus,
    /// What the running turn does now; null when none runs.
    activity: Option<SessionActivity>,
}

/// What a watcher has of a part.
#[derive(Clone, Copy, PartialEq)]
enum Has {
    /// So much of its text, in UTF-16 code units.
    Text(usize),
    Everything,
}

struct Watcher {
    db: Database,
    log: EventLog,
    live: Live,
    session: SessionId,
    news: Option<broadcast::Receiver<Arc<News>>>,
    has: HashMap<String, Has>,
}

#[derive(Default)]
pub struct SessionSubscription;

#[Subscription]
impl SessionSubscription {
    /// One session: a snapshot, then each change, with the text of an answer as it is written. Ends when the session is
    /// deleted. What was missed while nobody watched is in the snapshot.
    async fn session_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] session: Id<SessionId>,
    ) -> Result<impl Stream<Item = Result<SessionStreamItem>>> {
        ctx.caller_with(Scope::Read)?;
        let db = ctx.service::<Database>()?.clone();
        store::get(db.reader(), session.0)
            .await?
            .ok_or_else(|| Failure::not_found("session"))?;
        let watcher = Watcher {
            db,
            log: ctx.service::<EventLog>()?.clone(),
            live: ctx.service::<Live>()?.clone(),
            session: session.0,
            news: None,
            has: HashMap::new(),
        };
        Ok(stream::unfold(Some(watcher), |watcher| async {
            let mut watcher = watcher?;
            match watcher.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(watcher))),
                Ok(None) => None,
                Err(error) => Some((Err(error.into()), None)),
            }
        }))
    }
}

impl Watcher {
    /// `None` when the session is gone.
    async fn next(&mut self) -> Result<Option<SessionStreamItem>, DbErr> {
        loop {
            let Some(news) = &mut self.news else {
                return self.snapshot().await;
            };
            match news.recv().await {
                Ok(news) => match self.digest(&news) {
                    Digest::Item(item) => return Ok(Some(*item)),
                    Digest::Known => {}
                    Digest::Behind => self.news = None,
                    Digest::Gone => return Ok(None),
                },
                Err(RecvError::Lagged(missed)) => {
                    metrics::counter!("pcc_session_stream_lagged_total").increment(1);
                    tracing::debug!(missed, "a watcher was too slow and gets everything again");
                    self.news = None;
                }
                Err(RecvError::Closed) => self.news = None,
            }
        }
    }

    async fn snapshot(&mut self) -> Result<Option<SessionStreamItem>, DbErr> {
        let cursor = self.log.known();
        // News first, rows second: what changes in between is told again, and known to be told.
        let (open, news) = self.live.watch(self.session);
        let Some(session) = store::get(self.db.reader(), self.session).await? else {
            return Ok(None);
        };
        let rows = store::newest(self.db.reader(), self.session, SNAPSHOT).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut parts = store::parts(self.db.reader(), &ids).await?;
        self.has.clear();
        self.news = Some(news);
        let messages = rows
            .into_iter()
            .map(|row| {
                let parts = with_open(row.id, parts.remove(&row.id).unwrap_or_default(), &open);
                self.has.extend(parts.iter().map(|part| (part.id.clone(), has(part))));
                Message::with_parts(row, parts)
            })
            .collect();
        let snapshot = SessionSnapshot {
            session: Session(session),
            messages,
            cursor: Cursor(cursor),
        };
        Ok(Some(SessionStreamItem::Snapshot(snapshot)))
    }

    fn digest(&mut self, news: &News) -> Digest {
        match news {
            News::Text {
                message,
                part,
                offset,
                text,
            } => self.digest_text(*message, part, *offset, text),
            News::Part { message, part } => {
                let now = has(part);
                let is_old = match (self.has.get(&part.id), now) {
                    (Some(Has::Everything), Has::Text(_)) => true,
                    (Some(Has::Text(before)), Has::Text(now)) => *before >= now && part.text().is_some(),
                    _ => false,
                };
                if is_old {
                    return Digest::Known;
                }
                self.has.insert(part.id.clone(), now);
                let changed = PartChanged {
                    message_id: Id(*message),
                    part: (**part).clone().into(),
                };
                Digest::item(SessionStreamItem::Part(changed))
            }
            News::Message(message) => Digest::item(SessionStreamItem::Message(MessageChanged(*message))),
            News::Status { status, activity } => Digest::item(SessionStreamItem::Status(SessionStatusChanged {
                status: (*status).into(),
                activity: activity.clone().map(SessionActivity::from),
            })),
            News::Todos => Digest::item(SessionStreamItem::Todos(TodosChanged(self.session))),
            News::Resync => Digest::Behind,
            News::Gone => Digest::Gone,
        }
    }

    fn digest_text(&mut self, message: MessageId, part: &str, offset: usize, text: &str) -> Digest {
        let end = offset + utf16_len(text);
        let before = match self.has.get(part) {
            Some(Has::Everything) => return Digest::Known,
            Some(Has::Text(before)) => *before,
            None => 0,
        };
        if end <= before {
            return Digest::Known;
        }
        // A gap, or a cut inside a character: neither can come of a stream that is whole.
        let Some(rest) = before.checked_sub(offset).and_then(|known| after_utf16(text, known)) else {
            return Digest::Behind;
        };
        let Ok(offset) = i32::try_from(before) else {
            return Digest::Behind;
        };
        self.has.insert(part.to_owned(), Has::Text(end));
        Digest::item(SessionStreamItem::Text(TextAppended {
            message_id: Id(message),
            part_id: part.to_owned(),
            offset,
            text: rest.to_owned(),
        }))
    }
}

enum Digest {
    Item(Box<SessionStreamItem>),
    /// Told already.
    Known,
    /// Something is missing: everything again.
    Behind,
    Gone,
}

impl Digest {
    fn item(item: SessionStreamItem) -> Self {
        Self::Item(Box::new(item))
    }
}

fn has(part: &part::Part) -> Has {
    if part.is_settled() {
        Has::Everything
    } else {
        Has::Text(part.text().map_or(0, utf16_len))
    }
}

/// The text after so many UTF-16 code units; `None` where that is inside a character.
fn after_utf16(text: &str, units: usize) -> Option<&str> {
    let mut left = units;
    for (index, letter) in text.char_indices() {
        if left == 0 {
            return Some(&text[index..]);
        }
        left = left.checked_sub(letter.len_utf16())?;
    }
    (left == 0).then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_only() {
        assert_eq!(after_utf16("a🦀b", 0), Some("a🦀b"));
        assert_eq!(after_utf16("a🦀b", 1), Some("🦀b"));
        assert_eq!(after_utf16("a🦀b", 2), None);
        assert_eq!(after_utf16("a🦀b", 3), Some("b"));
        assert_eq!(after_utf16("a🦀b", 4), Some(""));
        assert_eq!(after_utf16("a🦀b", 5), None);
    }
}
