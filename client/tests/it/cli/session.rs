use serde_json::{Value, json};

use super::{project, session};
use crate::support::{Answer, Server, pcc::Pcc};

/// A server with one session, of which everything can be asked.
async fn server() -> Server {
    let answer = |body: &Value| {
        let changed = |field: &str| Answer::Data(json!({ field: { "session": session("IDLE") } }));
        let of_session = |field: &str, value: Value| match body["variables"]["session"].as_str() {
            Some("s") => Answer::Data(json!({ "session": { field: value } })),
            _ => Answer::Data(json!({ "session": null })),
        };
        let todo = |content: &str, status: &str| json!({ "content": content, "status": status, "priority": "HIGH" });
        match body["operationName"].as_str() {
            Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
            Some("Sessions") => {
                let page = json!({ "nodes": [session("IDLE")], "pageInfo": { "hasNextPage": false } });
                Answer::Data(json!({ "project": { "sessions": page } }))
            }
            Some("RenameSession") => changed("renameSession"),
            Some("ForkSession") => changed("forkSession"),
            Some("RevertSession") => changed("revertSession"),
            Some("UnrevertSession") => Answer::Error("Nothing was taken back.", json!({ "code": "CONFLICT" })),
            Some("SummarizeSession") => changed("summarizeSession"),
            Some("ArchiveSession") => changed("archiveSession"),
            Some("UnarchiveSession") => changed("unarchiveSession"),
            Some("DeleteSession") => Answer::Data(json!({ "deleteSession": { "sessionId": "s" } })),
            Some("Todos") => of_session(
                "todos",
                json!([
                    todo("Read\nthe \u{1b}tables", "COMPLETED"),
                    todo("Mend", "IN_PROGRESS"),
                    todo("Test", "PENDING"),
                    todo("Dance", "CANCELLED"),
                    todo("Dream", "FROM_THE_FUTURE"),
                ]),
            ),
            Some("SessionChanges") => of_session(
                "changes",
                json!([{ "path": "a.rs", "kind": "MODIFIED", "additions": 12, "deletions": 3, "turns": 2 }]),
            ),
            Some("TurnChanges") if body["variables"]["message"] == "m" => {
                let line = json!({ "kind": "ADDED", "newNumber": 1, "text": "one", "marks": [], "isCut": false, "lacksNewline": false });
                let hunk = json!({ "oldStart": 0, "oldLines": 0, "newStart": 1, "newLines": 1, "foldedBefore": 0, "lines": [line] });
                let diff = json!({ "path": "a.rs", "kind": "ADDED", "shown": "TEXT", "additions": 1, "deletions": 0,
                    "isCut": false, "hunks": [hunk] });
                Answer::Data(json!({ "node": { "__typename": "Message", "changes": [diff] } }))
            }
            Some("TurnChanges") => Answer::Data(json!({ "node": null })),
            Some("/sessions/s/export") => Answer::Text("# Crabs\n\nTwo 🦀🦀 are here"),
            Some("/sessions/none/export") => Answer::Error("There is no session none.", json!({ "code": "NOT_FOUND" })),
            other => panic!("{other:?}"),
        }
    };
    Server::start(answer, |_: &Value| Vec::new(), []).await
}

#[tokio::test]
async fn what_is_asked_of_a_session_is_sent_and_what_becomes_of_it_is_said() {
    let server = server().await;
    let cases: [(&[&str], Value, &str); 8] = [
        (
            &["rename", "s", "Crabs"],
            json!({ "id": "s", "title": "Crabs" }),
            "Renamed: s Crabs\n",
        ),
        (&["fork", "s"], json!({ "session": "s" }), "Copied to s Crabs\n"),
        (
            &["fork", "s", "--before", "m", "--title", "Other"],
            json!({ "session": "s", "before": "m", "title": "Other" }),
            "Copied to s Crabs\n",
        ),
        (
            &["revert", "s", "m"],
            json!({ "session": "s", "message": "m" }),
            "Taken back: s Crabs\n",
        ),
        (
            &["summarize", "s"],
            json!({ "id": "s" }),
            "It is being summed up: s Crabs\n",
        ),
        (&["archive", "s"], json!({ "id": "s" }), "Put away: s Crabs\n"),
        (&["unarchive", "s"], json!({ "id": "s" }), "Taken out again: s Crabs\n"),
        (&["rm", "s"], json!({ "id": "s" }), "Deleted: s\n"),
    ];
    for (words, expected, line) in cases {
        let said = Pcc::of(&server.base).run(&[&["session"], words].concat()).await;
        assert_eq!((said.status.code(), said.stdout.as_str()), (Some(0), line), "{said:?}");
        let mut input = server.posts().last().unwrap()["variables"]["input"].clone();
        let id = input.as_object_mut().unwrap().remove("clientMutationId");
        assert!(id.is_some_and(|id| id.is_string()), "{words:?} can be sent again");
        assert_eq!(input, expected, "{words:?}");
    }
    let made = Pcc::of(&server.base).run(&["session", "fork", "s", "--json"]).await;
    assert_eq!(made.json()["id"], "s");
}

#[tokio::test]
async fn what_a_session_cannot_do_is_an_error_with_its_code() {
    let server = server().await;
    let refused = Pcc::of(&server.base).run(&["session", "unrevert", "s", "--json"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(refused.error()["code"], "CONFLICT");
    for words in [
        &["todos", "none"][..],
        &["session", "changes", "none"],
        &["session", "changes", "s", "--turn", "none"],
    ] {
        let lost = Pcc::of(&server.base).run(&[words, &["--json"]].concat()).await;
        assert_eq!(lost.error()["code"], "NOT_FOUND", "{words:?}");
    }
}

#[tokio::test]
async fn todos_are_a_list_to_tick_off() {
    let server = server().await;
    let said = Pcc::of(&server.base).run(&["todos", "s"]).await;
    assert_eq!(
        said.stdout,
        "[x] Read the tables\n[>] Mend\n[ ] Test\n[-] Dance\n[ ] Dream\n"
    );
    let listed = Pcc::of(&server.base).run(&["todos", "s", "--json"]).await;
    assert_eq!(listed.json()[1]["status"], "IN_PROGRESS");
}

#[tokio::test]
async fn changes_are_those_of_all_turns_or_the_diff_of_one() {
    let server = server().await;
    let all = Pcc::of(&server.base).run(&["session", "changes", "s"]).await;
    assert_eq!(all.stdout, "FILE  CHANGE    +   -  TURNS\na.rs  modified  12  3  2\n");
    let turn = ["session", "changes", "s", "--turn", "m"];
    let one = Pcc::of(&server.base).run(&turn).await;
    assert_eq!(one.stdout.lines().next(), Some("a.rs (added)"));
    assert!(one.stdout.contains("+one"), "{one:?}");
    assert_eq!(server.posts().last().unwrap()["variables"]["withGenerated"], false);
    Pcc::of(&server.base).run(&[&turn[..], &["--generated"]].concat()).await;
    assert_eq!(server.posts().last().unwrap()["variables"]["withGenerated"], true);
}

#[tokio::test]
async fn what_was_put_away_is_listed_when_asked_for() {
    let server = server().await;
    for (words, is_archived) in [
        (&["sessions", "demo"][..], false),
        (&["sessions", "demo", "--archived"], true),
    ] {
        let listed = Pcc::of(&server.base).run(words).await;
        assert!(listed.stdout.contains("Crabs"), "{listed:?}");
        assert_eq!(server.posts().last().unwrap()["variables"]["archived"], is_archived);
    }
}

#[tokio::test]
async fn a_session_is_exported_whole_or_not_at_all() {
    let server = server().await;
    let pcc = Pcc::of(&server.base);
    let shown = pcc.run(&["session", "export", "s"]).await;
    assert_eq!(shown.stdout, "# Crabs\n\nTwo 🦀🦀 are here");
    assert_eq!(server.posts().last().unwrap()["variables"], "format=markdown");

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let kept = file("crabs.json");
    let words = ["session", "export", "s", "--format", "json", "--output", &kept];
    let written = pcc.run(&words).await;
    assert_eq!(
        (written.status.code(), written.stdout.as_str()),
        (Some(0), ""),
        "{written:?}"
    );
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), shown.stdout);
    assert_eq!(server.posts().last().unwrap()["variables"], "format=json");

    let refused = pcc
        .run(&["session", "export", "none", "--output", &file("none.md")])
        .await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("There is no session none."), "{refused:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
