//! What cannot be used is put aside whole, and the screens find out by a row of theirs.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::{json, value::RawValue};
use sqlx::{ConnectOptions, Connection, SqliteConnection, query, query_as, query_scalar};

use super::file;

/// Those before them are removed.
const MOST: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    Damaged,
    /// A newer version of the app has written it.
    Newer,
}

/// Where the next one is put.
pub(super) async fn place(folder: &Path, why: Why) -> io::Result<PathBuf> {
    let last = all(folder).await?.last().map_or(0, |(number, _)| *number);
    let kind = match why {
        Why::Damaged => "damaged",
        Why::Newer => "newer",
    };
    Ok(folder.join(format!("{kind}-{}", last + 1)))
}

pub(super) async fn remove_oldest(folder: &Path) -> io::Result<()> {
    let all = all(folder).await?;
    file::blocking(move || {
        let mut old = all.iter().rev().skip(MOST);
        old.try_for_each(|(_, place)| std::fs::remove_dir_all(place))
    })
    .await
}

/// By their numbers.
async fn all(folder: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let folder = folder.to_owned();
    file::blocking(move || {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.split_once('-')?.1.parse().ok());
            all.extend(number.map(|number| (number, entry.path())));
        }
        all.sort();
        Ok(all)
    })
    .await
}

/// What can be read of the things that nobody else has, and word of what happened, in one transaction.
pub(super) async fn take_over(
    into: &mut SqliteConnection,
    from: &Path,
    place: &Path,
    why: Why,
    account: &str,
) -> Result<(), sqlx::Error> {
    let found = match why {
        Why::Damaged => read(from, account).await.unwrap_or_default(),
        // It may mean something else there.
        Why::Newer => Found::default(),
    };
    let mut transaction = into.begin().await?;
    // Of the outbox and the drafts.
    let mut rescued = 0;
    for (store, key, value) in found.rows {
        if RawValue::from_string(value.clone()).is_err() {
            continue;
        }
        let row = query("INSERT OR IGNORE INTO rows (store, key, value) VALUES (?, ?, ?)");
        let added = row
            .bind(&store)
            .bind(key)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
        if store != "values" && added.rows_affected() > 0 {
            rescued += 1;
        }
    }
    for (id, content) in found.files {
        let file = query("INSERT OR IGNORE INTO files (id, content) VALUES (?, ?)");
        file.bind(id).bind(content).execute(&mut *transaction).await?;
    }
    // The screens' `SetAside`, of their store `values`, until a person has seen it.
    let word = json!({ "why": why, "place": place.to_string_lossy(), "rescued": rescued });
    query("INSERT INTO rows (store, key, value) VALUES ('values', 'setAside', ?) ON CONFLICT DO UPDATE SET value = excluded.value")
        .bind(word.to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[derive(Default)]
struct Found {
    rows: Vec<(String, String, String)>,
    files: Vec<(String, Vec<u8>)>,
}

async fn read(path: &Path, account: &str) -> Result<Found, sqlx::Error> {
    let mut damaged = file::options(path).connect().await?;
    let found = search(&mut damaged, account).await;
    // It is going to be moved, which some systems do not do to what is open.
    let _ = damaged.close().await;
    Ok(found)
}

/// From both ends, as far as it goes, past all indexes.
async fn search(damaged: &mut SqliteConnection, account: &str) -> Found {
    let mut found = Found::default();
    let of: Result<Option<String>, _> = query_scalar("SELECT value FROM about WHERE key = 'account'")
        .fetch_optional(&mut *damaged)
        .await;
    // Where it cannot be read it is this one's: what another one left is removed when this one begins.
    if of.is_ok_and(|of| of.is_some_and(|of| of != account)) {
        return found;
    }
    for statement in [
        "SELECT store, key, value FROM rows NOT INDEXED ORDER BY rowid",
        "SELECT store, key, value FROM rows NOT INDEXED ORDER BY rowid DESC",
    ] {
        let mut rows = query_as::<_, (String, String, String)>(statement).fetch(&mut *damaged);
        while let Ok(Some(row)) = rows.try_next().await {
            // Of the values those that are a person's: with the cursor, what is lost of the cache would never be read again.
            let is_wanted = match row.0.as_str() {
                "outbox" | "drafts" => true,
                "values" => matches!(row.1.as_str(), "seen" | "viewed" | "wrap"),
                _ => false,
            };
            if is_wanted {
                found.rows.push(row);
            }
        }
    }
    for statement in [
        "SELECT id, content FROM files NOT INDEXED ORDER BY rowid",
        "SELECT id, content FROM files NOT INDEXED ORDER BY rowid DESC",
    ] {
        let mut files = query_as::<_, (String, Vec<u8>)>(statement).fetch(&mut *damaged);
        while let Ok(Some(file)) = files.try_next().await {
            found.files.push(file);
        }
    }
    found
}
