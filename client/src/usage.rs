//! What agents used: one method for each operation in `operations/usage.graphql`.

use crate::{
    Client, Error, Repeat, operations as ops,
    projects::{MAX_PAGES, PAGE},
    types::*,
};

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

    /// What the agents of all projects used, in all and today, read page by page.
    pub async fn usages(&self, utc_offset: i64) -> Result<Vec<UsageOfProject>, Error> {
        let (mut usages, mut after) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let variables = ops::usages::Variables {
                first: PAGE,
                after,
                utc_offset: Some(utc_offset),
            };
            let page = self.run::<ops::Usages>(variables, Repeat::Harmless).await?.projects;
            usages.extend(page.nodes);
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        Ok(usages)
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
