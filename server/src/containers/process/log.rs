//! What an agent writes: a file it appends to by itself, kept short from outside.
//!
//! A pipe would end the agent together with the server, so it gets the file. When that outgrows its limit its end is
//! copied to a second file and it is cut to nothing; the agent, which appends, goes on at its start. What is written in
//! the moment between is lost. A secret never leaves here: see [`Redaction`].

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use uuid::Uuid;

const LINE_LIMIT: usize = 4096;
const LAST_WORDS_LINES: usize = 20;
const LAST_WORDS_LIMIT: usize = 2000;
/// Shorter values would black out half of the text without being much of a secret.
const SECRET_MINIMUM: usize = 6;
const START_MARK: &str = "[pcc] starting run ";

#[derive(Clone, Debug)]
pub(super) struct Log {
    folder: PathBuf,
    limit: u64,
}

impl Log {
    /// `limit` is what each of the two files may hold, in bytes.
    pub(super) fn new(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit }
    }

    fn current(&self) -> PathBuf {
        self.folder.join("agent.log")
    }

    fn older(&self) -> PathBuf {
        self.folder.join("agent.log.1")
    }

    /// Opens the file for a new run, after a line that says so.
    pub(super) fn begin(&self, run: Uuid, at: DateTime<Utc>) -> io::Result<File> {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.current())?;
        writeln!(
            file,
            "{START_MARK}{run} at {}",
            at.to_rfc3339_opts(SecondsFormat::Secs, true)
        )?;
        Ok(file)
    }

    pub(super) fn trim(&self) -> io::Result<()> {
        if fs::metadata(self.current()).map_or(0, |file| file.len()) <= self.limit {
            return Ok(());
        }
        let tail = read_tail(&self.current(), self.limit)?;
        let aside = self.folder.join("agent.log.partial");
        // A full disk is no reason to let the file grow: then its end is lost as well.
        let kept = fs::write(&aside, tail).and_then(|()| fs::rename(&aside, self.older()));
        OpenOptions::new().write(true).open(self.current())?.set_len(0)?;
        kept
    }

    /// The newest lines, oldest first, cleaned for people.
    pub(super) fn tail(&self, lines: usize, redaction: &Redaction) -> io::Result<Vec<String>> {
        let mut bytes = read_tail(&self.older(), self.limit)?;
        bytes.extend(read_tail(&self.current(), self.limit)?);
        let text = String::from_utf8_lossy(&bytes);
        let mut newest: Vec<String> = text
            .lines()
            .rev()
            .map(|line| clean(line, redaction))
            .filter(|line| !line.is_empty())
            .take(lines)
            .collect();
        newest.reverse();
        Ok(newest)
    }

    /// The last lines of the last run.
    pub(super) fn last_words(&self, redaction: &Redaction) -> String {
        let lines = self.tail(LAST_WORDS_LINES, redaction).unwrap_or_default();
        let of_this_run = lines
            .rsplit(|line| line.starts_with(START_MARK))
            .next()
            .unwrap_or_default();
        let words = of_this_run.join("\n");
        let surplus = words.chars().count().saturating_sub(LAST_WORDS_LIMIT);
        words.chars().skip(surplus).collect()
    }
}

/// At most `limit` bytes from the end, beginning with a whole line: half a secret would not be recognised.
fn read_tail(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let start = file.metadata()?.len().saturating_sub(limit);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    if start > 0 {
        let line_end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |end| end + 1);
        bytes.drain(..line_end);
    }
    Ok(bytes)
}

fn clean(line: &str, redaction: &Redaction) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    let plain: String = plain.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
    let plain = redaction.apply(plain.trim_end());
    match plain.char_indices().nth(LINE_LIMIT) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

/// Values which are blacked out in everything an agent wrote.
#[derive(Clone, Default)]
pub(super) struct Redaction(Vec<String>);

impl Redaction {
    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        // A secret of several lines (a private key) shows up line by line.
        let lines = values.into_iter().flat_map(str::lines).map(str::trim);
        let mut secrets: Vec<_> = lines
            .filter(|line| line.len() >= SECRET_MINIMUM)
            .map(str::to_owned)
            .collect();
        // The longest first: one may be the beginning of another.
        secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        secrets.dedup();
        Self(secrets)
    }

    fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), "[redacted]")
        })
    }
}

/// Strings in an agent's configuration that are secret by the name of their key.
pub(super) fn secrets_in(config: &Value) -> Vec<&str> {
    match config {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if names_a_secret(key) => vec![text.as_str()],
                other => secrets_in(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(secrets_in).collect(),
        _ => Vec::new(),
    }
}

fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["key", "token", "secret", "password", "authorization"]
        .iter()
        .any(|part| key.contains(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log(limit: u64) -> (tempfile::TempDir, Log) {
        let place = tempfile::tempdir().expect("a folder");
        let log = Log::new(place.path().to_owned(), limit);
        (place, log)
    }

    #[test]
    fn lines_are_cleaned_and_secrets_blacked_out() {
        let (_place, log) = log(1000);
        let redaction = Redaction::new(["hunter2hunter2", "hunter2", "a", "line one\nline two"]);
        let text = "\x1b[31mred\x1b[0m hunter2hunter2\x07\r\n\n hunter2 a\nline two\n";
        fs::write(log.current(), text).expect("written");
        let lines = log.tail(10, &redaction).expect("lines");
        assert_eq!(lines, ["red [redacted]", " [redacted] a", "[redacted]"]);
        assert_eq!(log.tail(1, &redaction).expect("lines"), ["[redacted]"]);
    }

    #[test]
    fn a_cut_keeps_whole_lines_and_the_order() {
        let (_place, log) = log(100);
        let mut file = log.begin(Uuid::nil(), DateTime::UNIX_EPOCH).expect("a file");
        for number in 0..50 {
            writeln!(file, "line {number:04}").expect("written");
        }
        log.trim().expect("trimmed");
        writeln!(file, "line 0050").expect("written");
        let lines = log.tail(1000, &Redaction::default()).expect("lines");
        assert_eq!(lines.first().map(String::as_str), Some("line 0041"));
        assert_eq!(lines.last().map(String::as_str), Some("line 0050"));
        assert_eq!(fs::metadata(log.current()).expect("a file").len(), 10);
    }

    #[test]
    fn last_words_are_those_of_the_last_run() {
        let (_place, log) = log(10_000);
        for words in ["old words", "new words"] {
            let mut file = log.begin(Uuid::nil(), DateTime::UNIX_EPOCH).expect("a file");
            writeln!(file, "{words}").expect("written");
        }
        assert_eq!(log.last_words(&Redaction::default()), "new words");
    }

    #[test]
    fn a_configuration_gives_up_its_secrets() {
        let config = json!({ "provider": { "x": { "options": { "apiKey": "sk-1", "baseURL": "http://h" } } }, "mcp": [{ "TOKEN": "t" }] });
        assert_eq!(secrets_in(&config), ["t", "sk-1"]);
    }
}
