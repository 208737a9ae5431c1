//! The files of a workspace as one list, kept for somebody who types: each letter asks for it again.
//!
//! It is kept with the state of all that it was read from, each folder and each file of rules, and is given again while
//! all of that stands as it did. So a file that is there now is found now, and looking at a thousand folders replaces
//! reading a hundred thousand names.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use lru::LruCache;
use rustix::fs::Stat;

use super::{
    ignores::{EXCLUDES, RULES},
    root::Root,
    walk::{Onward, Patience, Seen, walk},
};
use crate::workspace::{WorkspaceError, WorkspacePath};

/// Workspaces whose files are kept. A list of 100,000 takes some megabytes.
const MOST: NonZeroUsize = NonZeroUsize::new(4).expect("not zero");
/// A list that nobody has asked for in so long is dropped.
const KEPT: Duration = Duration::from_secs(60);
/// What was changed less than this before it was read may be changed again without getting another time.
const AT_REST: Duration = Duration::from_millis(100);

pub struct Listing {
    pub paths: Vec<String>,
    pub is_whole: bool,
    read_from: Vec<(String, Option<State>)>,
}

/// By which it is told that something is what it was.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    changed_at: (i64, u64),
    written_at: (i64, u64),
}

#[derive(Clone)]
pub struct Listings {
    lists: Arc<Mutex<LruCache<Place, Kept>>>,
    kept_for: Duration,
}

/// Which folder a workspace is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    device: u64,
    inode: u64,
}

struct Kept {
    listing: Arc<Listing>,
    asked_at: Instant,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            lists: Arc::new(Mutex::new(LruCache::new(MOST))),
            kept_for: KEPT,
        }
    }
}

impl Listings {
    /// All files of a workspace, as they are now.
    pub fn of(&self, root: &Root, patience: &Patience<'_>) -> Result<Arc<Listing>, WorkspaceError> {
        let place = root.stat("").map(|stat| Place {
            device: stat.st_dev,
            inode: stat.st_ino,
        });
        if let Some(kept) = place.and_then(|place| self.kept(&place))
            && kept.stands(root)
        {
            return Ok(kept);
        }
        let (listing, is_at_rest) = Listing::read(root, patience)?;
        let listing = Arc::new(listing);
        if let Some(place) = place
            && listing.is_whole
            && is_at_rest
        {
            self.keep(place, &listing);
        }
        Ok(listing)
    }

    fn kept(&self, place: &Place) -> Option<Arc<Listing>> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lists.get_mut(place)?;
        kept.asked_at = Instant::now();
        Some(Arc::clone(&kept.listing))
    }

    fn keep(&self, place: Place, listing: &Arc<Listing>) {
        let kept = Kept {
            listing: Arc::clone(listing),
            asked_at: Instant::now(),
        };
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let is_watched = lists.put(place, kept).is_some();
        drop(lists);
        if !is_watched {
            tokio::spawn(self.clone().forget(place));
        }
    }

    /// Drops a list once nobody has asked for it for long enough.
    async fn forget(self, place: Place) {
        let mut rest = self.kept_for;
        loop {
            tokio::time::sleep(rest).await;
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(kept) = lists.peek(&place) else { return };
            rest = self.kept_for.saturating_sub(kept.asked_at.elapsed());
            if rest.is_zero() {
                lists.pop(&place);
                return;
            }
        }
    }
}

impl Listing {
    /// Also answers whether everything was at rest.
    fn read(root: &Root, patience: &Patience<'_>) -> Result<(Self, bool), WorkspaceError> {
        let begun_at = now();
        let (mut paths, mut read_from) = (Vec::new(), Vec::new());
        read_from.push((EXCLUDES.to_owned(), State::at(root, EXCLUDES)));
        let is_whole = walk(root, &WorkspacePath::default(), patience, |seen| {
            match seen {
                Seen::File { path, .. } => paths.push(path.to_owned()),
                Seen::Folder { folder, path } => {
                    read_from.push((path.to_owned(), State::at(folder, "")));
                    // One that comes or goes changes its folder.
                    if let Some(rules) = State::at(folder, RULES) {
                        let separator = if path.is_empty() { "" } else { "/" };
                        read_from.push((format!("{path}{separator}{RULES}"), Some(rules)));
                    }
                }
            }
            Onward::Continue(())
        })?;
        let is_at_rest = read_from
            .iter()
            .all(|(_, state)| state.is_none_or(|state| state.is_older_than(begun_at)));
        let listing = Self {
            paths,
            is_whole,
            read_from,
        };
        Ok((listing, is_at_rest))
    }

    fn stands(&self, root: &Root) -> bool {
        self.read_from
            .iter()
            .all(|(path, state)| State::at(root, path) == *state)
    }
}

impl State {
    fn at(root: &Root, path: &str) -> Option<Self> {
        root.stat(path).map(|stat| Self::of(&stat))
    }

    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            changed_at: (stat.st_ctime, stat.st_ctime_nsec),
            written_at: (stat.st_mtime, stat.st_mtime_nsec),
        }
    }

    /// Whoever changes something cannot set the time at which it was changed, as that at which it was written.
    fn is_older_than(&self, time: Duration) -> bool {
        let (Ok(seconds), Ok(nanos)) = (u64::try_from(self.changed_at.0), u32::try_from(self.changed_at.1)) else {
            return false;
        };
        Duration::new(seconds, nanos) + AT_REST < time
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "compared with the times that the disk writes down"
)]
fn now() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::atomic::AtomicBool};

    use super::*;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn of(listings: &Listings, workspace: &Path) -> Arc<Listing> {
        let patience = Patience {
            deadline: Instant::now() + Duration::from_secs(10),
            is_gone: &NEVER,
        };
        listings.of(&Root::open(workspace).unwrap(), &patience).unwrap()
    }

    /// The list that is given again, once the disk is at rest.
    async fn kept(listings: &Listings, workspace: &Path) -> Arc<Listing> {
        let begun_at = Instant::now();
        loop {
            assert!(begun_at.elapsed() < Duration::from_secs(20), "it is never given again");
            let (one, other) = (of(listings, workspace), of(listings, workspace));
            if Arc::ptr_eq(&one, &other) {
                return one;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_list_is_given_again_until_anything_that_it_was_read_from_has_changed() {
        let place = tempfile::tempdir().unwrap();
        let workspace = place.path().join("workspace");
        let at = |path: &str| workspace.join(path);
        fs::create_dir_all(at("src/deep/er")).unwrap();
        fs::create_dir_all(at(".git/info")).unwrap();
        fs::create_dir_all(place.path().join("elsewhere")).unwrap();
        for path in ["src/main.rs", "src/deep/er/a.txt", "build.log", "src/old.tmp"] {
            fs::write(at(path), "").unwrap();
        }
        fs::write(at("src/.gitignore"), "*.log\n").unwrap();
        let begun_at = at("src/.gitignore").metadata().unwrap().modified().unwrap();

        let changes: [(&str, &dyn Fn()); 9] = [
            ("a new file", &|| fs::write(at("src/deep/er/b.txt"), "").unwrap()),
            ("one less", &|| fs::remove_file(at("src/deep/er/a.txt")).unwrap()),
            ("a folder's name", &|| {
                fs::rename(at("src/deep/er"), at("src/deep/est")).unwrap();
            }),
            ("rules that look as old as before", &|| {
                fs::write(at("src/.gitignore"), "*.tmp\n").unwrap();
                let rules = fs::File::options().append(true).open(at("src/.gitignore")).unwrap();
                rules.set_modified(begun_at).unwrap();
            }),
            ("new rules", &|| fs::write(at(".gitignore"), "*.none\n").unwrap()),
            ("rules without a commit", &|| {
                fs::write(at(".git/info/exclude"), "build.log\n").unwrap();
            }),
            ("and others", &|| {
                fs::write(at(".git/info/exclude"), "main.rs\n").unwrap()
            }),
            ("a link in place of a folder", &|| {
                fs::rename(at("src/deep"), place.path().join("elsewhere/deep")).unwrap();
                std::os::unix::fs::symlink(place.path().join("elsewhere/deep"), at("src/deep")).unwrap();
            }),
            ("another workspace in its place", &|| {
                fs::rename(&workspace, place.path().join("former")).unwrap();
                fs::create_dir_all(&workspace).unwrap();
            }),
        ];
        let listings = Listings::default();
        for (name, change) in changes {
            let before = kept(&listings, &workspace).await;
            change();
            let after = of(&listings, &workspace);
            assert!(!Arc::ptr_eq(&before, &after), "{name}");
            assert_eq!(after.paths, of(&Listings::default(), &workspace).paths, "{name}");
        }
        assert!(of(&listings, &workspace).paths.is_empty());
    }

    #[tokio::test]
    async fn a_list_that_nobody_asks_for_is_dropped() {
        let place = tempfile::tempdir().unwrap();
        let listings = Listings {
            kept_for: Duration::from_millis(300),
            ..Listings::default()
        };
        let listing = Arc::downgrade(&kept(&listings, place.path()).await);
        assert!(listing.upgrade().is_some());
        while listing.upgrade().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
