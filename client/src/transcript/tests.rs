use proptest::prelude::*;
use serde_json::json;

use super::*;

fn item(json: serde_json::Value) -> Item {
    serde_json::from_value(json).unwrap()
}

fn message(id: &str, parts: serde_json::Value) -> serde_json::Value {
    json!({ "id": id, "role": "ASSISTANT", "session": { "id": "s", "project": { "id": "p" } }, "parts": parts,
        "changes": [], "createdAt": "2026-11-23T00:00:00Z" })
}

fn text_part(text: &str, is_complete: bool) -> serde_json::Value {
    json!({ "__typename": "TextPart", "id": "t", "text": text, "isSynthetic": false, "isComplete": is_complete })
}

fn transcript(text: &str) -> Transcript {
    let session = json!({ "id": "s", "title": "", "status": "BUSY", "isForkPending": false, "project": { "id": "p", "slug": "p", "name": "P" },
        "createdAt": "2026-11-23T00:00:00Z", "updatedAt": "2026-11-23T00:00:00Z" });
    let snapshot = json!({ "session": session, "messages": [message("m", json!([text_part(text, false)]))], "todoList": { "todos": [] }, "cursor": "c" });
    Transcript::new(serde_json::from_value(snapshot).unwrap())
}

fn delta(offset: usize, text: &str) -> Item {
    item(json!({ "__typename": "TextAppended", "messageId": "m", "partId": "t", "offset": offset, "text": text }))
}

fn text(transcript: &Transcript) -> &str {
    match transcript.part("m", "t") {
        Some(Part::TextPart(part)) => &part.text,
        other => panic!("{other:?}"),
    }
}

/// The pieces with their offsets, counted as the server counts.
fn deltas(pieces: &[String]) -> Vec<(usize, String)> {
    let mut offset = 0;
    let with_offset = |piece: &String| {
        let start = offset;
        offset += piece.encode_utf16().count();
        (start, piece.clone())
    };
    pieces.iter().map(with_offset).collect()
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    // Letters of one, two and three bytes, and emoji that are two code units in UTF-16 and four bytes in UTF-8.
    prop::collection::vec("[aé€🦀👩‍🚀]{1,6}", 1..12)
}

proptest! {
    #[test]
    fn any_split_gives_the_text_and_repetitions_change_nothing(
        pieces in pieces(),
        repeats in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut transcript = transcript("");
        let deltas = deltas(&pieces);
        let mut repeats = repeats.into_iter();
        for (arrived, (offset, piece)) in deltas.iter().enumerate() {
            transcript.apply(delta(*offset, piece)).unwrap();
            if let Some(repeat) = repeats.next() {
                let (offset, piece) = &deltas[repeat.index(arrived + 1)];
                prop_assert_eq!(transcript.apply(delta(*offset, piece)), Ok(Applied::Nothing));
            }
        }
        prop_assert_eq!(text(&transcript), pieces.concat());
    }

    #[test]
    fn a_gap_is_found(pieces in pieces(), lost in any::<prop::sample::Index>()) {
        let deltas = deltas(&pieces);
        let lost = lost.index(deltas.len());
        let mut transcript = transcript("");
        for (offset, piece) in &deltas[..lost] {
            transcript.apply(delta(*offset, piece)).unwrap();
        }
        if let Some((offset, piece)) = deltas.get(lost + 1) {
            prop_assert_eq!(transcript.apply(delta(*offset, piece)), Err(OutOfStep));
        }
    }

    #[test]
    fn a_snapshot_anywhere_in_the_text_takes_up_the_rest(pieces in pieces(), at in any::<prop::sample::Index>()) {
        let deltas = deltas(&pieces);
        let at = at.index(deltas.len());
        let mut transcript = transcript(&pieces[..at].concat());
        // The stream may repeat what the snapshot holds already.
        for (offset, piece) in &deltas[at.saturating_sub(1)..] {
            transcript.apply(delta(*offset, piece)).unwrap();
        }
        prop_assert_eq!(text(&transcript), pieces.concat());
    }
}

#[test]
fn a_piece_that_overlaps_adds_what_is_new() {
    let mut transcript = transcript("one 🦀");
    transcript.apply(delta(4, "🦀 two")).unwrap();
    assert_eq!(text(&transcript), "one 🦀 two");
}

#[test]
fn what_contradicts_the_text_is_out_of_step() {
    for (offset, piece) in [(4, "x"), (2, "xx"), (1, "🦀x"), (7, "x"), (2, "")] {
        // Code units: a 0, 🦀 1 and 2, b 3.
        let mut transcript = transcript("a🦀b");
        let outcome = transcript.apply(delta(offset, piece));
        match (offset, piece) {
            (4, "x") => assert_eq!(text(&transcript), "a🦀bx"),
            _ => assert_eq!(
                (outcome, text(&transcript)),
                (Err(OutOfStep), "a🦀b"),
                "{offset} {piece}"
            ),
        }
    }
    let mut transcript = transcript("");
    let unknown = json!({ "__typename": "TextAppended", "messageId": "m", "partId": "u", "offset": 0, "text": "x" });
    assert_eq!(transcript.apply(item(unknown)), Err(OutOfStep));
    let negative = json!({ "__typename": "TextAppended", "messageId": "m", "partId": "t", "offset": -1, "text": "x" });
    assert_eq!(transcript.apply(item(negative)), Err(OutOfStep));
}

#[test]
fn a_message_from_the_database_does_not_take_text_back() {
    let mut transcript = transcript("so far");
    let stale = json!({ "__typename": "MessageChanged", "messageId": "m", "message": message("m", json!([text_part("so", false)])) });
    transcript.apply(item(stale)).unwrap();
    assert_eq!(text(&transcript), "so far");
    transcript.apply(delta(6, "!")).unwrap();
    let done = json!({ "__typename": "MessageChanged", "messageId": "m", "message": message("m", json!([text_part("Rewritten", true)])) });
    transcript.apply(item(done)).unwrap();
    assert_eq!(text(&transcript), "Rewritten");
}

#[test]
fn messages_and_parts_come_and_go() {
    let mut transcript = transcript("a");
    let new = json!({ "__typename": "MessageChanged", "messageId": "n", "message": message("n", json!([])) });
    assert_eq!(transcript.apply(item(new)), Ok(Applied::Message("n".to_owned())));
    let part = json!({ "__typename": "PartChanged", "messageId": "n",
        "part": { "__typename": "ReasoningPart", "id": "r", "text": "hm", "isComplete": false } });
    let applied = Applied::Part {
        message: "n".to_owned(),
        part: "r".to_owned(),
    };
    assert_eq!(transcript.apply(item(part)), Ok(applied));
    let gone = json!({ "__typename": "MessageChanged", "messageId": "m" });
    assert_eq!(transcript.apply(item(gone)), Ok(Applied::MessageGone("m".to_owned())));
    assert_eq!(
        transcript
            .messages()
            .iter()
            .map(|message| message.id.as_str())
            .collect::<Vec<_>>(),
        ["n"]
    );
    let lost = json!({ "__typename": "PartChanged", "messageId": "gone", "part": text_part("x", false) });
    assert_eq!(transcript.apply(item(lost)), Err(OutOfStep));
    let status = json!({ "__typename": "SessionStatusChanged", "status": "IDLE" });
    assert_eq!(transcript.apply(item(status)), Ok(Applied::Status));
    assert_eq!(transcript.session().status, crate::types::SessionStatus::Idle);
}

#[test]
fn todos_are_those_that_were_told_last() {
    let mut transcript = transcript("a");
    assert_eq!(transcript.todos(), []);
    let todos = json!([{ "content": "Mend", "status": "IN_PROGRESS", "priority": "HIGH" }]);
    let told = json!({ "__typename": "TodosChanged", "changed": { "todos": todos } });
    assert_eq!(transcript.apply(item(told)), Ok(Applied::Todos));
    assert_eq!(transcript.todos()[0].content, "Mend");
}

#[test]
fn a_part_that_is_told_late_stands_where_it_belongs() {
    let mut transcript = transcript("a");
    for id in ["u", "b", "x"] {
        let part = json!({ "__typename": "ReasoningPart", "id": id, "text": "hm", "isComplete": false });
        let changed = json!({ "__typename": "PartChanged", "messageId": "m", "part": part });
        assert!(transcript.apply(item(changed)).is_ok());
    }
    let ids: Vec<_> = transcript.messages()[0].parts.iter().filter_map(part_id).collect();
    assert_eq!(ids, ["b", "t", "u", "x"]);
}

#[test]
fn kinds_that_are_newer_than_this_client_are_passed_over() {
    let mut transcript = transcript("a");
    assert_eq!(
        transcript.apply(item(json!({ "__typename": "DreamsChanged" }))),
        Ok(Applied::Nothing)
    );
    let part = json!({ "__typename": "PartChanged", "messageId": "m", "part": { "__typename": "HologramPart" } });
    assert_eq!(transcript.apply(item(part)), Ok(Applied::Nothing));
}
