//! Files to the server and from it.

use std::{
    future::Future,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use client::Attachment;
use tauri::{AppHandle, Manager, Runtime, State, ipc::Request};
use tempfile::NamedTempFile;
use tokio::time::timeout;

use super::raw;
use crate::{calls::Calls, error::Failure, session::Session};

/// A file over a phone's connection; the server waits as long.
const LIMIT: Duration = Duration::from_secs(120);
/// Of a file's name without its ending.
const LONGEST_NAME: usize = 80;

/// A file that a prompt is going to have. It comes as bytes; its name and the call's number are in headers.
#[tauri::command]
pub async fn upload(
    session: State<'_, Session>,
    calls: State<'_, Calls>,
    request: Request<'_>,
) -> Result<Attachment, Failure> {
    let client = session.client()?;
    let name = raw::header(request.headers(), "name")?;
    let call = raw::header(request.headers(), "call")?.parse().map_err(Failure::here)?;
    let content = raw::content(&request)?;
    let attach = within_limit(async { Ok(client.attach(&name, content).await?) });
    calls.begin(call).run(attach).await
}

/// Puts a file of the server where this system keeps downloads, and says where that is.
#[tauri::command]
pub async fn save<R: Runtime>(
    app: AppHandle<R>,
    session: State<'_, Session>,
    calls: State<'_, Calls>,
    call: u32,
    path: String,
    name: String,
) -> Result<PathBuf, Failure> {
    let client = session.client()?;
    let path_of = app.path();
    // Not every Linux names a folder for it.
    let downloads = path_of
        .download_dir()
        .or_else(|_| path_of.home_dir().map(|home| home.join("Downloads")));
    let folder = downloads.map_err(Failure::here)?;
    let download = within_limit(async {
        std::fs::create_dir_all(&folder).map_err(Failure::here)?;
        // Whole, or not there at all.
        let mut file = NamedTempFile::new_in(&folder).map_err(Failure::here)?;
        client
            .download(&path, |piece| file.write_all(piece).map_err(Failure::here))
            .await?;
        keep(file, &folder, &name)
    });
    calls.begin(call).run(download).await
}

async fn within_limit<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(LIMIT, work)
        .await
        .unwrap_or_else(|_| Err(client::Error::from(client::Transport::Timeout).into()))
}

/// Under its name, or one that is not taken yet.
fn keep(mut file: NamedTempFile, folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let (stem, ending) = file_name(name);
    for count in 1..1000 {
        let number = if count == 1 {
            String::new()
        } else {
            format!(" ({count})")
        };
        let path = folder.join(format!("{stem}{number}{ending}"));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(Failure::here(error.error)),
        }
    }
    Err(Failure::here("there are too many files of this name"))
}

/// A name that every file system takes, and that stays in its folder; its ending apart.
fn file_name(name: &str) -> (String, String) {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_control() || r#"/\:*?"<>|"#.contains(c) {
                '-'
            } else {
                c
            }
        })
        .collect();
    let is_ending =
        |(_, ending): &(&str, &str)| !ending.is_empty() && ending.chars().all(|c| c.is_ascii_alphanumeric());
    let (stem, ending) = match plain.rsplit_once('.').filter(is_ending) {
        Some((stem, ending)) => (stem, format!(".{ending}")),
        None => (plain.as_str(), String::new()),
    };
    let stem: String = stem.trim_matches(['.', ' ']).chars().take(LONGEST_NAME).collect();
    let stem = if stem.is_empty() { "file".to_owned() } else { stem };
    (stem, ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_every_file_system_takes() {
        for (name, stem, ending) in [
            ("Keep notes.md", "Keep notes", ".md"),
            ("../../etc/passwd", "-..-etc-passwd", ""),
            ("..md", "file", ".md"),
            ("a/b:c?.json", "a-b-c-", ".json"),
            ("line\nbreak.md", "line-break", ".md"),
            ("", "file", ""),
        ] {
            assert_eq!(file_name(name), (stem.to_owned(), ending.to_owned()), "{name:?}");
        }
        assert_eq!(file_name(&"ä".repeat(500)).0.chars().count(), LONGEST_NAME);
    }

    #[test]
    fn a_file_takes_the_place_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let put = |text: &str| {
            let mut file = NamedTempFile::new_in(folder.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            keep(file, folder.path(), "Notes.md").unwrap()
        };
        let (first, second) = (put("one"), put("two"));
        assert_eq!(second.file_name().unwrap(), "Notes (2).md");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
