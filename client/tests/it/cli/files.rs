use serde_json::{Value, json};

use super::{AT, project};
use crate::support::{Answer, Server, pcc::Pcc};

fn changed(path: &str, kind: &str, additions: Value, deletions: Value) -> Value {
    json!({ "path": path, "kind": kind, "staged": null, "unstaged": kind, "isGenerated": false,
        "additions": additions, "deletions": deletions })
}

fn line(kind: &str, text: &str, marks: Value) -> Value {
    json!({ "kind": kind, "oldNumber": 1, "newNumber": 1, "text": text, "marks": marks, "isCut": false, "lacksNewline": false })
}

fn file_diff() -> Value {
    json!({ "path": "a.rs", "kind": "MODIFIED", "shown": "TEXT", "additions": 1, "deletions": 1, "isCut": false, "hunks": [{
        "oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "foldedBefore": 0, "lines": [
            line("REMOVED", "let a = 1;", json!([{ "start": 8, "end": 9 }])),
            line("ADDED", "let a = \u{1b}2;", json!([{ "start": 8, "end": 10 }])) ] }] })
}

/// A server with one project, whose workspace has a folder and a file.
async fn server() -> Server {
    let answer = |body: &Value| {
        let of_project = |field: &str, value: Value| Answer::Data(json!({ "project": { field: value } }));
        match body["operationName"].as_str() {
            Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
            Some("Tree") if body["variables"]["path"] == "a.rs" => Answer::Error(
                "A.rs is no folder.",
                json!({ "code": "INVALID_INPUT", "field": "path" }),
            ),
            Some("Tree") if body["variables"]["path"] == "nothing" => of_project("tree", Value::Null),
            Some("Tree") => {
                let entry = |name: &str, kind: &str, size: Value| {
                    json!({ "name": name, "path": name, "kind": kind, "size": size, "modifiedAt": AT, "isIgnored": false,
                        "isExecutable": false })
                };
                let is_first = body["variables"]["after"].is_null();
                let entries = if is_first {
                    json!([entry("src", "FOLDER", Value::Null)])
                } else {
                    json!([entry("a.rs", "FILE", json!(1200))])
                };
                of_project(
                    "tree",
                    json!({ "path": "", "entries": entries, "total": 2, "hasMore": is_first }),
                )
            }
            Some("File") if body["variables"]["path"] == "nothing" => of_project("file", Value::Null),
            Some("File") => of_project(
                "file",
                json!({ "path": "a.rs", "size": 12, "modifiedAt": AT, "isExecutable": false, "version": "v", "language": "rust",
                    "content": "TEXT", "text": { "text": "fn a() {}\u{7}\n", "encoding": "UTF-8", "firstLine": 1, "lineCount": 9, "hasMore": true } }),
            ),
            Some("Changes") => of_project(
                "changes",
                json!({ "branch": "main", "head": "abc", "upstream": { "name": "origin/main", "ahead": 2, "behind": 0 },
                    "isMerging": false, "additions": 1, "deletions": 1, "isPartial": false,
                    "files": [changed("a.rs", "MODIFIED", json!(1), json!(1)), changed("src/new.rs", "UNTRACKED", Value::Null, Value::Null)] }),
            ),
            Some("Diff") => of_project("changes", json!({ "diff": [file_diff()] })),
            Some("Log") => {
                let commit =
                    json!({ "oid": "0123456789abcdef", "subject": "First", "author": "A phone", "committedAt": AT });
                of_project(
                    "changes",
                    json!({ "branch": "main", "log": { "nodes": [commit], "pageInfo": { "hasNextPage": false } } }),
                )
            }
            Some("FindFiles") => of_project("findFiles", json!({ "paths": ["src/new.rs"], "isPartial": false })),
            Some("SearchText") => of_project(
                "searchText",
                json!({ "matches": [{ "path": "a.rs", "line": 3, "text": "  here\n", "ranges": [], "isCut": false }], "isPartial": true }),
            ),
            other => panic!("{other:?}"),
        }
    };
    Server::start(answer, |_: &Value| Vec::new(), []).await
}

#[tokio::test]
async fn folders_are_listed_and_files_are_shown() {
    let server = server().await;
    let pcc = Pcc::of(&server.base);
    let listed = pcc.run(&["files", "demo"]).await;
    assert_eq!(
        listed.stdout,
        "NAME  SIZE    CHANGED\nsrc/          2026-11-23 00:00\na.rs  1.2 kB  2026-11-23 00:00\n"
    );
    let shown = pcc.run(&["files", "demo", "a.rs"]).await;
    assert_eq!(shown.stdout, "fn a() {}\n");
    assert!(shown.stderr.contains("9 lines"), "{shown:?}");
    assert_eq!(
        pcc.run(&["files", "demo", "a.rs", "--json"]).await.json()["version"],
        "v"
    );
    let nothing = pcc.run(&["files", "demo", "nothing"]).await;
    assert_eq!(
        (nothing.status.code(), nothing.stderr.as_str()),
        (Some(1), "error: There is nothing at nothing.\n")
    );
    assert_eq!(
        pcc.run(&["files", "demo", "--find", "new"]).await.stdout,
        "src/new.rs\n"
    );
    let found = pcc.run(&["files", "demo", "--search", "here"]).await;
    assert_eq!(
        (found.stdout.as_str(), found.stderr.as_str()),
        ("a.rs:3:   here\n", "There may be more.\n")
    );
}

#[tokio::test]
async fn a_diff_is_shown_whole_or_as_an_overview() {
    let server = server().await;
    let pcc = Pcc::of(&server.base);
    let diff = pcc.run(&["diff", "demo", "a.rs"]).await;
    assert_eq!(
        diff.stdout,
        "a.rs (modified)\n@@ -1,1 +1,1 @@\n-let a = 1;\n+let a = 2;\n"
    );
    let asked = server
        .posts()
        .into_iter()
        .find(|post| post["operationName"] == "Diff")
        .unwrap();
    assert_eq!(asked["variables"]["paths"], json!(["a.rs"]));
    let overview = pcc.run(&["diff", "demo", "--stat"]).await;
    assert_eq!(
        overview.stdout,
        "FILE        CHANGE     +  -\na.rs        modified   1  1\nsrc/new.rs  untracked\nmain, 2 ahead of and 0 behind origin/main: +1 -1\n"
    );
    assert_eq!(
        pcc.run(&["diff", "demo", "--json"]).await.json()["files"][0]["path"],
        "a.rs"
    );
}

#[tokio::test]
async fn commits_are_listed() {
    let server = server().await;
    let log = Pcc::of(&server.base).run(&["log", "demo", "-n", "5"]).await;
    assert_eq!(
        log.stdout,
        "COMMIT      WHEN              AUTHOR   SUBJECT\n0123456789  2026-11-23 00:00  A phone  First\n"
    );
}
