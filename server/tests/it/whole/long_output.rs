//! A tool that prints megabytes: the end is the agent's own, and nobody is sent all of it again and again.

use std::{collections::BTreeSet, time::Instant};

use client::types::{Message, Part, ToolState};
use futures_util::future::join;

use super::bad_agent::Stage;
use crate::support::database::Kind;

/// While a tool runs.
const SHOWN_AT_MOST: usize = 4 * 1024;
/// Five megabytes in lines of a hundred, in fifty pieces.
const PROMPT: &str = "[[bash: seq 50 | while read piece; do head -c 99000 /dev/zero | tr '\\0' x | fold -w 99; echo piece $piece; sleep 0.15; done]]";

fn outputs(messages: &[Message]) -> impl Iterator<Item = (&ToolState, &str)> {
    let parts = messages.iter().flat_map(|message| &message.parts);
    parts.filter_map(|part| match part {
        Part::ToolPart(part) => Some((&part.state, part.output.as_deref()?)),
        _ => None,
    })
}

async fn megabytes(kind: Kind) {
    let stage = Stage::set(kind).await;
    let session = stage.session("long").await;
    let mut stream = stage.client.session_stream(&session);
    let (began, mut shown) = (Instant::now(), BTreeSet::new());
    let watching = stream.until(|transcript| {
        for (state, output) in outputs(transcript.messages()) {
            match state {
                ToolState::Running => drop(shown.insert(output.to_owned())),
                ToolState::Completed => return true,
                _ => {}
            }
        }
        false
    });
    let (watched, sent) = join(watching, stage.client.send_prompt(&session, PROMPT)).await;
    watched.unwrap();
    sent.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let longest = shown.iter().map(String::len).max().unwrap_or_default();
    println!(
        "{} outputs in {seconds:.1} s, the longest of {longest} bytes",
        shown.len()
    );
    assert!(longest <= SHOWN_AT_MOST, "{longest}");
    // It is seen to go on, and not with every piece.
    assert!(shown.len() >= 3, "{shown:?}");
    assert!((shown.len() as f64) <= seconds + 2.0, "{} in {seconds} s", shown.len());

    stage.is_the_agents_own("the end", &session, 2).await;
    let messages = stage.client.messages(&session).await.unwrap().unwrap();
    let (state, output) = outputs(&messages).next().unwrap();
    assert_eq!(*state, ToolState::Completed);
    assert!(
        output.len() > SHOWN_AT_MOST && output.len() <= 64 * 1024,
        "{}",
        output.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_tool_that_prints_megabytes_on_sqlite() {
    megabytes(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_tool_that_prints_megabytes_on_postgres() {
    megabytes(Kind::Postgres).await;
}
