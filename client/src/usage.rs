//! What agents used: one method for each operation in `operations/usage.graphql`.

use crate::{Client, Error, Repeat, operations as ops, types::*};

impl Client {
    /// What a project's agent used: in all, today, and on each of the last days. `utc_offset` are the minutes by which the
    /// clock here is ahead of UTC. `None` without such a project.
    pub async fn project_usage(
        &self,
        by: ProjectBy,
        days: i64,
        utc_offset: i64,
    ) -> Result<Option<ProjectUsage>, Error> {
        let variables = ops::project_usage::Variables {
            by,
            days: Some(days),
            utc_offset: Some(utc_offset),
        };
        Ok(self
            .run::<ops::ProjectUsage>(variables, Repeat::Harmless)
            .await?
            .project)
    }

    /// What a session's own answers used; `None` without such a session.
    pub async fn session_usage(&self, session: &str) -> Result<Option<Usage>, Error> {
        let variables = ops::session_usage::Variables {
            session: session.to_owned(),
        };
        let session = self
            .run::<ops::SessionUsage>(variables, Repeat::Harmless)
            .await?
            .session;
        Ok(session.map(|session| session.usage))
    }
}
