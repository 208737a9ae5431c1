//! No link leads out, whenever it was made.

use std::{
    os::unix::fs::symlink,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use server::workspace::{Case, EntryKind, Expected, SearchQuery, WorkspaceError};

use super::*;

const ROUNDS: usize = 1_000;

/// A link is refused as what it is, or, where a folder was wanted, as no folder.
fn is_refused<T>(result: &Result<T, WorkspaceError>) -> bool {
    matches!(result, Err(WorkspaceError::Link(_) | WorkspaceError::NotAFolder(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_listed_and_never_followed() {
    let place = Place::new();
    std::fs::write(place.outside().join("secret"), "secret").unwrap();
    symlink(place.outside(), place.inside().join("folder")).unwrap();
    symlink(place.outside().join("secret"), place.inside().join("file")).unwrap();
    symlink("/proc/self/root/etc/passwd", place.inside().join("magic")).unwrap();
    place.put("real/a", "a");
    symlink("real", place.inside().join("within")).unwrap();
    let workspace = place.open();
    let tree = workspace.tree(&path(""), None).await.unwrap().unwrap();
    let kinds: Vec<_> = tree
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("real", EntryKind::Folder),
            ("file", EntryKind::Link),
            ("folder", EntryKind::Link),
            ("magic", EntryKind::Link),
            ("within", EntryKind::Link)
        ]
    );
    for through in ["file", "folder/secret", "magic", "within/a"] {
        let read = workspace.file(&path(through), ALL).await;
        assert!(is_refused(&read), "{through}: {read:?}");
        let written = workspace.write(&path(through), "x", &at("secret")).await;
        assert!(is_refused(&written), "{through}: {written:?}");
        let deleted = workspace.delete(&path(through), &version("secret")).await;
        assert!(is_refused(&deleted), "{through}: {deleted:?}");
    }
    for new in ["folder/new", "folder/deeper/new"] {
        let made = workspace.write(&path(new), "x", &Expected::Absent).await;
        assert!(is_refused(&made), "{new}: {made:?}");
    }
    place.put("mine", "mine");
    let moved = workspace
        .rename(&path("mine"), &path("folder/mine"), &version("mine"))
        .await;
    assert!(is_refused(&moved), "{moved:?}");
    assert!(is_refused(&workspace.tree(&path("folder"), None).await));
    assert_eq!(names(&place.outside()), ["secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_devices_are_no_files_and_nobody_waits_for_them() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo")
        .arg(place.inside().join("pipe"))
        .status()
        .unwrap();
    assert!(made.success());
    let read = place.open().file(&path("pipe"), ALL).await;
    assert!(matches!(read, Err(WorkspaceError::NotAFile(_))), "{read:?}");
}

/// Exchanges a folder of the workspace with a link that leads out, as fast as it can.
struct Swapper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Swapper {
    fn start(one: &Path, other: &Path) -> Self {
        let (one, other) = (one.to_owned(), other.to_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut swaps = 0;
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
                swaps += 1;
            }
            swaps
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    /// How often they were exchanged.
    fn end(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_appears_between_two_steps_leads_nowhere() {
    let place = Place::new();
    for folder in [place.outside(), place.inside().join("folder")] {
        std::fs::create_dir_all(&folder).unwrap();
        let which = if folder == place.outside() { "outside" } else { "inside" };
        std::fs::write(folder.join("file"), which).unwrap();
        std::fs::write(folder.join(which), which).unwrap();
    }
    symlink(place.outside(), place.inside().join("link")).unwrap();
    let workspace = place.open();
    let swapper = Swapper::start(&place.inside().join("folder"), &place.inside().join("link"));
    let search = SearchQuery {
        text: "side".to_owned(),
        is_regex: false,
        case: Case::Sensitive,
        globs: Vec::new(),
        folder: path(""),
        limit: 100,
    };
    let (mut read, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        match workspace.file(&path("folder/file"), ALL).await {
            Ok(Some(file)) => {
                assert_eq!(text_of(&file), "inside");
                read += 1;
            }
            Ok(None) | Err(WorkspaceError::Link(_) | WorkspaceError::NotAFolder(_)) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        let new = format!("folder/new-{round}");
        let _ = workspace.write(&path(&new), "new", &Expected::Absent).await;
        let _ = workspace.write(&path("folder/file"), "inside", &at("outside")).await;
        let _ = workspace.delete(&path("folder/outside"), &version("outside")).await;
        if round % 50 == 0 {
            let found = workspace.search(&search).await.unwrap();
            assert!(found.matches.iter().all(|found| found.text == "inside"), "{found:?}");
            let found = workspace.find("outside", 100).await.unwrap();
            assert!(found.paths.iter().all(|path| !path.ends_with("/outside")), "{found:?}");
            if let Ok(Some(tree)) = workspace.tree(&path("folder"), None).await {
                assert!(tree.entries.iter().all(|entry| entry.name != "outside"));
            }
        }
    }
    let swaps = swapper.end();
    // Both were met, or nothing was raced.
    assert!(
        read > 0 && refused > 0 && swaps > 100,
        "{read} read, {refused} refused, {swaps} swaps"
    );
    assert_eq!(names(&place.outside()), ["file", "outside"]);
    assert_eq!(
        std::fs::read_to_string(place.outside().join("file")).unwrap(),
        "outside"
    );
}
