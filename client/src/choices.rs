//! What prompts can be asked with: one method for each operation in `operations/choices.graphql`. `None` without such a
//! project.

use crate::{Client, Error, Repeat, operations as ops, types::*};

impl Client {
    pub async fn agents(&self, by: ProjectBy) -> Result<Option<Vec<Agent>>, Error> {
        let variables = ops::agents::Variables { by };
        let answer = self.run_whole::<ops::Agents>(variables, Repeat::Harmless).await?;
        Ok(answer.project.map(|project| project.agents.unwrap_or_default()))
    }

    pub async fn models(&self, by: ProjectBy) -> Result<Option<Vec<Model>>, Error> {
        let variables = ops::models::Variables { by };
        let answer = self.run_whole::<ops::Models>(variables, Repeat::Harmless).await?;
        Ok(answer.project.map(|project| project.models.unwrap_or_default()))
    }

    pub async fn commands(&self, by: ProjectBy) -> Result<Option<Vec<Command>>, Error> {
        let variables = ops::commands::Variables { by };
        let answer = self.run_whole::<ops::Commands>(variables, Repeat::Harmless).await?;
        Ok(answer.project.map(|project| project.commands.unwrap_or_default()))
    }
}
