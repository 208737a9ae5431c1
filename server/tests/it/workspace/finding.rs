//! Reading, finding and searching.

use server::workspace::{Case, Content, SearchQuery, TextRange, WorkspaceError};

use super::*;

fn search(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        is_regex: false,
        case: Case::Smart,
        globs: Vec::new(),
        folder: path(""),
        limit: 100,
    }
}

fn place() -> Place {
    let place = Place::new();
    place.put(".gitignore", "target/\n*.log\n!keep.log\n");
    place.put("src/.gitignore", "/generated\n");
    place.put("src/main.rs", "fn main() {\n    let größe = \"Ä🦀needle\";\n}\n");
    place.put("src/lib.rs", "// Needle\n");
    place.put("src/generated/needle.rs", "needle\n");
    place.put("target/needle", "needle\n");
    place.put("a.log", "needle\n");
    place.put("keep.log", "needle\n");
    place.put(".git/needle", "needle\n");
    place.put("sub/.git/needle", "needle\n");
    place.put("binary", b"\0needle\n");
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_listed_folders_first_with_what_git_ignores_marked() {
    let place = place();
    let workspace = place.open();
    let tree = workspace.tree(&path(""), None).await.unwrap().unwrap();
    let entries: Vec<_> = tree
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.is_ignored))
        .collect();
    assert_eq!(
        entries,
        [
            ("src", false),
            ("sub", false),
            ("target", true),
            (".gitignore", false),
            ("a.log", true),
            ("binary", false),
            ("keep.log", false)
        ]
    );
    let inner = workspace.tree(&path("src"), None).await.unwrap().unwrap();
    assert_eq!(
        (inner.entries[0].path.as_str(), inner.entries[0].is_ignored),
        ("src/generated", true)
    );
    let ignored = workspace.tree(&path("target"), None).await.unwrap().unwrap();
    assert!(ignored.entries.iter().all(|entry| entry.is_ignored));
    assert_eq!(workspace.tree(&path("nothing"), None).await.unwrap(), None);
    assert!(matches!(
        workspace.tree(&path("binary"), None).await,
        Err(WorkspaceError::NotAFolder(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_folder_comes_in_pages() {
    let place = Place::new();
    for number in 0..2_500 {
        place.put(&format!("file-{number:05}"), "");
    }
    let workspace = place.open();
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = workspace.tree(&path(""), after.as_deref()).await.unwrap().unwrap();
        assert_eq!(page.total, 2_500);
        names.extend(page.entries.into_iter().map(|entry| entry.name));
        after = names.last().cloned();
        if !page.has_more {
            break;
        }
    }
    assert_eq!(names.len(), 2_500);
    assert!(names.is_sorted());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_by_lines() {
    let place = Place::new();
    place.put(
        "lines",
        (1..=5_000).map(|number| format!("line {number}\n")).collect::<String>(),
    );
    let workspace = place.open();
    let lines = Lines { first: 4_990, count: 5 };
    let file = workspace.file(&path("lines"), lines).await.unwrap().unwrap();
    let Content::Text {
        text,
        line_count,
        first_line,
        has_more,
        encoding,
    } = &file.content
    else {
        panic!("{file:?}")
    };
    assert_eq!(
        (*line_count, *first_line, *has_more, *encoding),
        (5_000, 4_990, true, "UTF-8")
    );
    assert_eq!(text, "line 4990\nline 4991\nline 4992\nline 4993\nline 4994\n");
    assert_eq!(file.version, Some(version(&place.text("lines"))));
    let past = workspace
        .file(&path("lines"), Lines { first: 9_000, count: 5 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(text_of(&past), "");
    assert_eq!(workspace.file(&path("nothing"), ALL).await.unwrap(), None);
    place.put("big", vec![b'x'; (16 << 20) + 1]);
    let big = workspace.file(&path("big"), ALL).await.unwrap().unwrap();
    assert_eq!(
        (big.content, big.version, big.size),
        (Content::TooLarge, None, (16 << 20) + 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_a_few_letters() {
    let place = place();
    let workspace = place.open();
    let found = workspace.find("smain", 10).await.unwrap();
    assert_eq!((found.paths[0].as_str(), found.is_partial), ("src/main.rs", false));
    let all = workspace.find("", 100).await.unwrap().paths;
    assert_eq!(
        all,
        [
            ".gitignore",
            "binary",
            "keep.log",
            "src/.gitignore",
            "src/lib.rs",
            "src/main.rs"
        ]
    );
    assert!(workspace.find("zzzz", 10).await.unwrap().paths.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_found_where_git_looks() {
    let place = place();
    let workspace = place.open();
    let found = workspace.search(&search("needle")).await.unwrap();
    let places: Vec<_> = found
        .matches
        .iter()
        .map(|found| (found.path.as_str(), found.line))
        .collect();
    assert_eq!(places, [("keep.log", 1), ("src/lib.rs", 1), ("src/main.rs", 2)]);
    // In UTF-16 code units: the crab counts for two.
    let line = &found.matches[2];
    assert_eq!(line.text, "    let größe = \"Ä🦀needle\";");
    assert_eq!(line.ranges, [TextRange { start: 20, end: 26 }]);
    let sensitive = workspace.search(&search("Needle")).await.unwrap();
    assert_eq!(sensitive.matches.len(), 1);
    let some = SearchQuery {
        globs: vec!["*.rs".to_owned(), "!lib.rs".to_owned()],
        is_regex: true,
        ..search(r"ne{2}dl\w")
    };
    let found = workspace.search(&some).await.unwrap();
    assert_eq!(found.matches.len(), 1);
    let below = SearchQuery {
        folder: path("src"),
        ..search("needle")
    };
    assert_eq!(workspace.search(&below).await.unwrap().matches.len(), 2);
    let few = SearchQuery {
        limit: 1,
        ..search("needle")
    };
    let found = workspace.search(&few).await.unwrap();
    assert_eq!((found.matches.len(), found.is_partial), (1, true));
    for bad in ["(", "a{1000000000}", "(?:a{1000}){1000}"] {
        let query = SearchQuery {
            is_regex: true,
            ..search(bad)
        };
        let refused = workspace.search(&query).await;
        assert!(
            matches!(refused, Err(WorkspaceError::Invalid("query", _))),
            "{bad}: {refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_line_is_cut_around_its_match() {
    let place = Place::new();
    place.put("long", format!("{}needle{}", "ä".repeat(5_000), "ö".repeat(5_000)));
    let found = place.open().search(&search("needle")).await.unwrap();
    let line = &found.matches[0];
    let units: Vec<u16> = line.text.encode_utf16().collect();
    let range = line.ranges[0];
    assert_eq!(String::from_utf16(&units[range.start..range.end]).unwrap(), "needle");
    assert!(line.is_cut && line.text.len() <= 410, "{}", line.text.len());
}
