//! Carrying what users asked for to the agent: prompts, titles, deletions, and with `life` the rest.
//!
//! A prompt goes to a session only when nothing runs there and every earlier prompt has its answer. OpenCode would take it
//! at once, but of prompts that come together, or just as a turn ends, it answers only the newest; one that waits here can
//! also still be cancelled.
//!
//! Everything it does can be done again: what was deleted may be deleted again, and how a prompt is handed over twice and is
//! still one is told in [`super::handover`].

use std::{collections::HashSet, time::Duration};

use entity::{ids::SessionId, message::Delivery, session};
use tokio::{sync::watch, time::sleep};

use super::{Bridge, BridgeError, backoff, life::is_in_turn};
use crate::{agent::AgentError, crash_point, sessions::store};

/// Looks again even when nobody called.
const PERIOD: Duration = Duration::from_secs(30);

impl Bridge {
    /// As long as the stream is open. Ends only with a fault of the database.
    pub(super) async fn carry(self, mut outbox: watch::Receiver<u64>) -> Result<(), BridgeError> {
        let mut failures = 0;
        // What was asked of the agent since its sessions were last listed.
        let mut titles = HashSet::new();
        loop {
            outbox.borrow_and_update();
            // Until it is noted what came of it. An agent that was let go gets nothing more: its next run does.
            let Some(passage) = self.gate.pass().await else {
                return Ok(());
            };
            let carried = self.carry_all(&mut titles).await;
            drop(passage);
            let pause = match carried {
                Ok(()) => {
                    failures = 0;
                    PERIOD
                }
                Err(BridgeError::Agent(error)) => {
                    failures += 1;
                    tracing::info!(
                        project = %self.project, failures, error = &error as &dyn std::error::Error,
                        "the agent does not take what was asked; it is asked again"
                    );
                    backoff(failures)
                }
                Err(error) => return Err(error),
            };
            tokio::select! {
                called = outbox.changed() => if called.is_err() { return Ok(()) },
                () = self.rested.notified() => {}
                () = sleep(pause) => {}
            }
        }
    }

    async fn carry_all(&self, titles: &mut HashSet<(String, String)>) -> Result<(), BridgeError> {
        // Before the sessions: a prompt that is not on its way any more has made its session busy, or was answered.
        let sent = store::prompts(self.common.db.reader(), self.project, Delivery::Sent).await?;
        let rows = store::all_of(self.common.db.reader(), self.project).await?;
        let mut trouble = Trouble::default();
        for row in &rows {
            trouble.note(self.carry_session(row, &rows, titles).await)?;
        }
        let in_turn: HashSet<_> = rows.iter().filter(|row| is_in_turn(row)).map(|row| row.id).collect();
        let mut held_up: HashSet<_> = sent.iter().map(|prompt| prompt.session_id).collect();
        for row in rows
            .iter()
            .filter(|row| row.summary.is_some() && row.deleted_at.is_none())
        {
            let is_at_rest = !in_turn.contains(&row.id) && !held_up.contains(&row.id);
            if is_at_rest && store::unfinished(self.common.db.reader(), row.id).await?.is_empty() {
                trouble.note(self.summarize(row).await)?;
            }
            held_up.insert(row.id);
        }
        trouble.note(self.carry_prompts(&rows, &in_turn, held_up).await)?;
        trouble.end()
    }

    /// What is wanted of a session itself.
    async fn carry_session(
        &self,
        row: &session::Model,
        rows: &[session::Model],
        titles: &mut HashSet<(String, String)>,
    ) -> Result<(), BridgeError> {
        let Some(external) = &row.external_id else {
            return self.fork(row, rows).await;
        };
        if row.deleted_at.is_some() {
            return self.delete(row, external).await;
        }
        if row.is_archive_untold {
            self.archive(row, external).await?;
        }
        let title = (external.clone(), row.title.clone());
        if row.is_titled && !titles.contains(&title) {
            self.rename(external, &row.title).await?;
            titles.insert(title);
        }
        Ok(())
    }

    /// `in_turn` are the sessions where a turn runs, `held_up` those where a prompt has no answer yet, or something else is
    /// to come first: a turn is not ended before that. OpenCode may still be loading then, and would never answer anything
    /// again.
    async fn carry_prompts(
        &self,
        rows: &[session::Model],
        in_turn: &HashSet<SessionId>,
        mut held_up: HashSet<SessionId>,
    ) -> Result<(), BridgeError> {
        let db = self.common.db.reader();
        // OpenCode says that an aborted turn is at rest before it is; a prompt that comes then is never answered.
        let ending = store::unfinished_before_queued(db, self.project).await?;
        let ending: HashSet<_> = ending.iter().map(|answer| answer.session_id).collect();
        let mut queued = store::prompts(db, self.project, Delivery::Queued).await?;
        // What is to interrupt does not wait behind what was to wait.
        queued.sort_by_key(|prompt| (prompt.session_id, !prompt.interrupts, prompt.position));
        // One that fails for now holds up those behind it, not those of other sessions.
        let mut trouble = Trouble::default();
        for prompt in queued {
            let session = prompt.session_id;
            if held_up.contains(&session) {
                continue;
            }
            let outcome = if in_turn.contains(&session) {
                held_up.insert(session);
                if !prompt.interrupts {
                    continue;
                }
                self.end_turn(rows, session).await
            } else if ending.contains(&session) {
                continue;
            } else {
                self.send(prompt).await.map(|is_taken| {
                    // Another of this session goes when this one has its answer.
                    if is_taken {
                        held_up.insert(session);
                    }
                })
            };
            if trouble.note(outcome)? {
                held_up.insert(session);
            }
        }
        trouble.end()
    }

    /// Ends the turn that a prompt does not wait for. The prompt goes once the session is told to be at rest.
    async fn end_turn(&self, rows: &[session::Model], session: SessionId) -> Result<(), BridgeError> {
        let external = rows
            .iter()
            .find(|row| row.id == session)
            .and_then(|row| row.external_id.as_ref());
        let Some(external) = external else { return Ok(()) };
        match self.common.agents.abort(&self.endpoint, external).await {
            Ok(()) | Err(AgentError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, row: &session::Model, external: &str) -> Result<(), BridgeError> {
        match self.common.agents.delete_session(&self.endpoint, external).await {
            Ok(()) | Err(AgentError::NotFound | AgentError::Rejected(_)) => {}
            Err(error) => return Err(error.into()),
        }
        crash_point!("outbox.session_deleted");
        let tx = self.common.db.begin().await?;
        store::remove(&tx, row.id).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn rename(&self, external: &str, title: &str) -> Result<(), BridgeError> {
        match self.common.agents.rename_session(&self.endpoint, external, title).await {
            Ok(_) | Err(AgentError::NotFound | AgentError::Rejected(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What the agent did not take for now. It holds up nothing but what depends on it.
#[derive(Default)]
struct Trouble(Option<AgentError>);

impl Trouble {
    /// Whether there was some.
    fn note(&mut self, outcome: Result<(), BridgeError>) -> Result<bool, BridgeError> {
        match outcome {
            Ok(()) => Ok(false),
            Err(BridgeError::Agent(error)) => {
                self.0 = Some(error);
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    fn end(self) -> Result<(), BridgeError> {
        self.0.map_or(Ok(()), |error| Err(error.into()))
    }
}
