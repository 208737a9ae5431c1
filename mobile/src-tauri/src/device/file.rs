//! The database: where it lies, how it is opened, and what it looks like.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, query, query_scalar,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tokio::task::spawn_blocking;

use super::{aside, aside::Why, request, rows};
use crate::error::Failure;

/// All files of the database are in here, so that they are put aside by one step.
const CURRENT: &str = "current";
/// One that is going to take its place.
const FRESH: &str = "fresh";
const NAME: &str = "kept.db";
/// Beside the database: it was found to be damaged while it was used.
const SUSPECT: &str = "suspect";
const VERSION: i64 = 1;

/// Another program that has it open, such as an older start that ends just now, is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Beyond it the write-ahead log is cut after each checkpoint.
const LOG: &str = "4194304";

const SCHEMA: [&str; 6] = [
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE rows (store TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (store, key)) STRICT",
    "CREATE TABLE messages (id TEXT PRIMARY KEY, session TEXT NOT NULL, created_at TEXT NOT NULL, value TEXT NOT NULL) STRICT",
    "CREATE INDEX messages_by_age ON messages (session, created_at, id)",
    "CREATE TABLE files (id TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT",
    "PRAGMA user_version = 1",
];

/// Why a database cannot be used.
enum Unusable {
    /// It is to be put aside.
    Aside(Why),
    /// It may be usable the next time.
    Now(sqlx::Error),
}

impl From<sqlx::Error> for Unusable {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) {
            Self::Aside(Why::Damaged)
        } else {
            Self::Now(error)
        }
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Aside(_) => Self::here("a new database cannot be read"),
            Unusable::Now(error) => Self::here(error),
        }
    }
}

/// Opens what is kept for this account, or begins anew.
pub(super) async fn open(folder: &Path, account: &str) -> Result<SqliteConnection, Failure> {
    let current = folder.join(CURRENT);
    make(folder).await.map_err(Failure::here)?;
    match database(&current, account).await {
        Ok(connection) => Ok(connection),
        Err(Unusable::Aside(why)) => {
            begin_anew(folder, why, account).await?;
            Ok(database(&current, account).await?)
        }
        Err(Unusable::Now(error)) => Err(Failure::here(error)),
    }
}

/// The new one has all that can be saved, and word of what happened, before the old one is put aside for it: killed in
/// between, the next start does the rest.
async fn begin_anew(folder: &Path, why: Why, account: &str) -> Result<(), Failure> {
    let (current, fresh) = (folder.join(CURRENT), folder.join(FRESH));
    let place = aside::place(folder, why).await.map_err(Failure::here)?;
    make_empty(&fresh).await.map_err(Failure::here)?;
    let mut connection = database(&fresh, account).await?;
    aside::take_over(&mut connection, &current.join(NAME), &place, why, account)
        .await
        .map_err(Failure::here)?;
    connection.close().await.map_err(Failure::here)?;
    let moved = blocking(move || {
        std::fs::rename(&current, place)?;
        std::fs::rename(fresh, current)
    });
    moved.await.map_err(Failure::here)?;
    aside::remove_oldest(folder).await.map_err(Failure::here)
}

async fn database(current: &Path, account: &str) -> Result<SqliteConnection, Unusable> {
    if current.join(SUSPECT).exists() {
        return Err(Unusable::Aside(Why::Damaged));
    }
    let mut connection = options(&current.join(NAME)).create_if_missing(true).connect().await?;
    let begun = match check(&mut connection).await {
        Ok(()) => begin(&mut connection, account).await.map_err(Unusable::from),
        unusable => unusable,
    };
    match begun {
        Ok(()) => Ok(connection),
        Err(unusable) => {
            let _ = connection.close().await;
            Err(unusable)
        }
    }
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY)
        .pragma("journal_size_limit", LOG)
        // On Apple's systems a flush is none without these.
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        // What is removed is not to be found in the file.
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

/// Makes the tables of a new one, and reads what matters most of an old one.
async fn check(connection: &mut SqliteConnection) -> Result<(), Unusable> {
    let version: i64 = query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let tables: i64 = query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    match version {
        0 if tables == 0 => {
            let mut transaction = connection.begin().await?;
            for statement in SCHEMA {
                query(statement).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(())
        }
        VERSION => {
            let irreplaceable =
                "SELECT count(*) FROM rows WHERE store IN ('outbox', 'drafts') AND NOT json_valid(value)";
            match query_scalar(irreplaceable).fetch_one(connection).await {
                Ok(0_i64) => Ok(()),
                Ok(_) => Err(Unusable::Aside(Why::Damaged)),
                // Tables are missing, too.
                Err(error @ sqlx::Error::Database(_)) if code(&error) == Some(1) => Err(Unusable::Aside(Why::Damaged)),
                Err(error) => Err(error.into()),
            }
        }
        newer if newer > VERSION => Err(Unusable::Aside(Why::Newer)),
        _ => Err(Unusable::Aside(Why::Damaged)),
    }
}

/// It is this account's now, and has nothing that nobody can use any more.
async fn begin(connection: &mut SqliteConnection, account: &str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let of: Option<String> = query_scalar("SELECT value FROM about WHERE key = 'account'")
        .fetch_optional(&mut *transaction)
        .await?;
    if of.is_some_and(|of| of != account) {
        for statement in ["DELETE FROM rows", "DELETE FROM messages", "DELETE FROM files"] {
            query(statement).execute(&mut *transaction).await?;
        }
    }
    query(
        "INSERT INTO about (key, value) VALUES ('account', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(account)
    .execute(&mut *transaction)
    .await?;
    // The page ended between the file and the draft that was to name it.
    query(
        "DELETE FROM files WHERE NOT EXISTS
         (SELECT 1 FROM rows WHERE store IN ('outbox', 'drafts') AND instr(value, files.id) > 0)",
    )
    .execute(&mut *transaction)
    .await?;
    rows::drop_old_sessions(&mut transaction, request::MESSAGES).await?;
    transaction.commit().await
}

/// Whether what is on the disk is not what was written.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    const CORRUPT: u32 = 11;
    const NOT_A_DATABASE: u32 = 26;
    match error {
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => matches!(code(error), Some(CORRUPT | NOT_A_DATABASE)),
    }
}

/// SQLite's, without its details.
fn code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

/// The next one to open it puts it aside.
pub(super) async fn suspect(folder: &Path) {
    let mark = folder.join(CURRENT).join(SUSPECT);
    // It is found to be damaged again otherwise.
    let _ = blocking(move || std::fs::write(mark, "")).await;
}

/// By one step: what is half removed is not there.
pub(super) async fn remove(folder: &Path) -> io::Result<()> {
    let (folder, gone) = (folder.to_owned(), gone(folder));
    blocking(move || {
        remove_if_there(&gone)?;
        match std::fs::rename(&folder, &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed?,
        }
        remove_if_there(&gone)
    })
    .await
}

/// What an earlier start could not bring to its end is brought there.
async fn make(folder: &Path) -> io::Result<()> {
    let (current, fresh, gone) = (folder.join(CURRENT), folder.join(FRESH), gone(folder));
    blocking(move || {
        remove_if_there(&gone)?;
        if !current.exists() && fresh.exists() {
            std::fs::rename(fresh, &current)?;
        }
        make_folder(&current)
    })
    .await
}

async fn make_empty(folder: &Path) -> io::Result<()> {
    let folder = folder.to_owned();
    blocking(move || {
        remove_if_there(&folder)?;
        make_folder(&folder)
    })
    .await
}

/// Nobody else on this computer can look into it.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn gone(folder: &Path) -> PathBuf {
    folder.with_extension("gone")
}

fn remove_if_there(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}
