//! What every command works with: the server, the output and the patience.

use std::time::Duration;

use anyhow::Result;
use client::{
    Client,
    types::{Project, ProjectBy},
};
use tokio::time::timeout;

use crate::{
    args::{Global, Target},
    config,
    output::{Complaint, Output},
};

pub struct Context {
    pub client: Client,
    pub output: Output,
    timeout: Duration,
}

impl Context {
    pub fn open(global: &Global, output: Output) -> Result<Self> {
        let login = config::login(global.server.as_deref())?;
        let client = Client::new(&login.server, login.token)?;
        Ok(Self {
            client,
            output,
            timeout: global.timeout,
        })
    }

    /// The project that was meant, or the sentence that there is none.
    pub async fn project(&self, target: &Target) -> Result<Project> {
        let found = self.client.find_project(&target.project).await?;
        found.ok_or_else(|| Complaint::no_project(&target.project).into())
    }

    pub async fn project_by(&self, target: &Target) -> Result<ProjectBy> {
        Ok(ProjectBy::Id(self.project(target).await?.id))
    }

    /// Ends a wait that has become too long.
    pub async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let too_long = || {
            Complaint::new(
                "TIMEOUT",
                format!("It did not end within {} s.", self.timeout.as_secs()),
            )
        };
        timeout(self.timeout, work).await.map_err(|_| too_long())?
    }
}
