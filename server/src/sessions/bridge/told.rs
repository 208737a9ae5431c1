//! A session as the agent tells of it, what it does and its todos, into rows.

use entity::{
    ids::SessionId,
    session::{self, Activity, SessionStatus},
};

use super::{
    Bridge, BridgeError,
    apply::{After, Afterwards},
    given_up::waits,
    known::Known,
};
use crate::{
    agent::{AgentSession, SessionActivity, Todo},
    events::{Payload, Tx},
    sessions::{live::News, store},
};

impl Bridge {
    /// `is_read` says that its messages are told with it.
    pub(super) async fn put_session(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        told: AgentSession,
        is_read: bool,
    ) -> Result<(), BridgeError> {
        let row = match store::by_external_locked(&**tx, self.project, &told.id).await? {
            Some(row) => Some(row),
            // A copy that is being made. Who makes it writes down its id when it is whole.
            None if told.fork_label.is_some() => return Ok(()),
            None => match self.labelled(tx, &told).await? {
                // Its label is the last that a copy gets.
                Some(row) if row.external_id.is_none() && row.fork.is_some() => return Ok(()),
                // Made for us, and the answer was lost.
                Some(row) if row.external_id.is_none() => Some(row),
                // Somebody else's copy of one of ours bears its label.
                _ => None,
            },
        };
        let parent = match &told.parent_id {
            Some(parent) => store::by_external(&**tx, self.project, parent).await?.map(|row| row.id),
            None => None,
        };
        let external = told.id.clone();
        let id = match row {
            Some(row) => {
                let id = row.id;
                let mut changed = merged(row.clone(), told, parent);
                if is_read {
                    changed.fork = None;
                }
                if changed != row && row.deleted_at.is_none() {
                    store::save(tx, changed).await?;
                }
                id
            }
            None => {
                let row = session::Model {
                    external_id: Some(told.id),
                    parent_id: parent,
                    archived_at: told.archived_at,
                    reverted_to: told.reverted_to,
                    updated_at: told.updated_at,
                    ..session::Model::new(self.project, told.title, told.created_at)
                };
                store::insert(tx, row).await?.id
            }
        };
        known.sessions.insert(external, id);
        Ok(())
    }

    /// What the agent has set itself to do.
    pub(super) async fn put_todos(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        todos: &[Todo],
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(row) = self.session(tx, known, session).await? else {
            return Ok(());
        };
        if store::todos(&**tx, row.id).await? == todos {
            return Ok(());
        }
        store::put_todos(tx, &row, todos).await?;
        after.0.push((row.id, After::News(News::Todos)));
        Ok(())
    }

    pub(super) async fn put_activity(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        activity: Option<&SessionActivity>,
        line: Option<&String>,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let row = store::by_external_locked(&**tx, self.project, session).await?;
        let Some(row) = row.filter(|row| row.deleted_at.is_none()) else {
            known.busy.remove(session);
            return Ok(());
        };
        match activity {
            None => {}
            Some(SessionActivity::Idle) => drop(known.busy.remove(session)),
            Some(_) => drop(known.busy.insert(session.to_owned())),
        }
        let status = match activity {
            None => row.status,
            Some(SessionActivity::Idle) => SessionStatus::Idle,
            Some(SessionActivity::Busy) => SessionStatus::Busy,
            Some(SessionActivity::Retrying { .. }) => SessionStatus::Retrying,
        };
        if let Some(SessionActivity::Retrying { .. }) = activity {
            // The attempt that failed leaves text behind that is not part of the answer.
            after.0.push((row.id, After::Abandon));
        }
        if row.status == SessionStatus::Retrying && status == SessionStatus::Idle {
            self.note_given_up(tx, &row, after).await?;
        }
        let line = match (activity, line) {
            (Some(SessionActivity::Retrying { message, .. }), _) => Some(waits(message)),
            (_, Some(line)) => Some(line.clone()),
            (Some(SessionActivity::Busy), None) => Some("Working".to_owned()),
            (_, None) => row.activity.as_ref().map(|activity| activity.line.clone()),
        };
        let line = line.filter(|_| matches!(status, SessionStatus::Busy | SessionStatus::Retrying));
        let is_same = row.activity.as_ref().map(|activity| &activity.line) == line.as_ref();
        // An interruption is told until the next turn.
        let is_still_interrupted = row.status == SessionStatus::Interrupted && status == SessionStatus::Idle;
        if is_still_interrupted || (row.status == status && is_same) {
            return Ok(());
        }
        let now = self.common.clock.now();
        let activity = line.map(|line| Activity { line, since: now });
        let id = row.id;
        store::save(
            tx,
            session::Model {
                status,
                activity: activity.clone(),
                updated_at: now,
                ..row
            },
        )
        .await?;
        after.0.push((id, After::News(News::Status { status, activity })));
        Ok(())
    }

    /// The agent has deleted a session.
    pub(super) async fn forget(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(row) = store::by_external(&**tx, self.project, session).await? else {
            return Ok(());
        };
        store::remove(&**tx, row.id).await?;
        if row.deleted_at.is_none() {
            tx.emit(Payload::SessionDeleted {
                session: row.id,
                project: self.project,
            });
        }
        known.sessions.remove(session);
        after.0.push((row.id, After::News(News::Gone)));
        Ok(())
    }

    async fn labelled(&self, tx: &Tx, told: &AgentSession) -> Result<Option<session::Model>, BridgeError> {
        let label = told
            .label
            .as_deref()
            .and_then(|label| uuid::Uuid::try_parse(label).ok());
        let Some(label) = label else { return Ok(None) };
        let row = store::get_locked(&**tx, SessionId(label)).await?;
        Ok(row.filter(|row| row.project_id == self.project))
    }
}

/// What is known already, with what was told.
fn merged(row: session::Model, told: AgentSession, parent: Option<SessionId>) -> session::Model {
    let changed = session::Model {
        external_id: Some(told.id),
        parent_id: row.parent_id.or(parent),
        title: if row.is_titled || told.title.is_empty() {
            row.title.clone()
        } else {
            told.title
        },
        archived_at: if row.is_archive_untold {
            row.archived_at
        } else {
            told.archived_at
        },
        reverted_to: told.reverted_to,
        ..row.clone()
    };
    if changed == row {
        return row;
    }
    session::Model {
        updated_at: told.updated_at.max(row.updated_at),
        ..changed
    }
}
