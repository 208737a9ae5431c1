//! Mutations under ids of our own, so that they can be sent again.

use client::{
    Client, Error, Repeat, operations as ops,
    types::{
        CreateProjectInput, DeleteProjectInput, ProjectSourceInput, RepositoryFate, RestartProjectInput,
        SleepProjectInput, StartProjectInput, StopProjectInput,
    },
};

#[derive(Clone, Debug)]
pub enum Order {
    Create { slug: String },
    Start,
    Stop,
    Restart,
    Sleep,
    Delete { keeps_repository: bool },
}

/// What an order was answered: the project's id, and the operation's.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub project: String,
    pub operation: String,
}

impl Order {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Sleep => "sleep",
            Self::Delete { .. } => "delete",
        }
    }

    /// `project` means nothing to a creation.
    pub async fn send(&self, client: &Client, project: &str, mutation: &str) -> Result<Taken, Error> {
        let (id, client_mutation_id) = (project.to_owned(), Some(mutation.to_owned()));
        let repeat = Repeat::Harmless;
        let operation = match self {
            Self::Create { slug } => {
                let input = CreateProjectInput {
                    name: slug.clone(),
                    slug: Some(slug.clone()),
                    description: None,
                    source: ProjectSourceInput::Empty(true),
                    decision_policy: None,
                    client_mutation_id,
                };
                let made = client.create_project(input).await?;
                return Ok(Taken {
                    project: made.project.id,
                    operation: made.operation.id,
                });
            }
            Self::Start => {
                let input = StartProjectInput { id, client_mutation_id };
                let variables = ops::start_project::Variables { input };
                client
                    .run::<ops::StartProject>(variables, repeat)
                    .await?
                    .start_project
                    .operation
            }
            Self::Stop => {
                let input = StopProjectInput { id, client_mutation_id };
                let variables = ops::stop_project::Variables { input };
                client
                    .run::<ops::StopProject>(variables, repeat)
                    .await?
                    .stop_project
                    .operation
            }
            Self::Restart => {
                let input = RestartProjectInput { id, client_mutation_id };
                let variables = ops::restart_project::Variables { input };
                client
                    .run::<ops::RestartProject>(variables, repeat)
                    .await?
                    .restart_project
                    .operation
            }
            Self::Sleep => {
                let input = SleepProjectInput { id, client_mutation_id };
                let variables = ops::sleep_project::Variables { input };
                client
                    .run::<ops::SleepProject>(variables, repeat)
                    .await?
                    .sleep_project
                    .operation
            }
            Self::Delete { keeps_repository } => {
                let repository = if *keeps_repository {
                    RepositoryFate::Keep
                } else {
                    RepositoryFate::Delete
                };
                let input = DeleteProjectInput {
                    id,
                    repository,
                    client_mutation_id,
                };
                let variables = ops::delete_project::Variables { input };
                client
                    .run::<ops::DeleteProject>(variables, repeat)
                    .await?
                    .delete_project
                    .operation
            }
        };
        Ok(Taken {
            project: project.to_owned(),
            operation: operation.id,
        })
    }
}
