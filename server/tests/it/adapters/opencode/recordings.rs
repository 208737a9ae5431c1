//! Recordings of OpenCode 1.18.33, one a situation, replayed through the adapter in chunks of every kind.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use server::agent::AgentEvent;

use super::{
    DIRECTORY,
    replay::{Script, replay_events},
};

/// Each recording by its name, as `/global/event` sends it. Most were made at `/event`, which has no envelope.
fn recordings() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/opencode");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let recordings = files.filter(|path| path.extension().is_some_and(|kind| kind == "sse"));
    recordings
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (
                name,
                fs::read_to_string(&path)
                    .unwrap()
                    .lines()
                    .map(|line| wrapped(line) + "\n")
                    .collect(),
            )
        })
        .collect()
}

fn wrapped(line: &str) -> String {
    match line.strip_prefix("data: ") {
        Some(event) if event.contains(r#""payload":"#) => line.to_owned(),
        Some(event) if event.contains(r#""type":"server."#) => format!(r#"data: {{"payload":{event}}}"#),
        Some(event) => format!(r#"data: {{"directory":"{DIRECTORY}","project":"3af2","payload":{event}}}"#),
        None => line.to_owned(),
    }
}

#[tokio::test]
async fn every_recording_means_the_same_in_chunks_of_any_size() {
    let recordings = recordings();
    assert_eq!(recordings.len(), 18);
    for (name, text) in recordings {
        let (events, end) = replay_events(Script::of(&text)).await;
        let crlf = text.replace('\n', "\r\n");
        for (what, script) in [
            ("chunks of 7", Script::in_chunks(text.as_bytes(), 7)),
            ("chunks of 1021", Script::in_chunks(text.as_bytes(), 1021)),
            ("CRLF in chunks of 1", Script::in_chunks(crlf.as_bytes(), 1)),
            ("CRLF", Script::of(&crlf)),
        ] {
            assert!(replay_events(script).await.0 == events, "{name} differs in {what}");
        }
        insta::assert_snapshot!(name, readable(&events, &end));
    }
}

/// One line an event, ids numbered, runs of deltas and of what is not known folded.
fn readable(events: &[AgentEvent], end: &str) -> String {
    let mut text = String::new();
    let same_run = |one: &AgentEvent, next: &AgentEvent| match (one, next) {
        (AgentEvent::TextDelta(one), AgentEvent::TextDelta(next)) => one.part_id == next.part_id,
        (AgentEvent::Unknown { kind: one, .. }, AgentEvent::Unknown { kind: next, .. }) => {
            one == next && one == "plugin.added"
        }
        _ => false,
    };
    for run in events.chunk_by(same_run) {
        match &run[0] {
            AgentEvent::TextDelta(first) => {
                let whole: String = run.iter().filter_map(delta_text).collect();
                writeln!(text, "{} TextDelta {}: {whole:?}", run.len(), first.part_id).unwrap();
            }
            AgentEvent::Unknown { kind, .. } if run.len() > 1 => {
                writeln!(text, "{} Unknown {kind}", run.len()).unwrap();
            }
            event => writeln!(text, "{event:?}").unwrap(),
        }
    }
    writeln!(text, "end: {end}").unwrap();
    number_ids(&text)
}

fn delta_text(event: &AgentEvent) -> Option<&str> {
    match event {
        AgentEvent::TextDelta(delta) => Some(&delta.text),
        _ => None,
    }
}

/// `msg_20772ea47001TGSHHZ9FMbX7mh` becomes `msg_1`, in the order of appearance.
fn number_ids(text: &str) -> String {
    let mut numbers: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut numbered = String::new();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (between, from_word) = rest.split_at(start);
        let (word, after) = from_word.split_at(from_word.find(|c| !is_word(c)).unwrap_or(from_word.len()));
        numbered.push_str(between);
        match word.split_once('_') {
            Some((prefix @ ("ses" | "msg" | "prt" | "evt" | "per" | "que"), id)) if id.len() == 26 => {
                let known = numbers.entry(prefix).or_default();
                let next = known.len() + 1;
                write!(numbered, "{prefix}_{}", known.entry(id).or_insert(next)).unwrap();
            }
            _ => numbered.push_str(word),
        }
        rest = after;
    }
    numbered + rest
}

#[tokio::test]
async fn deltas_add_up_to_the_finished_part() {
    let text = &recordings()["a2-plain-text-warm-reasoning"];
    let (events, _) = replay_events(Script::of(text)).await;
    let mut written: BTreeMap<&str, String> = BTreeMap::new();
    let mut finished = 0;
    for event in &events {
        match event {
            AgentEvent::TextDelta(delta) => written.entry(&delta.part_id).or_default().push_str(&delta.text),
            AgentEvent::PartChanged(part) => {
                use server::agent::PartContent::{Reasoning, Text};
                if let (Some(written), Text { text, .. } | Reasoning { text, .. }) =
                    (written.get(part.id.as_str()), &part.content)
                {
                    assert_eq!(written, text);
                    finished += 1;
                }
            }
            _ => {}
        }
    }
    assert_eq!(finished, 2, "one part of reasoning and one of text");
}
