//! What becomes of whole sessions: copies, steps back, summaries, things put away.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::{MessageId, SessionId};

use super::Session;
use crate::{
    graphql::{ContextExt, Id, Result, id::id_text},
    sessions::Sessions,
};

/// What `forkSession` copies.
#[derive(InputObject)]
pub struct ForkSessionInput {
    /// The session to copy.
    session: Id<SessionId>,
    /// Only what came before this message of it; everything when left out.
    before: Option<Id<MessageId>>,
    /// The title of the copy: 1 to 200 characters. The agent finds one when left out.
    title: Option<String>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names where `revertSession` goes back to.
#[derive(InputObject)]
pub struct RevertSessionInput {
    /// Which session.
    session: Id<SessionId>,
    /// The prompt before which to be again; for an answer, its prompt.
    message: Id<MessageId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `unrevertSession` undoes.
#[derive(InputObject)]
pub struct UnrevertSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `summarizeSession` sums up.
#[derive(InputObject)]
pub struct SummarizeSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `archiveSession` puts away.
#[derive(InputObject)]
pub struct ArchiveSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `unarchiveSession` takes out again.
#[derive(InputObject)]
pub struct UnarchiveSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `forkSession`.
#[derive(SimpleObject)]
pub struct ForkSessionPayload {
    /// The copy. It is empty until the agent has made it.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `revertSession`.
#[derive(SimpleObject)]
pub struct RevertSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `unrevertSession`.
#[derive(SimpleObject)]
pub struct UnrevertSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `summarizeSession`.
#[derive(SimpleObject)]
pub struct SummarizeSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `archiveSession`.
#[derive(SimpleObject)]
pub struct ArchiveSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `unarchiveSession`.
#[derive(SimpleObject)]
pub struct UnarchiveSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct SessionLifeMutation;

#[Object]
impl SessionLifeMutation {
    /// Begins a session as a copy of another one, or of what came before a message of it. Files are not copied: both work
    /// in the same folder. `CONFLICT` while a turn runs that would be copied unfinished.
    async fn fork_session(&self, ctx: &Context<'_>, input: ForkSessionInput) -> Result<ForkSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions
            .fork(
                caller,
                input.session.0,
                input.before.map(|id| id.0),
                input.title.as_deref(),
                id_text(&client_id),
            )
            .await?;
        Ok(ForkSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Takes a session and the files that its agent changed back to before a prompt. What came after counts no more, can
    /// be had again by `unrevertSession`, and is gone for good with the next prompt. `CONFLICT` while a turn runs,
    /// `UNAVAILABLE` while the agent does not.
    async fn revert_session(&self, ctx: &Context<'_>, input: RevertSessionInput) -> Result<RevertSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions
            .revert(caller, input.session.0, input.message.0, id_text(&client_id))
            .await?;
        Ok(RevertSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Undoes `revertSession`, files too, as long as nothing was said since. Was nothing taken back: nothing happens.
    async fn unrevert_session(&self, ctx: &Context<'_>, input: UnrevertSessionInput) -> Result<UnrevertSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions.unrevert(caller, input.id.0, id_text(&client_id)).await?;
        Ok(UnrevertSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Has the agent sum up what was said, with the model that spoke last, and go on from the summary: the model reads it
    /// in place of all that came before. It waits for an agent that does not run. `CONFLICT` while a turn runs.
    async fn summarize_session(
        &self,
        ctx: &Context<'_>,
        input: SummarizeSessionInput,
    ) -> Result<SummarizeSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions.summarize(caller, input.id.0, id_text(&client_id)).await?;
        Ok(SummarizeSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Puts a session away: it is left out of lists, and stays as it is otherwise.
    async fn archive_session(&self, ctx: &Context<'_>, input: ArchiveSessionInput) -> Result<ArchiveSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions.archive(caller, input.id.0, true, id_text(&client_id)).await?;
        Ok(ArchiveSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Takes a session out again that was put away.
    async fn unarchive_session(
        &self,
        ctx: &Context<'_>,
        input: UnarchiveSessionInput,
    ) -> Result<UnarchiveSessionPayload> {
        let client_id = input.client_mutation_id;
        let (caller, sessions) = (ctx.caller()?, ctx.service::<Sessions>()?);
        let session = sessions.archive(caller, input.id.0, false, id_text(&client_id)).await?;
        Ok(UnarchiveSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }
}
