//! The database: SQLite in a file, or PostgreSQL. One way to write, one way to read.
//!
//! On SQLite there is one writing connection, and every transaction on it begins `IMMEDIATE`: a transaction that begins
//! by reading and writes later fails when another process wrote in between. Readers have connections of their own and
//! see the last commit. `synchronous=FULL`, because what we do outside follows what was committed here.

use std::{path::Path, time::Duration};

use migration::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QuerySelect,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sea_query::LockType,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

const BUSY: Duration = Duration::from_secs(5);
const ACQUIRE: Duration = Duration::from_secs(10);
/// Ours among the advisory locks of a PostgreSQL server.
const MIGRATION_LOCK: i64 = 0x7063_635f_6d69_6772;

#[derive(Clone, Debug)]
pub struct Database {
    write: DatabaseConnection,
    read: DatabaseConnection,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database URL must begin with sqlite: or postgres:, not {0:?}")]
    Scheme(String),
    #[error("the database is newer than this server: it has the step {0}. Run a newer server, or restore a backup")]
    Newer(String),
    #[error("the database cannot be opened: {0}")]
    Open(#[source] DbErr),
    #[error("the database cannot be brought up to date: {0}")]
    Migrate(#[source] DbErr),
}

impl Database {
    /// Connects and runs the migrations that are missing.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let database = Self::connect(url).await?;
        database.migrate().await?;
        Ok(database)
    }

    async fn connect(url: &str) -> Result<Self, OpenError> {
        if url.starts_with("sqlite:") {
            let url = url.split('?').next().unwrap_or(url);
            // The writer first: it makes the file.
            let write = pool(sqlite_options(url, Access::Write)).await?;
            let read = pool(sqlite_options(url, Access::Read)).await?;
            Ok(Self { write, read })
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(16)
                .sqlx_logging(false)
                .acquire_timeout(ACQUIRE)
                .connect_timeout(ACQUIRE);
            let write = pool(options).await?;
            Ok(Self {
                read: write.clone(),
                write,
            })
        } else {
            Err(OpenError::Scheme(url.split(':').next().unwrap_or_default().to_owned()))
        }
    }

    /// One process at a time: a server that starts, and a command that is given meanwhile, would both make the tables.
    async fn migrate(&self) -> Result<(), OpenError> {
        let tx = self.begin().await.map_err(OpenError::Migrate)?;
        if !self.is_sqlite() {
            let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.execute_unprepared(&lock).await.map_err(OpenError::Migrate)?;
        }
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|step| step.name().to_owned())
            .collect();
        Migrator::install(&tx).await.map_err(OpenError::Migrate)?;
        let applied = Migrator::get_migration_models(&tx).await.map_err(OpenError::Migrate)?;
        if let Some(unknown) = applied.into_iter().find(|step| !known.contains(&step.version)) {
            return Err(OpenError::Newer(unknown.version));
        }
        Migrator::up(&tx, None).await.map_err(OpenError::Migrate)?;
        tx.commit().await.map_err(OpenError::Migrate)
    }

    /// For statements that write and stand alone.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// For everything that only reads.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// A transaction that may write. Nothing outside is called while it is open. What should be seen by others as an
    /// event goes through [`crate::events::EventLog::begin`] instead.
    ///
    /// It is begun in a task of its own. Were that given up half-way, because its caller is, the connection would go back
    /// to the pool with a transaction open that nobody ends: what is written there next would not be committed, and the
    /// rows it locks would stay locked.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let write = self.write.clone();
        let begun = tokio::spawn(async move {
            write
                .begin_with_options(TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..Default::default()
                })
                .await
        });
        begun.await.map_err(|error| DbErr::Custom(error.to_string()))?
    }

    pub fn is_sqlite(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Sqlite
    }

    /// Folds the write-ahead log into the file, so that a copy of the file alone is whole.
    pub async fn close(self) -> Result<(), DbErr> {
        if self.is_sqlite() {
            self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        self.read.close().await?;
        self.write.close().await
    }
}

/// Connections whose statements are counted.
async fn pool(options: ConnectOptions) -> Result<DatabaseConnection, OpenError> {
    let mut pool = sea_orm::Database::connect(options).await.map_err(OpenError::Open)?;
    pool.set_metric_callback(|_statement| metrics::counter!("pcc_db_statements_total").increment(1));
    Ok(pool)
}

/// The URL of a SQLite database in this file.
pub fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Read,
    Write,
}

fn sqlite_options(url: &str, access: Access) -> ConnectOptions {
    let is_writer = access == Access::Write;
    let mut options = ConnectOptions::new(format!("{url}?mode={}", if is_writer { "rwc" } else { "ro" }));
    options
        .max_connections(if is_writer { 1 } else { 4 })
        .test_before_acquire(false)
        .sqlx_logging(false)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .foreign_keys(true)
                .busy_timeout(BUSY)
                .statement_cache_capacity(256)
                .pragma("cache_size", "-16000")
                .pragma("mmap_size", "268435456");
            if is_writer {
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
            } else {
                sqlite.pragma("query_only", "ON")
            }
        });
    options
}

/// Locks the selected rows as [`lock_rows`] does, but others may still make rows that refer to them. With the stronger lock,
/// who makes one and holds another row, and we who want that row, would wait for each other.
pub fn lock_rows_not_keys<Q>(query: Q, connection: &impl ConnectionTrait) -> Q
where
    Q: QuerySelect,
{
    if connection.get_database_backend() == DbBackend::Postgres {
        query.lock(LockType::NoKeyUpdate)
    } else {
        query
    }
}

/// Locks the selected rows until the end of the transaction, where the database knows row locks. SQLite's writing
/// transactions exclude each other anyway.
pub fn lock_rows<Q>(query: Q, connection: &impl ConnectionTrait) -> Q
where
    Q: QuerySelect,
{
    if connection.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    }
}
