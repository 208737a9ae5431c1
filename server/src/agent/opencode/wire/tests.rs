//! Tables of odd input. The recordings of a real server are replayed in `tests/it/adapters/opencode`.

use serde_json::json;

use super::*;
use crate::agent::{PartContent, SessionActivity, ToolState};

const HERE: &str = "/srv/demo";

fn told(kind: &str, properties: Value) -> AgentEvent {
    let envelope = json!({ "directory": HERE, "payload": { "id": "evt_1", "type": kind, "properties": properties } });
    event(&envelope.to_string(), HERE).unwrap()
}

fn content(mut part: Value) -> PartContent {
    for (key, id) in [("id", "prt_1"), ("messageID", "msg_1"), ("sessionID", "ses_1")] {
        part[key] = id.into();
    }
    match told("message.part.updated", json!({ "part": part })) {
        AgentEvent::PartChanged(part) => part.content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_is_told_to_its_own_folder() {
    let event_of = |directory: Value| {
        let envelope = json!({ "directory": directory, "payload": { "type": "session.idle", "properties": { "sessionID": "ses_1" } } });
        event(&envelope.to_string(), HERE)
    };
    assert_eq!(event_of(json!("/srv/other")), None);
    assert_eq!(event_of(json!("/srv/demo/inner")), None);
    assert!(event_of(json!(HERE)).is_some());
    assert!(event_of(json!("global")).is_some());
    assert!(event_of(Value::Null).is_some());
}

#[test]
fn events_of_the_server_as_a_whole_are_told() {
    let cases = [
        (
            json!({ "payload": { "type": "server.connected", "properties": {} } }),
            AgentEvent::Connected,
        ),
        (
            json!({ "payload": { "type": "server.heartbeat" } }),
            AgentEvent::Heartbeat,
        ),
        (
            json!({ "directory": "global", "payload": { "type": "global.disposed" } }),
            AgentEvent::Disposed,
        ),
        (
            json!({ "directory": HERE, "payload": { "type": "server.instance.disposed", "properties": { "directory": HERE } } }),
            AgentEvent::Disposed,
        ),
    ];
    for (envelope, expected) in cases {
        assert_eq!(event(&envelope.to_string(), HERE), Some(expected), "{envelope}");
    }
}

#[test]
fn what_postgresql_cannot_keep_is_replaced() {
    let read = |json: &str| super::read::<Value>(json.as_bytes()).unwrap();
    assert_eq!(
        read(r#"{ "a\u0000": ["b\u0000c", { "d": "\u0000" }, 7, null] }"#),
        json!({ "a\u{fffd}": ["b\u{fffd}c", { "d": "\u{fffd}" }, 7, null] })
    );
    assert_eq!(read(r#"{ "a": "\\u0000" }"#), json!({ "a": "\\u0000" }));
}

#[test]
fn copies_are_dropped() {
    let envelope =
        json!({ "directory": HERE, "payload": { "type": "sync", "syncEvent": { "type": "message.updated.1" } } });
    assert_eq!(event(&envelope.to_string(), HERE), None);
}

#[test]
fn what_nobody_knows_is_kept() {
    let raw = json!({ "sessionID": "ses_1", "dreams": [{ "content": "x" }] });
    let kept = AgentEvent::Unknown {
        kind: "dream.updated".into(),
        session_id: Some("ses_1".into()),
        raw: raw.clone(),
    };
    assert_eq!(told("dream.updated", raw), kept);
    for garbage in [
        "",
        "hello",
        "{",
        "[]",
        "7",
        "null",
        "{\"payload\":7}",
        "{\"payload\":{\"type\":7}}",
    ] {
        match event(garbage, HERE) {
            Some(AgentEvent::Unknown {
                kind, session_id: None, ..
            }) => assert_eq!(kind, "unreadable", "{garbage}"),
            other => panic!("{garbage}: {other:?}"),
        }
    }
    let Some(AgentEvent::Unknown { raw, .. }) = event(&"é".repeat(100_000), HERE) else {
        panic!()
    };
    assert_eq!(raw.as_str().unwrap().chars().count(), LONGEST_GARBAGE);
}

#[test]
fn known_kinds_of_unknown_shape_are_kept() {
    for kind in [
        "session.created",
        "session.updated",
        "session.deleted",
        "session.status",
        "session.idle",
        "message.updated",
        "message.removed",
        "message.part.updated",
        "message.part.removed",
        "message.part.delta",
    ] {
        for odd in [
            json!(null),
            json!(7),
            json!([]),
            json!({}),
            json!({ "info": {}, "part": [], "status": 7 }),
        ] {
            let kept = AgentEvent::Unknown {
                kind: kind.into(),
                session_id: None,
                raw: odd.clone(),
            };
            assert_eq!(told(kind, odd), kept);
        }
    }
    let delta =
        json!({ "sessionID": "ses_1", "messageID": "msg_1", "partID": "prt_1", "field": "input", "delta": "x" });
    assert!(matches!(
        told("message.part.delta", delta),
        AgentEvent::Unknown {
            session_id: Some(_),
            ..
        }
    ));
}

#[test]
fn an_error_is_told_in_every_shape() {
    for odd in [json!(null), json!({}), json!({ "sessionID": 7, "error": 7 })] {
        match told("session.error", odd) {
            AgentEvent::Failed {
                session_id: None,
                fault,
            } => assert_eq!(fault.name, "UnknownError"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn activities() {
    let told = |status: Value| activity(&status);
    assert_eq!(told(json!({ "type": "idle" })), Some(SessionActivity::Idle));
    assert_eq!(told(json!({ "type": "busy", "new": 1 })), Some(SessionActivity::Busy));
    assert_eq!(told(json!({ "type": "dreaming" })), None);
    let retrying = |attempt, message: &str, next_at| {
        Some(SessionActivity::Retrying {
            attempt,
            message: message.into(),
            next_at,
        })
    };
    let at = chrono::DateTime::from_timestamp_millis(1_795_421_380_125);
    assert_eq!(
        told(json!({ "type": "retry", "attempt": 2, "message": "see http://x", "next": 1_795_421_380_125_i64 })),
        retrying(2, "see (address)", at)
    );
    assert_eq!(
        told(json!({ "type": "retry", "attempt": -1, "next": "soon" })),
        retrying(0, "", None)
    );
}

#[test]
fn what_is_not_essential_may_be_anything() {
    let session = session(&json!({
        "id": "ses_1", "directory": HERE, "title": 7, "parentID": [], "time": { "created": 1000, "updated": "now" },
    }))
    .unwrap();
    assert_eq!((session.title.as_str(), session.parent_id), ("", None));
    assert_eq!(session.updated_at, session.created_at);

    let info = json!({
        "id": "msg_1", "sessionID": "ses_1", "role": "assistant", "time": { "created": 1000.5 },
        "tokens": { "input": -3, "output": "x", "reasoning": 1e300, "cache": 7 }, "cost": null, "model": "m", "error": 7,
    });
    let message = message::message(&info).unwrap();
    let tokens = message.tokens.unwrap();
    assert_eq!(
        (tokens.input, tokens.output, tokens.reasoning, tokens.cache_read),
        (0, 0, u64::MAX, 0)
    );
    assert_eq!((message.cost, message.model, message.completed_at), (None, None, None));
    assert_eq!(message.error.unwrap().name, "UnknownError");

    for broken in [
        json!({ "id": "msg_1", "sessionID": "ses_1", "role": "system", "time": { "created": 1 } }),
        json!({ "id": "msg_1", "sessionID": "ses_1", "role": "user", "time": { "created": 1e300 } }),
        json!({ "id": "msg_1", "sessionID": "ses_1", "role": "user" }),
    ] {
        assert_eq!(message::message(&broken), None, "{broken}");
    }
}

#[test]
fn text_is_complete_when_it_ended_or_never_streamed() {
    let complete = |part: Value| match content(part) {
        PartContent::Text { is_complete, .. } | PartContent::Reasoning { is_complete, .. } => is_complete,
        other => panic!("{other:?}"),
    };
    assert!(complete(json!({ "type": "text", "text": "a prompt" })));
    assert!(!complete(json!({ "type": "text", "text": "", "time": { "start": 1 } })));
    assert!(complete(
        json!({ "type": "text", "text": "x", "time": { "start": 1, "end": 2 } })
    ));
    assert!(!complete(
        json!({ "type": "reasoning", "text": "", "time": { "start": 1 } })
    ));
    assert!(complete(
        json!({ "type": "reasoning", "text": "x", "time": { "start": 1, "end": 2 } })
    ));
}

#[test]
fn a_tool_is_told_in_every_state() {
    let tool = |state: Value| match content(json!({ "type": "tool", "tool": "bash", "callID": "c", "state": state })) {
        PartContent::Tool(call) => call,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        tool(json!({ "status": "pending", "input": {}, "raw": "" })).state,
        ToolState::Pending
    );

    let running = tool(json!({ "status": "running", "input": { "command": "ls" }, "metadata": { "output": "a\n" } }));
    assert_eq!(
        (running.output.as_deref(), &running.metadata),
        (Some("a\n"), &Value::Null)
    );

    let done = tool(json!({
        "status": "completed", "input": {}, "output": "whole", "title": "ls",
        "metadata": { "output": "cut", "exit": 0, "sessionId": "ses_child" }, "time": { "start": 1, "end": 2 },
    }));
    assert_eq!(done.output.as_deref(), Some("whole"));
    assert_eq!(done.metadata, json!({ "exit": 0, "sessionId": "ses_child" }));
    assert_eq!(done.child_session_id.as_deref(), Some("ses_child"));
    assert!(done.started_at < done.ended_at);

    let failed =
        tool(json!({ "status": "error", "error": "no", "metadata": { "output": "half", "sessionId": "../x" } }));
    assert_eq!((failed.state, failed.error.as_deref()), (ToolState::Failed, Some("no")));
    assert_eq!(
        (failed.output.as_deref(), failed.child_session_id),
        (Some("half"), None)
    );
}

#[test]
fn parts_of_unknown_kind_or_shape_keep_their_json() {
    for part in [
        json!({ "type": "hologram", "data": [1, 2] }),
        json!({ "type": "tool", "tool": "bash", "state": { "status": "dreaming" } }),
        json!({ "type": "text", "text": 7 }),
        json!({ "type": "file" }),
        json!({ "type": "patch", "hash": "h", "files": [7] }),
        json!({ "type": "step-finish" }),
        json!({ "type": "subtask" }),
    ] {
        let PartContent::Unknown { kind, raw } = content(part.clone()) else {
            panic!("{part}")
        };
        assert_eq!(
            (kind.as_str(), &raw["type"]),
            (part["type"].as_str().unwrap(), &part["type"])
        );
    }
    assert!(matches!(content(json!({})), PartContent::Unknown { kind, .. } if kind == "unknown"));
}

#[test]
fn a_message_comes_with_its_parts() {
    let info = json!({ "id": "msg_1", "sessionID": "ses_1", "role": "user", "time": { "created": 1 }, "model": { "providerID": "p", "modelID": "m/n" } });
    let part = json!({ "id": "prt_1", "messageID": "msg_1", "sessionID": "ses_1", "type": "text", "text": "hi" });
    let message = message_with_parts(&json!({ "info": info, "parts": [part, {}, 7] })).unwrap();
    assert_eq!(message.parts.len(), 1);
    assert_eq!(message.message.model.as_deref(), Some("p/m/n"));
    assert_eq!(message.message.completed_at, Some(message.message.created_at));
    assert!(message_with_parts(&json!({ "info": info })).unwrap().parts.is_empty());
    assert_eq!(message_with_parts(&json!({ "parts": [] })), None);
}

/// Each value of each recorded event, replaced by what does not belong there: an event all the same.
#[test]
fn no_recorded_event_can_be_spoilt_into_an_error() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/opencode");
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    let mut spoilt = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            // One recording is cut off in its last line.
            let Ok(recorded) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let payload = recorded.get("payload").unwrap_or(&recorded).clone();
            let kind = payload["type"].as_str().unwrap();
            let told = kinds.entry(kind.to_owned()).or_default();
            *told += 1;
            if kind == "sync" || *told > 20 {
                continue;
            }
            for pointer in pointers(&payload) {
                for odd in [
                    json!(null),
                    json!(-1.5),
                    json!("\u{0}"),
                    json!([{}]),
                    json!({ "type": 7 }),
                ] {
                    let mut payload = payload.clone();
                    *payload.pointer_mut(&pointer).unwrap() = odd;
                    let envelope = json!({ "directory": HERE, "payload": payload });
                    assert!(event(&envelope.to_string(), HERE).is_some(), "{envelope}");
                    spoilt += 1;
                }
            }
        }
    }
    assert!(kinds.len() > 20 && spoilt > 5000, "{spoilt} of {kinds:?}");
}

fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = children.iter().flat_map(|(key, child)| {
        std::iter::once(format!("/{key}")).chain(pointers(child).into_iter().map(move |rest| format!("/{key}{rest}")))
    });
    below.collect()
}

#[test]
fn what_is_kept_as_it_came_has_no_answer_of_a_provider_in_it() {
    let error = json!({ "name": "APIError", "data": { "message": "m", "responseBody": "secret" } });
    let safe = json!({ "name": "APIError", "data": { "message": "m" } });
    match content(json!({ "type": "retry", "error": error })) {
        PartContent::Unknown { raw, .. } => assert_eq!(raw["error"], safe),
        other => panic!("{other:?}"),
    }
    // A message that lacks what is essential.
    match told("message.updated", json!({ "info": { "error": error } })) {
        AgentEvent::Unknown { raw, .. } => assert_eq!(raw, json!({ "info": { "error": safe } })),
        other => panic!("{other:?}"),
    }
}

/// Whatever comes over the wire, in whatever pieces, is some events, and no more is kept of it than it was.
#[test]
fn fuzz_events() {
    use bytes::Bytes;
    use futures_util::{FutureExt, StreamExt, stream};
    use sseer::EventStream;

    let read = |input: &[u8], size: usize| {
        let chunks: Vec<_> = input
            .chunks(size)
            .map(|chunk| Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(chunk)))
            .collect();
        let events = EventStream::new(stream::iter(chunks)).filter_map(|item| async { item.ok() });
        let events: Vec<_> = events.collect().now_or_never().expect("all bytes are there");
        events
            .iter()
            .map(|item| event(&item.data, "/tmp/demo-repo"))
            .collect::<Vec<_>>()
    };
    crate::fuzzing::fuzz("events", |input| {
        let whole = read(input, usize::MAX);
        // A cut inside a character is no fault of the sender's.
        if std::str::from_utf8(input).is_ok() {
            assert_eq!(read(input, 7), whole);
        }
        for found in whole.into_iter().flatten() {
            let shown = format!("{found:?}");
            assert!(shown.len() <= 64 * input.len() + 4096, "it has grown: {shown}");
        }
    });
}
