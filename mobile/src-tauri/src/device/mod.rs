//! What has to outlive the screens: their cache with its cursor, drafts, the outbox, and files that wait to be sent. It is
//! for the account that is signed in, and never has the token.
//!
//! It is a SQLite database by SQLx, which the server has too. A web view's own storage can be thrown away by the system, and
//! phones do. Of what else can be embedded, SQLite is the one that loses nothing when the program alone is killed and still
//! need not wait for the disk with each cached row: in its write-ahead log, a batch that is not flushed can be lost by a
//! power cut only, and then everything after it is lost too, so that no cursor is ahead of its rows. (`redb`, the other one
//! that was looked at, either flushes or forgets.) SQLx works on a thread of its own, not on those of the async runtime.
//!
//! What always holds:
//! - A batch is written whole or not at all. With something of `DURABLE` in it, it is on the disk when the screens hear of it.
//! - Rows are the screens' own JSON, which is not looked into. Stores are those of `Store`; everything has a limit.
//! - A damaged database, or one of a newer app, is put aside and said to be; of a damaged one, what can be read of the
//!   outbox, drafts and files is taken over. The cache begins anew, since what is left of it could have holes.
//! - A row of the cache that is too large is kept as `null`, and holds up nothing that is written with it.
//! - Only who opened it last uses it: a page that was left, or an account that was signed out, writes nothing any more.

mod aside;
mod file;
mod request;
mod rows;
#[cfg(test)]
mod tests;

use std::{future::Future, path::PathBuf, pin::Pin};

use sqlx::SqliteConnection;
use tokio::sync::Mutex;

pub use request::{Answer, Read, Write};

use crate::error::Failure;
use request::Refused;

pub struct Device {
    /// All of it lies in here, and nothing else.
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    handle: u32,
    open: Option<Open>,
}

/// The database of one account.
struct Open {
    connection: SqliteConnection,
    /// Commits wait for the disk.
    is_flushed: bool,
    /// How much was written since the cache was last held within its bounds.
    unchecked: u64,
}

/// Why something was not done.
#[derive(Debug)]
enum Problem {
    Refused(Refused),
    Database(sqlx::Error),
}

type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

impl Device {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            state: Mutex::default(),
        }
    }

    /// For this account. What another one has left is removed; who had it open before has it no more. Gives the number that
    /// it is used by.
    pub async fn open(&self, account: &str) -> Result<u32, Failure> {
        let mut state = self.state.lock().await;
        state.close().await;
        let connection = file::open(&self.folder, account).await?;
        state.handle += 1;
        state.open = Some(Open {
            connection,
            is_flushed: true,
            unchecked: 0,
        });
        Ok(state.handle)
    }

    pub async fn read(&self, handle: u32, reads: Vec<Read>) -> Result<Vec<Answer>, Failure> {
        self.with(handle, move |open| Box::pin(rows::read(open, reads))).await
    }

    pub async fn write(&self, handle: u32, writes: Vec<Write>) -> Result<(), Failure> {
        self.with(handle, move |open| Box::pin(rows::write(open, writes))).await
    }

    pub async fn newest(&self, handle: u32, session: String, count: u32) -> Result<Answer, Failure> {
        self.with(handle, move |open| Box::pin(rows::newest(open, session, count)))
            .await
    }

    pub async fn file(&self, handle: u32, id: String) -> Result<Option<Vec<u8>>, Failure> {
        self.with(handle, move |open| Box::pin(rows::file(open, id))).await
    }

    pub async fn keep_file(&self, handle: u32, id: String, content: Vec<u8>) -> Result<(), Failure> {
        self.with(handle, move |open| Box::pin(rows::keep_file(open, id, content)))
            .await
    }

    /// Whoever has it open writes nothing any more.
    pub async fn close(&self) {
        self.state.lock().await.close().await;
    }

    /// Removes everything, what was put aside too.
    pub async fn clear(&self) -> Result<(), Failure> {
        let mut state = self.state.lock().await;
        state.close().await;
        file::remove(&self.folder).await.map_err(Failure::here)
    }

    async fn with<T>(&self, handle: u32, work: impl FnOnce(&mut Open) -> Work<'_, T>) -> Result<T, Failure> {
        let mut state = self.state.lock().await;
        let is_current = state.handle == handle;
        let Some(open) = state.open.as_mut().filter(|_| is_current) else {
            return Err(Failure::here("what this device keeps is not open for this page"));
        };
        match work(open).await {
            Ok(done) => Ok(done),
            Err(problem) => {
                // Rows that cannot be read must not be followed by a cursor that says they are there. Whoever opens it next,
                // the same page too, begins anew.
                if problem.is_damage() {
                    state.close().await;
                    file::suspect(&self.folder).await;
                }
                Err(problem.into())
            }
        }
    }
}

impl State {
    async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            // It is closed in any case; an error is about what is tidied on the way.
            let _ = sqlx::Connection::close(open.connection).await;
        }
    }
}

impl Problem {
    fn is_damage(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Database(error) => file::is_damage(error),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Refused(Refused(reason)) => Self::here(reason),
            damage if damage.is_damage() => Self::Damaged {
                message: "what this device keeps is damaged".to_owned(),
            },
            Problem::Database(error) => Self::here(error),
        }
    }
}
