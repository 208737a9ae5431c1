//! Changing projects. Whatever takes longer than a moment answers with an operation.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, OneofObject, SimpleObject};
use entity::ids::{OperationId, ProjectId};

use super::Project;
use crate::{
    decisions::graphql::DecisionPolicyInput,
    graphql::{ContextExt, Id, Result, id::id_text},
    operations::graphql::Operation,
    projects::{
        Projects,
        orders::Ordered,
        service::{NewProject, NewSource, ProjectPatch},
    },
};

/// What `createProject` makes.
#[derive(InputObject)]
pub struct CreateProjectInput {
    /// Its name: 1 to 100 characters.
    name: String,
    /// Its name in addresses: 1 to 63 lower-case letters, digits and hyphens. Made from the name when left out.
    slug: Option<String>,
    /// What it is about; at most 2,000 characters.
    description: Option<String>,
    /// What its repository begins with.
    source: ProjectSourceInput,
    /// What its agent need not ask, from its first prompt on; it asks everything when left out.
    decision_policy: Option<DecisionPolicyInput>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What a repository begins with.
#[derive(OneofObject)]
pub enum ProjectSourceInput {
    /// `true`: one commit with a README.
    Empty(bool),
    /// A copy of another repository.
    Git(GitSourceInput),
}

/// A repository to copy.
#[derive(InputObject)]
pub struct GitSourceInput {
    /// An https or ssh address, without a password in it.
    url: String,
    /// The branch, tag or commit to work on; the default branch when left out.
    #[graphql(name = "ref")]
    reference: Option<String>,
}

/// What `updateProject` changes. What is left out stays.
#[derive(InputObject)]
pub struct UpdateProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Its new name: 1 to 100 characters.
    name: Option<String>,
    /// Its new description; null removes it.
    description: MaybeUndefined<String>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What becomes of a repository when its project is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RepositoryFate {
    /// It is deleted too.
    Delete,
    /// It stays where it is, without a project. The operation says where.
    Keep,
}

/// What `deleteProject` removes.
#[derive(InputObject)]
pub struct DeleteProjectInput {
    /// Which project. Its container and its workspace are removed, with what was never pushed.
    id: Id<ProjectId>,
    /// What becomes of its repository.
    repository: RepositoryFate,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `startProject` is about.
#[derive(InputObject)]
pub struct StartProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `stopProject` is about.
#[derive(InputObject)]
pub struct StopProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `restartProject` is about.
#[derive(InputObject)]
pub struct RestartProjectInput {
    /// Which project.
    id: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `retryOperation` is about.
#[derive(InputObject)]
pub struct RetryOperationInput {
    /// Which operation.
    id: Id<OperationId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `cancelOperation` is about.
#[derive(InputObject)]
pub struct CancelOperationInput {
    /// Which operation.
    id: Id<OperationId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `createProject`.
#[derive(SimpleObject)]
pub struct CreateProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What brings it there.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `startProject`.
#[derive(SimpleObject)]
pub struct StartProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What brings it there.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `stopProject`.
#[derive(SimpleObject)]
pub struct StopProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What brings it there.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `restartProject`.
#[derive(SimpleObject)]
pub struct RestartProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What brings it there.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `deleteProject`.
#[derive(SimpleObject)]
pub struct DeleteProjectPayload {
    /// The project in its new wanted state.
    project: Project,
    /// What brings it there.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `updateProject`.
#[derive(SimpleObject)]
pub struct UpdateProjectPayload {
    /// The project as it is now.
    project: Project,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `retryOperation`.
#[derive(SimpleObject)]
pub struct RetryOperationPayload {
    /// The operation, open again.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `cancelOperation`.
#[derive(SimpleObject)]
pub struct CancelOperationPayload {
    /// The operation as it ended.
    operation: Operation,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Makes a project and starts its agent.
    async fn create_project(&self, ctx: &Context<'_>, input: CreateProjectInput) -> Result<CreateProjectPayload> {
        let source = match input.source {
            ProjectSourceInput::Empty(is_empty) => NewSource::Empty(is_empty),
            ProjectSourceInput::Git(git) => NewSource::Git {
                url: git.url,
                reference: git.reference,
            },
        };
        let new = NewProject {
            name: input.name,
            slug: input.slug,
            description: input.description,
            source,
            policy: input
                .decision_policy
                .map(|policy| policy.check("decisionPolicy"))
                .transpose()?,
        };
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.create(ctx.caller()?, new, id_text(&client_id)).await?;
        Ok(CreateProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Changes a project's name or description.
    async fn update_project(&self, ctx: &Context<'_>, input: UpdateProjectInput) -> Result<UpdateProjectPayload> {
        let description = match input.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(text) => Some(Some(text)),
        };
        let patch = ProjectPatch {
            id: input.id.0,
            name: input.name,
            description,
        };
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let project = projects.update(ctx.caller()?, patch, id_text(&client_id)).await?;
        Ok(UpdateProjectPayload {
            project: Project(project),
            client_mutation_id: client_id,
        })
    }

    /// Starts a stopped project.
    async fn start_project(&self, ctx: &Context<'_>, input: StartProjectInput) -> Result<StartProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.start(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(StartProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Stops a running project. Its files stay; a running turn is interrupted.
    async fn stop_project(&self, ctx: &Context<'_>, input: StopProjectInput) -> Result<StopProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.stop(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(StopProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Stops a project and starts it again.
    async fn restart_project(&self, ctx: &Context<'_>, input: RestartProjectInput) -> Result<RestartProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let Ordered { project, operation } = projects.restart(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(RestartProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Removes a project with its container and workspace. It cannot be undone.
    async fn delete_project(&self, ctx: &Context<'_>, input: DeleteProjectInput) -> Result<DeleteProjectPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let is_kept = input.repository == RepositoryFate::Keep;
        let Ordered { project, operation } = projects
            .delete(ctx.caller()?, input.id.0, is_kept, id_text(&client_id))
            .await?;
        Ok(DeleteProjectPayload {
            project: Project(project),
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Tries a failed or waiting operation again now.
    async fn retry_operation(&self, ctx: &Context<'_>, input: RetryOperationInput) -> Result<RetryOperationPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let operation = projects.retry(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(RetryOperationPayload {
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }

    /// Ends an operation and undoes it: a cancelled creation is removed, a cancelled start is stopped.
    async fn cancel_operation(&self, ctx: &Context<'_>, input: CancelOperationInput) -> Result<CancelOperationPayload> {
        let client_id = input.client_mutation_id;
        let projects = ctx.service::<Projects>()?;
        let operation = projects.cancel(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(CancelOperationPayload {
            operation: Operation(operation),
            client_mutation_id: client_id,
        })
    }
}
