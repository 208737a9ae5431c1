//! Contents in the data folder, each under the name of its hash.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    time::SystemTime,
};

use uuid::Uuid;

pub struct Contents {
    folder: PathBuf,
}

impl Contents {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whole and on the disk when this returns, and young from now on.
    pub fn put(&self, hash: &str, content: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let partial = self.folder.join(format!("partial-{}", Uuid::new_v4().simple()));
        let written = (|| {
            let mut file = OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&partial)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&partial, self.folder.join(hash))?;
            File::open(&self.folder)?.sync_all()
        })();
        if written.is_err() {
            // Else the sweep finds it.
            fs::remove_file(&partial).ok();
        }
        written
    }

    /// `None` when it is not there.
    pub fn get(&self, hash: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder.join(hash)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what is older than this and not `used`, halves that a killed server has left among it. How many.
    pub fn tidy(&self, older_than: SystemTime, used: impl Fn(&str) -> bool) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry?;
            let is_used = entry.file_name().to_str().is_some_and(&used);
            if !is_used && entry.metadata()?.modified()? < older_than {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_is_old_and_unused_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let contents = Contents::in_folder(folder.path().join("attachments"));
        assert_eq!(contents.tidy(SystemTime::UNIX_EPOCH, |_| false).expect("none yet"), 0);
        assert_eq!(contents.get("a").expect("readable"), None);
        for (hash, content) in [("a", "one"), ("b", "two"), ("a", "one")] {
            contents.put(hash, content.as_bytes()).expect("written");
        }
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(
            contents
                .tidy(SystemTime::UNIX_EPOCH, |_| false)
                .expect("nothing is that old"),
            0
        );
        assert_eq!(contents.tidy(later, |hash| hash == "a").expect("removed"), 1);
        assert_eq!(contents.get("a").expect("readable").as_deref(), Some(&b"one"[..]));
        assert_eq!(contents.get("b").expect("readable"), None);
    }
}
