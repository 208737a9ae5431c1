//! What becomes of whole sessions: one method for each such operation in `operations/sessions.graphql`.

use crate::{Client, Error, Repeat, operations as ops, projects::mutation_id, types::*};

impl Client {
    /// Begins a session as a copy of another one. Without an id of the mutation in the input, one is made.
    pub async fn fork_session(&self, mut input: ForkSessionInput) -> Result<Session, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::fork_session::Variables { input };
        Ok(self
            .run::<ops::ForkSession>(variables, Repeat::Harmless)
            .await?
            .fork_session
            .session)
    }

    /// Takes a session and its files back to before a prompt.
    pub async fn revert_session(&self, session: &str, message: &str) -> Result<Session, Error> {
        let input = RevertSessionInput {
            session: session.to_owned(),
            message: message.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::revert_session::Variables { input };
        Ok(self
            .run::<ops::RevertSession>(variables, Repeat::Harmless)
            .await?
            .revert_session
            .session)
    }

    /// Undoes that, as long as nothing was said since.
    pub async fn unrevert_session(&self, id: &str) -> Result<Session, Error> {
        let input = UnrevertSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::unrevert_session::Variables { input };
        Ok(self
            .run::<ops::UnrevertSession>(variables, Repeat::Harmless)
            .await?
            .unrevert_session
            .session)
    }

    /// Has what was said summed up.
    pub async fn summarize_session(&self, id: &str) -> Result<Session, Error> {
        let input = SummarizeSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::summarize_session::Variables { input };
        Ok(self
            .run::<ops::SummarizeSession>(variables, Repeat::Harmless)
            .await?
            .summarize_session
            .session)
    }

    /// Puts a session away.
    pub async fn archive_session(&self, id: &str) -> Result<Session, Error> {
        let input = ArchiveSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::archive_session::Variables { input };
        Ok(self
            .run::<ops::ArchiveSession>(variables, Repeat::Harmless)
            .await?
            .archive_session
            .session)
    }

    /// Takes it out again.
    pub async fn unarchive_session(&self, id: &str) -> Result<Session, Error> {
        let input = UnarchiveSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::unarchive_session::Variables { input };
        Ok(self
            .run::<ops::UnarchiveSession>(variables, Repeat::Harmless)
            .await?
            .unarchive_session
            .session)
    }

    /// What the turns of a session changed in files, summed up; `None` without such a session.
    pub async fn session_changes(&self, session: &str) -> Result<Option<Vec<SessionFileChange>>, Error> {
        let variables = ops::session_changes::Variables {
            session: session.to_owned(),
        };
        let session = self
            .run::<ops::SessionChanges>(variables, Repeat::Harmless)
            .await?
            .session;
        Ok(session.map(|session| session.changes))
    }

    /// What the turn of a prompt changed in files; `None` without such a message.
    pub async fn turn_changes(&self, message: &str, with_generated: bool) -> Result<Option<Vec<FileDiff>>, Error> {
        let variables = ops::turn_changes::Variables {
            message: message.to_owned(),
            with_generated: Some(with_generated),
        };
        let node = self.run::<ops::TurnChanges>(variables, Repeat::Harmless).await?.node;
        Ok(match node {
            Some(ops::turn_changes::TurnChangesNode::Message(message)) => Some(message.changes),
            _ => None,
        })
    }
}
