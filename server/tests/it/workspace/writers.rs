//! Two writers never overwrite each other.

use std::{
    collections::BTreeSet,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use server::workspace::{Expected, WorkspaceError};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_written_moved_and_deleted_only_as_it_is_known() {
    let place = Place::new();
    let workspace = place.open();
    let file = path("a/b/new.sh");
    assert_eq!(
        workspace.write(&file, "one", &Expected::Absent).await.unwrap(),
        version("one")
    );
    assert_eq!(place.text("a/b/new.sh"), "one");
    let modes = std::fs::Permissions::from_mode(0o750);
    std::fs::set_permissions(place.inside().join("a/b/new.sh"), modes).unwrap();
    // Again is no conflict: the answer may have been lost.
    assert_eq!(
        workspace.write(&file, "one", &Expected::Absent).await.unwrap(),
        version("one")
    );
    for (text, expected) in [("two", Expected::Absent), ("two", at("zero"))] {
        let refused = workspace.write(&file, text, &expected).await;
        assert!(
            matches!(&refused, Err(WorkspaceError::Changed(Some(now))) if *now == version("one")),
            "{refused:?}"
        );
    }
    workspace.write(&file, "two", &at("one")).await.unwrap();
    let mode = std::fs::metadata(place.inside().join("a/b/new.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!((place.text("a/b/new.sh").as_str(), mode & 0o777), ("two", 0o750));

    place.put("there", "x");
    let taken = workspace.rename(&file, &path("there"), &version("two")).await;
    assert!(matches!(taken, Err(WorkspaceError::Exists(_))), "{taken:?}");
    let stale = workspace.rename(&file, &path("c/d"), &version("one")).await;
    assert!(matches!(stale, Err(WorkspaceError::Changed(Some(_)))), "{stale:?}");
    workspace.rename(&file, &path("c/d"), &version("two")).await.unwrap();
    workspace.rename(&file, &path("c/d"), &version("two")).await.unwrap();
    let stale = workspace.delete(&path("c/d"), &version("one")).await;
    assert!(matches!(stale, Err(WorkspaceError::Changed(Some(_)))), "{stale:?}");
    workspace.delete(&path("c/d"), &version("two")).await.unwrap();
    assert!(matches!(
        workspace.delete(&path("c/d"), &version("two")).await,
        Err(WorkspaceError::NotFound)
    ));
    let gone = workspace.write(&path("c/d"), "three", &at("two")).await;
    assert!(matches!(gone, Err(WorkspaceError::Changed(None))), "{gone:?}");
    // Nothing is left beside.
    let left = std::process::Command::new("find")
        .arg(place.inside())
        .args(["-name", ".pcc-*"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout), "");
}

/// Everything that was ever in the file was seen by whoever replaced it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_an_agent_writes_at_the_same_time_is_lost() {
    let place = Place::new();
    place.put("file", "begin");
    let workspace = place.open();
    let is_over = Arc::new(AtomicBool::new(false));
    let (stop, folder) = (Arc::clone(&is_over), place.inside());
    // The agent replaces the file by exchange, so that it knows what it replaced.
    let agent = std::thread::spawn(move || {
        let (mut written, mut replaced) = (BTreeSet::new(), BTreeSet::new());
        for number in 0_u64.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let text = format!("agent {number}");
            std::fs::write(folder.join("agent.tmp"), &text).unwrap();
            written.insert(text);
            renameat_with(
                CWD,
                folder.join("agent.tmp"),
                CWD,
                folder.join("file"),
                RenameFlags::EXCHANGE,
            )
            .unwrap();
            replaced.insert(std::fs::read_to_string(folder.join("agent.tmp")).unwrap());
            // Now and then at once, now and then only when the other is done.
            std::thread::sleep(Duration::from_millis(number * 7 % 40));
        }
        (written, replaced)
    });
    let (mut written, mut seen, mut conflicts) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut number = 0;
    while written.len() < 40 || conflicts < 10 {
        let Some(before) = workspace.file(&path("file"), ALL).await.unwrap() else {
            panic!("the file is never absent");
        };
        let before = text_of(&before).to_owned();
        let text = format!("server {number}");
        number += 1;
        match workspace.write(&path("file"), &text, &at(&before)).await {
            Ok(_) => {
                seen.insert(before);
                written.insert(text);
            }
            Err(WorkspaceError::Changed(_)) => conflicts += 1,
            Err(error) => panic!("{error:?}"),
        }
        assert!(number < 200_000, "{} written, {conflicts} conflicts", written.len());
    }
    is_over.store(true, Ordering::Relaxed);
    let (by_agent, replaced) = agent.join().unwrap();
    let mut known: BTreeSet<String> = seen.union(&replaced).cloned().collect();
    known.insert(place.text("file"));
    // What was kept aside in a doubly lost race is not lost either.
    for entry in std::fs::read_dir(place.inside()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with(".pcc-") {
            known.insert(std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    let lost: Vec<_> = by_agent.union(&written).filter(|text| !known.contains(*text)).collect();
    assert!(
        lost.is_empty(),
        "{} of {} lost: {lost:?}",
        lost.len(),
        by_agent.len() + written.len()
    );
}
