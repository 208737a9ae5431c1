//! Reading and writing, each in one transaction.

use serde_json::value::RawValue;
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction, query, query_scalar};

use super::{
    Open, Problem,
    request::{self, Answer, Place, Read, Refused, Store, Write},
};

/// So much can be written before it is looked whether the cache is too large.
const UNCHECKED: u64 = 4 << 20;

pub(super) async fn read(open: &mut Open, reads: Vec<Read>) -> Result<Vec<Answer>, Problem> {
    request::reads(reads.len())?;
    // Of one moment.
    let mut transaction = open.connection.begin().await?;
    let mut answers = Vec::with_capacity(reads.len());
    for Read { store, key } in reads {
        answers.push(match key {
            Some(key) => Answer::Row(one(&mut transaction, store, &key).await?),
            None => Answer::Rows(all(&mut transaction, store).await?),
        });
    }
    transaction.commit().await?;
    Ok(answers)
}

async fn one(from: &mut SqliteConnection, store: Store, key: &str) -> Result<Option<Box<RawValue>>, Problem> {
    let row: Option<String> = match store {
        Store::Files => return Err(no_row(store)),
        Store::Messages => query_scalar("SELECT value FROM messages WHERE id = ?").bind(request::key(key)?),
        _ => query_scalar("SELECT value FROM rows WHERE store = ? AND key = ?")
            .bind(store.name())
            .bind(request::key(key)?),
    }
    .fetch_optional(from)
    .await?;
    row.map(raw).transpose()
}

async fn all(from: &mut SqliteConnection, store: Store) -> Result<Vec<Box<RawValue>>, Problem> {
    let rows: Vec<String> = match store {
        Store::Files => return Err(no_row(store)),
        Store::Messages => query_scalar("SELECT value FROM messages ORDER BY id"),
        _ => query_scalar("SELECT value FROM rows WHERE store = ? ORDER BY key").bind(store.name()),
    }
    .fetch_all(from)
    .await?;
    rows.into_iter().map(raw).collect()
}

/// The newest of a session, oldest first, without a hole: back to one that is not kept.
pub(super) async fn newest(open: &mut Open, session: String, count: u32) -> Result<Answer, Problem> {
    let mut rows: Vec<String> =
        query_scalar("SELECT value FROM messages WHERE session = ? ORDER BY created_at DESC, id DESC LIMIT ?")
            .bind(request::key(&session)?)
            .bind(request::messages(count))
            .fetch_all(&mut open.connection)
            .await?;
    let whole = rows.iter().take_while(|row| *row != request::NOT_KEPT).count();
    rows.truncate(whole);
    rows.reverse();
    Ok(Answer::Rows(rows.into_iter().map(raw).collect::<Result<_, _>>()?))
}

pub(super) async fn file(open: &mut Open, id: String) -> Result<Option<Vec<u8>>, Problem> {
    let content = query_scalar("SELECT content FROM files WHERE id = ?")
        .bind(request::key(&id)?)
        .fetch_optional(&mut open.connection)
        .await?;
    Ok(content)
}

pub(super) async fn keep_file(open: &mut Open, id: String, content: Vec<u8>) -> Result<(), Problem> {
    request::file(content.len())?;
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let mut transaction = open.begin(true).await?;
    let others: i64 = query_scalar("SELECT coalesce(sum(octet_length(content)), 0) FROM files WHERE id <> ?")
        .bind(request::key(&id)?)
        .fetch_one(&mut *transaction)
        .await?;
    if others.saturating_add(size) > request::FILES {
        return Err(Refused("too many files wait to be sent".to_owned()).into());
    }
    query("INSERT INTO files (id, content) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET content = excluded.content")
        .bind(&id)
        .bind(content)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn write(open: &mut Open, writes: Vec<Write>) -> Result<(), Problem> {
    request::writes(writes.len())?;
    let is_durable = writes.iter().any(Write::is_durable);
    let unchecked = open.unchecked;
    let mut transaction = open.begin(is_durable).await?;
    let mut written = 0;
    for write in &writes {
        written += apply(&mut transaction, write).await?;
    }
    let is_due = unchecked + written > UNCHECKED;
    if is_due {
        drop_old_sessions(&mut transaction, request::MESSAGES).await?;
    }
    transaction.commit().await?;
    open.unchecked = if is_due { 0 } else { unchecked + written };
    Ok(())
}

/// Gives how much the cache of messages has grown at most.
async fn apply(to: &mut SqliteConnection, write: &Write) -> Result<u64, Problem> {
    let done = match write {
        Write::Put {
            store: Store::Messages,
            key,
            row,
            place: Some(place),
        } => {
            if key != &place.id {
                return Err(Refused("a message is kept by its id".to_owned()).into());
            }
            let row = request::row(Store::Messages, row)?;
            put_message(to, request::place(place)?, &row).await?;
            return Ok(row.len() as u64);
        }
        Write::Put {
            store: Store::Messages,
            place: None,
            ..
        } => return Err(Refused("a message has a place".to_owned()).into()),
        Write::Put { place: Some(_), .. } => return Err(Refused("only messages have a place".to_owned()).into()),
        Write::Put { store: Store::Files, .. } => return Err(no_row(Store::Files)),
        Write::Put { store, key, row, .. } => query(
            "INSERT INTO rows (store, key, value) VALUES (?, ?, ?) ON CONFLICT (store, key) DO UPDATE SET value = excluded.value",
        )
        .bind(store.name())
        .bind(request::key(key)?)
        .bind(request::row(*store, row)?),
        Write::Remove { store, key } => match store {
            Store::Messages => query("DELETE FROM messages WHERE id = ?").bind(request::key(key)?),
            Store::Files => query("DELETE FROM files WHERE id = ?").bind(request::key(key)?),
            _ => query("DELETE FROM rows WHERE store = ? AND key = ?")
                .bind(store.name())
                .bind(request::key(key)?),
        },
        Write::Clear { store } => match store {
            Store::Messages => query("DELETE FROM messages"),
            Store::Files => query("DELETE FROM files"),
            _ => query("DELETE FROM rows WHERE store = ?").bind(store.name()),
        },
        Write::DropOlder { than } => {
            let Place {
                session,
                created_at,
                id,
            } = request::place(than)?;
            query("DELETE FROM messages WHERE session = ? AND (created_at, id) < (?, ?)")
                .bind(session)
                .bind(created_at)
                .bind(id)
        }
        Write::KeepNewest { session, count } => query(
            "DELETE FROM messages WHERE session = ?1 AND id IN
             (SELECT id FROM messages WHERE session = ?1 ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ?2)",
        )
        .bind(request::key(session)?)
        .bind(count),
    };
    done.execute(to).await?;
    Ok(0)
}

async fn put_message(to: &mut SqliteConnection, place: &Place, row: &str) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO messages (id, session, created_at, value) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET session = excluded.session, created_at = excluded.created_at, value = excluded.value",
    )
    .bind(&place.id)
    .bind(&place.session)
    .bind(&place.created_at)
    .bind(row)
    .execute(to)
    .await?;
    Ok(())
}

/// Holds the cache of messages within its bounds: a session that is dropped comes from the server when it is opened.
pub(super) async fn drop_old_sessions(from: &mut SqliteConnection, most: i64) -> Result<(), sqlx::Error> {
    let sessions: Vec<(String, i64)> = sqlx::query_as(
        "SELECT session, sum(octet_length(value)) FROM messages GROUP BY session ORDER BY max(created_at) DESC, session",
    )
    .fetch_all(&mut *from)
    .await?;
    let mut together = 0;
    // The one that is talked in stays whatever its size.
    for (index, (session, size)) in sessions.into_iter().enumerate() {
        together += size;
        if index > 0 && together > most {
            query("DELETE FROM messages WHERE session = ?")
                .bind(session)
                .execute(&mut *from)
                .await?;
        }
    }
    Ok(())
}

impl Open {
    /// Changes what is kept. It is not flushed with each commit: a durable one flushes those before it too.
    async fn begin(&mut self, is_durable: bool) -> Result<Transaction<'_, Sqlite>, sqlx::Error> {
        if self.is_flushed != is_durable {
            let synchronous = if is_durable {
                "PRAGMA synchronous = FULL"
            } else {
                "PRAGMA synchronous = NORMAL"
            };
            query(synchronous).execute(&mut self.connection).await?;
            self.is_flushed = is_durable;
        }
        self.connection.begin_with("BEGIN IMMEDIATE").await
    }
}

/// What is no JSON any more was not written here.
fn raw(row: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(row).map_err(|error| Problem::Database(sqlx::Error::Decode(error.into())))
}

fn no_row(store: Store) -> Problem {
    Refused(format!("{} has no rows of JSON", store.name())).into()
}
