//! The present state of one session, put together from its stream.
//!
//! The server sends new text as deltas with an offset in UTF-16 code units (what JavaScript counts in), so a missing or
//! repeated piece shows. What fits is applied; what was there already is passed over; anything else is [`OutOfStep`],
//! after which only a fresh snapshot may be applied. So the text is always right, or known not to be.

use crate::{
    operations::session_stream::SessionStreamSessionStream as Item,
    types::{Message, Part, Session, SessionSnapshot, TextAppended, Todo},
};

/// A session with its messages, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    session: Session,
    todos: Vec<Todo>,
    messages: Vec<Message>,
}

/// What an item changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// Everything may be different.
    Snapshot,
    Message(String),
    MessageGone(String),
    Part {
        message: String,
        part: String,
    },
    Status,
    Todos,
    /// What was known already, or of a kind that is newer than this client.
    Nothing,
}

/// The item does not fit what came before: something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's stream is out of step")]
pub struct OutOfStep;

impl Transcript {
    pub fn new(snapshot: SessionSnapshot) -> Self {
        Self {
            session: snapshot.session,
            todos: snapshot.todo_list.todos,
            messages: snapshot.messages,
        }
    }

    /// The session; its status and activity are current.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the agent has set itself to do.
    pub fn todos(&self) -> &[Todo] {
        &self.todos
    }

    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    pub fn part(&self, message: &str, part: &str) -> Option<&Part> {
        self.message(message)?
            .parts
            .iter()
            .find(|known| part_id(known) == Some(part))
    }

    /// Applies the next item of the stream.
    pub fn apply(&mut self, item: Item) -> Result<Applied, OutOfStep> {
        match item {
            Item::SessionSnapshot(snapshot) => {
                *self = Self::new(snapshot);
                Ok(Applied::Snapshot)
            }
            Item::MessageChanged(change) => Ok(match change.message {
                Some(message) => self.put_message(message),
                None => {
                    self.messages.retain(|message| message.id != change.message_id);
                    Applied::MessageGone(change.message_id)
                }
            }),
            Item::PartChanged(change) => self.put_part(change.message_id, change.part),
            Item::TextAppended(text) => self.append(text),
            Item::SessionStatusChanged(change) => {
                self.session.status = change.status;
                self.session.activity = change.activity;
                Ok(Applied::Status)
            }
            Item::TodosChanged(change) => {
                self.todos = change.changed.map(|session| session.todos).unwrap_or_default();
                Ok(Applied::Todos)
            }
            Item::Unknown => Ok(Applied::Nothing),
        }
    }

    fn put_message(&mut self, mut message: Message) -> Applied {
        let applied = Applied::Message(message.id.clone());
        match self.messages.iter_mut().find(|known| known.id == message.id) {
            Some(known) => {
                for part in &mut message.parts {
                    keep_longer_text(part, &known.parts);
                }
                *known = message;
            }
            None => self.messages.push(message),
        }
        applied
    }

    fn put_part(&mut self, message: String, part: Part) -> Result<Applied, OutOfStep> {
        let Some(id) = part_id(&part).map(str::to_owned) else {
            return Ok(Applied::Nothing);
        };
        let known = self
            .messages
            .iter_mut()
            .find(|known| known.id == message)
            .ok_or(OutOfStep)?;
        match known.parts.iter_mut().find(|known| part_id(known) == Some(&id)) {
            Some(known) => *known = part,
            // Ids are in the order of the message; news of them need not be.
            None => {
                let before = |known: &Part| part_id(known).is_none_or(|known| known < id.as_str());
                let at = known.parts.partition_point(before);
                known.parts.insert(at, part);
            }
        }
        Ok(Applied::Part { message, part: id })
    }

    fn append(&mut self, delta: TextAppended) -> Result<Applied, OutOfStep> {
        let message = self
            .messages
            .iter_mut()
            .find(|message| message.id == delta.message_id)
            .ok_or(OutOfStep)?;
        let part = message
            .parts
            .iter_mut()
            .find(|part| part_id(part) == Some(&delta.part_id))
            .ok_or(OutOfStep)?;
        let text = match part {
            Part::TextPart(part) => &mut part.text,
            Part::ReasoningPart(part) => &mut part.text,
            _ => return Err(OutOfStep),
        };
        let start = usize::try_from(delta.offset)
            .ok()
            .and_then(|offset| byte_index(text, offset))
            .ok_or(OutOfStep)?;
        let known = &text[start..];
        if let Some(new) = delta.text.strip_prefix(known) {
            text.push_str(new);
            let changed = Applied::Part {
                message: delta.message_id,
                part: delta.part_id,
            };
            Ok(if new.is_empty() { Applied::Nothing } else { changed })
        } else if known.starts_with(&delta.text) {
            Ok(Applied::Nothing)
        } else {
            Err(OutOfStep)
        }
    }
}

/// A message that is read from the database may hold less of an open part than the stream has brought already.
fn keep_longer_text(part: &mut Part, known: &[Part]) {
    let id = part_id(part).map(str::to_owned);
    let Some(known) = known.iter().find(|known| part_id(known) == id.as_deref()) else {
        return;
    };
    match (part, known) {
        (Part::TextPart(new), Part::TextPart(old)) if !new.is_complete && old.text.starts_with(&new.text) => {
            new.text.clone_from(&old.text);
        }
        (Part::ReasoningPart(new), Part::ReasoningPart(old)) if !new.is_complete && old.text.starts_with(&new.text) => {
            new.text.clone_from(&old.text);
        }
        _ => {}
    }
}

/// The id of a part; none for a kind that is newer than this client.
pub fn part_id(part: &Part) -> Option<&str> {
    match part {
        Part::TextPart(part) => Some(&part.id),
        Part::ReasoningPart(part) => Some(&part.id),
        Part::ToolPart(part) => Some(&part.id),
        Part::FilePart(part) => Some(&part.id),
        Part::PatchPart(part) => Some(&part.id),
        Part::StepPart(part) => Some(&part.id),
        Part::SubtaskPart(part) => Some(&part.id),
        Part::CommandPart(part) => Some(&part.id),
        Part::UnknownPart(part) => Some(&part.id),
        Part::Unknown => None,
    }
}

/// Where in the text the UTF-16 offset is. `None` past the end or within a surrogate pair. It searches from the end,
/// because that is where deltas go.
fn byte_index(text: &str, utf16_offset: usize) -> Option<usize> {
    let mut offset = utf16_len(text);
    let mut index = text.len();
    for character in text.chars().rev() {
        if offset <= utf16_offset {
            break;
        }
        offset -= character.len_utf16();
        index -= character.len_utf8();
    }
    (offset == utf16_offset).then_some(index)
}

fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests;
