//! Taking prompts and answering them.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use super::{
    Agent,
    history::{Message, new_id, now, since_1970},
};

/// Some of it takes two code units in UTF-16, one of it none that is printed.
const WORDS: [&str; 8] = ["so ", "it ", "is ", "said, ", "𝄞 ", "naïve ", "and ", "done.\n"];
const LENGTH: usize = 24;

/// The whole answer to a prompt.
pub fn answer_to(prompt: &str) -> String {
    pieces(prompt).concat()
}

/// A prompt that is answered with the time: so many pieces, one each `pause`, each the microseconds since 1970 at which it
/// was sent. Whoever gets one knows how late it is.
pub fn ask_for_times(count: usize, pause: Duration) -> String {
    format!("[[times {count} {}]]", pause.as_millis())
}

fn asked_for_times(prompt: &str) -> Option<(usize, Duration)> {
    let (count, pause) = prompt.strip_prefix("[[times ")?.strip_suffix("]]")?.split_once(' ')?;
    let pause = Duration::from_millis(pause.parse().ok().filter(|pause| *pause > 0)?);
    Some((count.parse().ok()?, pause))
}

fn pieces(prompt: &str) -> Vec<String> {
    let start: usize = prompt.bytes().map(usize::from).sum();
    let words = (0..LENGTH).map(|index| WORDS[(start + index) % WORDS.len()].to_owned());
    std::iter::once(format!("To {prompt}: ")).chain(words).collect()
}

/// Keeps a prompt and sees to it that it is answered. `false` without such a session.
pub(super) fn take_prompt(agent: &Arc<Agent>, session_id: &str, asked: &Value) -> std::io::Result<bool> {
    let mut is_known = true;
    agent.change(|history| {
        let Some(session) = history.sessions.get_mut(session_id) else {
            is_known = false;
            return Vec::new();
        };
        let id = asked["messageID"].as_str().map_or_else(|| new_id("msg"), str::to_owned);
        let is_newest = session.newest_prompt().is_some_and(|newest| newest.info["id"] == *id);
        if session.message(&id).is_some() {
            if !is_newest {
                // OpenCode takes it for the newest then, and answers it once more.
                session.messages.push(begun_answer(session_id, &id));
            }
            return Vec::new();
        }
        let info = json!({
            "id": id, "sessionID": session_id, "role": "user", "time": { "created": now() },
            "agent": "build", "model": { "providerID": "demo", "modelID": "light" },
        });
        let mut told = vec![("message.updated", json!({ "info": info }))];
        let mut parts = Vec::new();
        for part in asked["parts"].as_array().into_iter().flatten() {
            let mut part = part.clone();
            part["messageID"] = json!(id);
            part["sessionID"] = json!(session_id);
            told.push(("message.part.updated", json!({ "part": part })));
            parts.push(part);
        }
        session.messages.push(Message { info, parts });
        session.touch();
        told
    })?;
    if is_known {
        begin(agent, session_id);
    }
    Ok(is_known)
}

fn begun_answer(session_id: &str, prompt: &str) -> Message {
    let info = json!({
        "id": new_id("msg"), "sessionID": session_id, "role": "assistant", "parentID": prompt,
        "time": { "created": now() }, "providerID": "demo", "modelID": "light",
    });
    Message {
        info,
        parts: Vec::new(),
    }
}

/// One task for each session at a time.
fn begin(agent: &Arc<Agent>, session_id: &str) {
    let mut turns = agent.turns.lock().unwrap_or_else(PoisonError::into_inner);
    if turns.get(session_id).is_some_and(|turn| !turn.is_finished()) {
        return;
    }
    let turn = tokio::spawn(answer_all(Arc::clone(agent), session_id.to_owned()));
    turns.insert(session_id.to_owned(), turn.abort_handle());
}

async fn answer_all(agent: Arc<Agent>, session_id: String) {
    let status = |kind: &str| json!({ "sessionID": session_id, "status": { "type": kind } });
    agent.tell("session.status", &status("busy"));
    while let Some(prompt) = next_prompt(&agent, &session_id) {
        if answer(&agent, &session_id, &prompt).await.is_err() {
            break;
        }
    }
    agent.tell("session.status", &status("idle"));
    agent.tell("session.idle", &json!({ "sessionID": session_id }));
}

/// Without one the task is over; a prompt that comes from now on begins another.
fn next_prompt(agent: &Agent, session_id: &str) -> Option<Message> {
    let mut turns = agent.turns.lock().unwrap_or_else(PoisonError::into_inner);
    let history = agent.history();
    let session = history.sessions.get(session_id);
    let prompt = session.and_then(|session| session.unanswered().cloned());
    if prompt.is_none() {
        turns.remove(session_id);
    }
    prompt
}

async fn answer(agent: &Agent, session_id: &str, prompt: &Message) -> std::io::Result<()> {
    let prompt_id = prompt.info["id"].as_str().unwrap_or_default();
    let mut message = begun_answer(session_id, prompt_id);
    let message_id = message.info["id"].clone();
    let mut part = json!({
        "id": new_id("prt"), "messageID": message_id, "sessionID": session_id,
        "type": "text", "text": "", "time": { "start": now() },
    });
    keep(agent, session_id, &message, Some(&part))?;
    let mut said = String::new();
    let mut say = |piece: &str| {
        let delta = json!({
            "sessionID": session_id, "messageID": message_id, "partID": part["id"], "field": "text", "delta": piece,
        });
        agent.tell("message.part.delta", &delta);
        said.push_str(piece);
    };
    let text = prompt.text();
    if let Some((count, pause)) = asked_for_times(&text) {
        let mut ticks = interval(pause);
        for _ in 0..count {
            ticks.tick().await;
            say(&format!("{} ", since_1970().as_micros()));
        }
    } else {
        for piece in pieces(&text) {
            sleep(agent.token_delay).await;
            say(&piece);
        }
    }
    part["text"] = json!(said);
    part["time"]["end"] = json!(now());
    message.parts = vec![part.clone()];
    keep(agent, session_id, &message, Some(&part))?;
    message.info["time"]["completed"] = json!(now());
    keep(agent, session_id, &message, None)
}

fn keep(agent: &Agent, session_id: &str, message: &Message, part: Option<&Value>) -> std::io::Result<()> {
    agent.change(|history| {
        let Some(session) = history.sessions.get_mut(session_id) else {
            return Vec::new();
        };
        let id = message.info["id"].as_str().unwrap_or_default();
        match session.message(id) {
            Some(known) => *known = message.clone(),
            None => session.messages.push(message.clone()),
        }
        session.touch();
        let mut told = vec![("message.updated", json!({ "info": message.info }))];
        told.extend(part.map(|part| ("message.part.updated", json!({ "part": part }))));
        told
    })
}

/// Ends the running turn, as far as it has come.
pub(super) fn abort(agent: &Agent, session_id: &str) {
    let mut turns = agent.turns.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(turn) = turns.remove(session_id) {
        turn.abort();
        agent.tell("session.idle", &json!({ "sessionID": session_id }));
    }
}
