//! One turn: from a prompt that was sent to the end of its answer.
//!
//! The end is read from the session's state, never from single events. So it is found as well when the connection, or
//! the server, was away while it happened.

use std::time::Duration;

use anyhow::Result;
use client::{
    Applied, SessionStream, Transcript,
    types::{DeliveryState, Message, MessageRole, SessionStatus},
};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::{
    desk::{Desk, may_wait},
    interrupt::Interrupt,
    render::Renderer,
};
use crate::context::Context;

/// How long a state that looks like a bad end may still turn out to be none, as while a server starts again.
const DOUBT: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE", tag = "state")]
pub enum Outcome {
    Completed,
    Aborted,
    Failed { message: String },
}

/// While a tool runs, or a prompt waits, how long nothing may come before it is asked what it waits for.
const LOOK: Duration = Duration::from_secs(1);

/// How a turn stands.
#[derive(Clone, Debug, PartialEq)]
enum Standing {
    Running,
    /// Nothing runs, but no answer is complete either. If it stays so, this is the sentence.
    Doubtful(&'static str),
    Over(Outcome),
}

/// Prints the turn as it goes and waits for its end.
pub async fn watch(
    mut desk: Desk<'_>,
    stream: &mut SessionStream,
    renderer: &mut Renderer,
    interrupt: &Interrupt,
    prompt: &str,
) -> Result<Outcome> {
    let context = desk.context;
    let mut is_aborted = false;
    let mut applied = Applied::Snapshot;
    loop {
        let standing = match stream.transcript() {
            Some(transcript) => {
                renderer.show(transcript, &applied)?;
                standing(transcript, prompt)
            }
            None => Standing::Running,
        };
        let patience = match standing {
            Standing::Over(_) if is_aborted => return Ok(Outcome::Aborted),
            Standing::Over(outcome) => return Ok(outcome),
            Standing::Doubtful(_) => DOUBT,
            // The caller has a limit for the whole.
            Standing::Running => Duration::MAX,
        };
        let messages = stream.transcript().map(Transcript::messages).unwrap_or_default();
        let is_queued = messages
            .iter()
            .any(|message| message.id == prompt && message.delivery == Some(DeliveryState::Queued));
        let may_wait = messages.iter().flat_map(|message| &message.parts).any(may_wait);
        tokio::select! {
            () = sleep(LOOK), if may_wait && !is_aborted => tokio::select! {
                looked = desk.look(renderer) => looked?,
                () = interrupt.pressed() => {
                    is_aborted = true;
                    abort(context, stream).await?;
                }
            },
            () = sleep(LOOK), if is_queued && !is_aborted => tokio::select! {
                looked = desk.look_at_project(renderer) => looked?,
                () = interrupt.pressed() => {
                    is_aborted = true;
                    abort(context, stream).await?;
                }
            },
            next = timeout(patience, stream.next()) => match (next, standing) {
                (Ok(Some(next)), _) => applied = next?,
                (Err(_), Standing::Doubtful(_)) if is_aborted => return Ok(Outcome::Aborted),
                (Err(_), Standing::Doubtful(message)) => return Ok(Outcome::Failed { message: message.to_owned() }),
                (Ok(None), _) => return Ok(Outcome::Failed { message: "The session's stream ended.".to_owned() }),
                (Err(_), _) => {}
            },
            () = interrupt.pressed() => {
                is_aborted = true;
                abort(context, stream).await?;
            }
        }
    }
}

async fn abort(context: &Context, stream: &SessionStream) -> Result<()> {
    context.output.note("\naborting; Ctrl-C again to leave at once");
    let session = stream.session().map(|session| session.id.clone()).unwrap_or_default();
    context.client.abort_session(&session).await?;
    Ok(())
}

fn standing(transcript: &Transcript, prompt: &str) -> Standing {
    let messages = transcript.messages();
    // The stream may bring it later than the answer to the mutation.
    let Some(place) = messages.iter().position(|message| message.id == prompt) else {
        return Standing::Running;
    };
    let failed = |message: &str| {
        Standing::Over(Outcome::Failed {
            message: message.to_owned(),
        })
    };
    match &messages[place].delivery {
        Some(DeliveryState::Failed) => {
            let reason = messages[place].error.as_ref().map(|error| error.message.as_str());
            return failed(reason.unwrap_or("The agent did not take the prompt."));
        }
        Some(DeliveryState::Queued | DeliveryState::Sent) => return Standing::Running,
        _ => {}
    }
    let last = messages[place + 1..]
        .iter()
        .rfind(|message| message.role == MessageRole::Assistant);
    match (&transcript.session().status, last) {
        (SessionStatus::Idle, Some(Message { error: Some(error), .. })) => failed(&error.message),
        (
            SessionStatus::Idle,
            Some(Message {
                completed_at: Some(_), ..
            }),
        ) => Standing::Over(Outcome::Completed),
        (SessionStatus::Idle, _) => Standing::Doubtful("The agent ended its turn without an answer."),
        (SessionStatus::Interrupted, _) => {
            Standing::Doubtful("The agent was restarted in the middle of its answer. \"pcc continue\" lets it go on.")
        }
        _ => Standing::Running,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const AT: &str = "2026-11-23T00:00:00Z";

    fn message(id: &str, role: &str, more: Value) -> Value {
        let mut message = json!({ "id": id, "role": role, "session": { "id": "s", "project": { "id": "p" } },
            "parts": [], "changes": [], "createdAt": AT });
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        message
    }

    fn standing_of(status: &str, messages: &[Value]) -> Standing {
        let session = json!({ "id": "s", "title": "", "status": status, "isForkPending": false, "createdAt": AT, "updatedAt": AT,
            "project": { "id": "p", "slug": "p", "name": "P" } });
        let snapshot = json!({ "session": session, "messages": messages, "todoList": { "todos": [] }, "cursor": "c" });
        standing(&Transcript::new(serde_json::from_value(snapshot).unwrap()), "q")
    }

    #[test]
    fn a_turn_is_over_when_its_own_answer_is() {
        let before = message("b", "ASSISTANT", json!({ "completedAt": AT }));
        let asked = |delivery: &str| message("q", "USER", json!({ "delivery": delivery }));
        let done = message("a", "ASSISTANT", json!({ "completedAt": AT }));
        let half = message("a", "ASSISTANT", json!({}));
        let fault = json!({ "name": "APIError", "message": "Overloaded.", "isRetryable": false });
        let faulty = message("a", "ASSISTANT", json!({ "completedAt": AT, "error": fault }));
        let completed = Standing::Over(Outcome::Completed);
        let failed = |message: &str| {
            Standing::Over(Outcome::Failed {
                message: message.to_owned(),
            })
        };

        // The answer before is another turn's, and the prompt may arrive late.
        assert_eq!(standing_of("IDLE", std::slice::from_ref(&before)), Standing::Running);
        assert_eq!(
            standing_of("IDLE", &[before.clone(), asked("QUEUED")]),
            Standing::Running
        );
        assert_eq!(standing_of("IDLE", &[before.clone(), asked("SENT")]), Standing::Running);
        assert!(matches!(
            standing_of("IDLE", &[before.clone(), asked("CONSUMED")]),
            Standing::Doubtful(_)
        ));
        assert!(matches!(
            standing_of("IDLE", &[before, asked("UNKNOWN")]),
            Standing::Doubtful(_)
        ));
        // Several messages make one answer: the session tells whether it goes on.
        assert_eq!(
            standing_of("BUSY", &[asked("CONSUMED"), done.clone()]),
            Standing::Running
        );
        assert_eq!(
            standing_of("RETRYING", &[asked("CONSUMED"), faulty.clone()]),
            Standing::Running
        );
        assert!(matches!(
            standing_of("IDLE", &[asked("CONSUMED"), half.clone()]),
            Standing::Doubtful(_)
        ));
        assert!(matches!(
            standing_of("INTERRUPTED", &[asked("CONSUMED"), half]),
            Standing::Doubtful(_)
        ));
        assert_eq!(standing_of("IDLE", &[asked("CONSUMED"), done]), completed);
        assert_eq!(standing_of("IDLE", &[asked("CONSUMED"), faulty]), failed("Overloaded."));
        assert_eq!(
            standing_of("BUSY", &[asked("FAILED")]),
            failed("The agent did not take the prompt.")
        );
    }
}
