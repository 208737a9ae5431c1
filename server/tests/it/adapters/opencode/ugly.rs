//! Event streams as they should not be.

use std::{net::Ipv4Addr, time::Duration};

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use server::agent::{AgentError, AgentEvent, AgentRuntime, PartContent, SessionActivity, opencode::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use super::{
    DIRECTORY, agent, agent_with, endpoint,
    replay::{DEADLINE, Progress, Replay, Script, Then, replay, replay_events},
};

/// What OpenCode says before it listens to its own events, and then what the adapter sent to find out when it does.
const CONNECTED: &str = concat!(
    r#"data: {"payload":{"type":"server.connected","properties":{}}}"#,
    "\n\n",
    r#"data: {"directory":"/srv/demo/repo","payload":{"type":"tui.toast.show","properties":{"message":"Portable Command Center is watching","variant":"info"}}}"#,
    "\n\n",
);
const CLOSED: &str = "the agent closed its event stream";

fn event(directory: &str, kind: &str, properties: &Value) -> String {
    let envelope = json!({ "directory": directory, "payload": { "type": kind, "properties": properties } });
    format!("data: {envelope}\n\n")
}

fn idle(session: &str) -> String {
    event(DIRECTORY, "session.idle", &json!({ "sessionID": session }))
}

fn is_idle(session: &str) -> AgentEvent {
    AgentEvent::Activity {
        session_id: session.into(),
        activity: SessionActivity::Idle,
    }
}

fn delta(part: &str, text: &str) -> String {
    let ids = json!({ "sessionID": "ses_1", "messageID": "msg_1", "partID": part, "field": "text", "delta": text });
    event(DIRECTORY, "message.part.delta", &ids)
}

fn part(id: &str, text: &str) -> String {
    let part = json!({ "id": id, "messageID": "msg_1", "sessionID": "ses_1", "type": "text", "text": text });
    event(DIRECTORY, "message.part.updated", &json!({ "part": part }))
}

async fn refused(script: Script) -> AgentError {
    let server = Replay::start(script).await;
    let opened = agent().events(&endpoint(&server.url)).await;
    opened.err().expect("the stream opened")
}

#[tokio::test]
async fn what_is_no_event_stream_is_refused() {
    let answer = |status, content_type| Script {
        status,
        content_type,
        ..Script::of(CONNECTED)
    };
    let refusal = refused(answer(401, "text/event-stream")).await;
    assert!(matches!(refusal, AgentError::Rejected(_)), "{refusal:?}");
    for script in [
        answer(503, "text/event-stream"),
        answer(302, "text/event-stream"),
        answer(200, "text/html"),
        answer(200, "text/event-stream-or-so"),
    ] {
        let refusal = refused(script).await;
        assert!(matches!(refusal, AgentError::Unavailable { .. }), "{refusal:?}");
    }
    let with_charset = replay(answer(200, "Text/Event-Stream; charset=utf-8")).await;
    assert!(matches!(with_charset[0], Ok(AgentEvent::Connected)));
}

#[tokio::test]
async fn the_folder_of_others_is_left_out() {
    let text = [
        CONNECTED,
        &event("/srv/demo/other", "session.idle", &json!({ "sessionID": "ses_other" })),
        &event("/srv/demo", "session.idle", &json!({ "sessionID": "ses_above" })),
        &idle("ses_1"),
        &event("global", "global.disposed", &json!({})),
    ];
    let (events, _) = replay_events(Script::of(&text.concat())).await;
    assert_eq!(events, [AgentEvent::Connected, is_idle("ses_1"), AgentEvent::Disposed]);
}

#[tokio::test]
async fn connected_comes_first_whatever_opencode_sends_first() {
    let (events, _) = replay_events(Script::of(&idle("ses_1"))).await;
    assert_eq!(events, [AgentEvent::Connected, is_idle("ses_1")]);
}

#[tokio::test]
async fn a_stream_has_begun_once_our_own_note_comes_back() {
    let (early, note) = CONNECTED.split_at(CONNECTED.find("\n\n").unwrap() + 2);
    let server = Replay::start(Script::of(early).then(Then::Reply {
        after_notes: 3,
        text: note,
    }))
    .await;
    let mut events = agent().events(&endpoint(&server.url)).await.unwrap();
    let first = timeout(DEADLINE, events.next()).await.expect("nothing comes");
    assert!(matches!(first, Some(Ok(AgentEvent::Connected))), "{first:?}");
    assert!(server.notes() >= 3, "connected after {} notes", server.notes());
    // The note itself is nobody's business.
    assert_eq!(events.next().await.unwrap().unwrap_err().to_string(), CLOSED);
}

#[tokio::test]
async fn a_stream_has_begun_at_its_first_heartbeat() {
    let early = &CONNECTED[..CONNECTED.find("\n\n").unwrap() + 2];
    let heartbeat = "data: {\"payload\":{\"type\":\"server.heartbeat\",\"properties\":{}}}\n\n";
    let (events, _) = replay_events(Script::of(&[early, heartbeat].concat())).await;
    assert_eq!(events, [AgentEvent::Connected, AgentEvent::Heartbeat]);
    let (events, _) = replay_events(Script::of(early)).await;
    assert_eq!(events, []);
}

#[tokio::test]
async fn a_delta_may_come_before_its_part() {
    let text = [
        CONNECTED,
        &delta("prt_1", "he"),
        &part("prt_1", ""),
        &delta("prt_1", "llo"),
        &part("prt_1", "hello"),
    ];
    let (events, _) = replay_events(Script::of(&text.concat())).await;
    let kinds: Vec<_> = events
        .iter()
        .map(|event| match event {
            AgentEvent::TextDelta(delta) => format!("+{}", delta.text),
            AgentEvent::PartChanged(part) => match &part.content {
                PartContent::Text { text, .. } => format!("={text}"),
                other => format!("{other:?}"),
            },
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["Connected", "+he", "=", "+llo", "=hello"]);
}

#[tokio::test]
async fn garbage_between_events_does_no_harm() {
    let text = [
        "\u{feff}",
        CONNECTED,
        ": a comment\n\nretry: 10\n\nid: 7\n\nevent: x\n\nno colon\n\nfoo: bar\n\n",
        "data: {\"payload\":\n",
        "data: {\"type\":\"server.heartbeat\"}}\n\n",
        "data: {broken\n\n",
        "data\n\n",
        &idle("ses_1"),
    ];
    let (events, end) = replay_events(Script::in_chunks(text.concat().as_bytes(), 3)).await;
    let unreadable = |raw: &str| AgentEvent::Unknown {
        kind: "unreadable".into(),
        session_id: None,
        raw: Value::from(raw),
    };
    assert_eq!(
        events,
        [
            AgentEvent::Connected,
            AgentEvent::Heartbeat,
            unreadable("{broken"),
            unreadable(""),
            is_idle("ses_1")
        ]
    );
    assert_eq!(end, CLOSED);
}

#[tokio::test]
async fn bytes_that_are_no_text_end_the_stream() {
    let bytes = [CONNECTED.as_bytes(), b"data: \xff\xfe\n\n"].concat();
    let (events, end) = replay_events(Script::in_chunks(&bytes, usize::MAX)).await;
    assert_eq!(
        (events, end.as_str()),
        (vec![AgentEvent::Connected], "the agent's event stream is garbled")
    );
}

#[tokio::test]
async fn a_cut_event_is_not_half_an_event() {
    let whole = [CONNECTED, &idle("ses_1"), &idle("ses_2")].concat();
    // In the middle of the line, and after the line but before the blank one.
    for cut in [20, 1] {
        let (events, end) = replay_events(Script::of(&whole[..whole.len() - cut])).await;
        assert_eq!(
            (events, end.as_str()),
            (vec![AgentEvent::Connected, is_idle("ses_1")], CLOSED)
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_ends_the_stream() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = endpoint(&format!("http://{}", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0);
        }
        // One whole chunk, half of the next, and an end without the last one.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = format!("{:x}\r\n{CONNECTED}\r\n", CONNECTED.len());
        socket
            .write_all([head, &chunk, "ff\r\ndata: {\"pay"].concat().as_bytes())
            .await
            .unwrap();
        socket.shutdown().await.unwrap();
    });
    let mut events = agent().events(&at).await.unwrap();
    server.await.unwrap();
    assert!(matches!(events.next().await, Some(Ok(AgentEvent::Connected))));
    let end = timeout(DEADLINE, events.next()).await.expect("the stream did not end");
    assert_eq!(
        end.unwrap().unwrap_err().to_string(),
        "the connection to the agent broke"
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn an_event_has_a_largest_size() {
    let megabytes = |count: usize| [CONNECTED, &part("prt_1", &"x".repeat(count << 20)), &idle("ses_1")].concat();
    let (events, end) = replay_events(Script::in_chunks(megabytes(10).as_bytes(), 1 << 16)).await;
    assert_eq!((events.len(), end.as_str()), (3, CLOSED));
    let (events, end) = replay_events(Script::in_chunks(megabytes(20).as_bytes(), 1 << 16)).await;
    assert_eq!(events, [AgentEvent::Connected]);
    assert_eq!(end, "the agent sent an event of more than 16777216 bytes");
}

#[tokio::test]
async fn silence_ends_the_stream() {
    let limits = Limits {
        silence: Duration::from_millis(300),
        ..Limits::default()
    };
    let half_an_event = &idle("ses_1")[..30];
    for text in ["", CONNECTED, &[CONNECTED, half_an_event].concat()] {
        let server = Replay::start(Script::of(text).then(Then::Silence)).await;
        let events = agent_with(limits).events(&endpoint(&server.url)).await.unwrap();
        let items: Vec<_> = timeout(DEADLINE, events.collect())
            .await
            .expect("the stream did not end");
        let end = items.last().unwrap().as_ref().unwrap_err();
        assert!(end.to_string().contains("silent"), "{end}");
        assert_eq!(items.len(), if text.is_empty() { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = endpoint(&format!("http://{}", listener.local_addr().unwrap()));
    let short = Duration::from_millis(300);
    let agent = agent_with(Limits {
        call: short,
        health: short,
        ..Limits::default()
    });
    let answers = async {
        (
            agent.events(&at).await.err(),
            agent.health(&at).await.err(),
            agent.sessions(&at).await.err(),
        )
    };
    let (events, health, sessions) = timeout(DEADLINE, answers).await.expect("the calls hang");
    for error in [events, health, sessions] {
        assert!(matches!(error, Some(AgentError::Unavailable { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_slow_reader_slows_nobody_and_loses_no_text() {
    // More than the buffers of two sockets hold, and many times what the backlog takes unjoined.
    let text: String = (0..40_000)
        .map(|number| delta("prt_1", &format!("{number} ")))
        .collect();
    let script = Script::in_chunks([CONNECTED, &text].concat().as_bytes(), 1 << 14).then(Then::Silence);
    let mut server = Replay::start(script).await;
    let mut events = agent().events(&endpoint(&server.url)).await.unwrap();
    server.reached(Progress::Sent).await;

    let expected: String = (0..40_000).map(|number| format!("{number} ")).collect();
    let mut read = String::new();
    let mut count = 0;
    let reading = async {
        while read.len() < expected.len() {
            if let AgentEvent::TextDelta(delta) = events.next().await.unwrap().unwrap() {
                read.push_str(&delta.text);
                count += 1;
            }
        }
    };
    timeout(DEADLINE, reading).await.expect("text is missing");
    assert!(read == expected, "the text differs");
    assert!(count <= Limits::default().backlog_events, "{count} events waited");
}

#[tokio::test]
async fn a_reader_that_is_far_too_slow_is_told_so() {
    let text: String = (0..40_000).map(|number| idle(&format!("ses_{number}"))).collect();
    let script = Script::in_chunks([CONNECTED, &text].concat().as_bytes(), 1 << 14).then(Then::Silence);
    let mut server = Replay::start(script).await;
    let events = agent().events(&endpoint(&server.url)).await.unwrap();
    // The adapter lets go of the connection before anybody reads.
    server.reached(Progress::Dropped).await;
    let mut items: Vec<_> = timeout(DEADLINE, events.collect())
        .await
        .expect("the stream did not end");
    let end = items.pop().unwrap().unwrap_err();
    assert!(
        end.to_string().starts_with("the agent's events are read too slowly"),
        "{end}"
    );
    assert_eq!(items.len(), Limits::default().backlog_events + 1);
    assert!(items.iter().all(Result::is_ok));
}

#[tokio::test]
async fn dropping_the_stream_hangs_up() {
    let mut server = Replay::start(Script::of(CONNECTED).then(Then::Silence)).await;
    // A connection nobody wants must not live on until it is found to be silent.
    let limits = Limits {
        silence: DEADLINE * 10,
        ..Limits::default()
    };
    let mut events = agent_with(limits).events(&endpoint(&server.url)).await.unwrap();
    assert!(matches!(events.next().await, Some(Ok(AgentEvent::Connected))));
    assert!(events.next().now_or_never().is_none());
    drop(events);
    server.reached(Progress::Dropped).await;
}
