//! Projects: one method for each operation in `operations/projects.graphql`.

use uuid::Uuid;

use crate::{Client, Error, ErrorCode, Repeat, Subscription, operations as ops, types::*};

/// Lists are read in pages of this size. It keeps a page within the server's complexity limit.
pub(crate) const PAGE: i64 = 25;
/// The end of patience with a list that never ends.
pub(crate) const MAX_PAGES: usize = 200;

/// What a mutation answers that began durable work: the project in its new desired state, and the work.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Accepted {
    pub project: Project,
    pub operation: Operation,
}

/// A `clientMutationId`: with it the server knows a repetition from a second request.
pub(crate) fn mutation_id(given: Option<String>) -> Option<String> {
    given.or_else(|| Some(Uuid::new_v4().to_string()))
}

impl Client {
    /// All projects, read page by page.
    pub async fn projects(
        &self,
        filter: Option<ProjectFilter>,
        order_by: Option<ProjectOrder>,
    ) -> Result<Vec<Project>, Error> {
        let (mut projects, mut after) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let (filter, order_by) = (filter.clone(), order_by.clone());
            let variables = ops::projects::Variables {
                first: Some(PAGE),
                after,
                filter,
                order_by,
            };
            let page = self.run::<ops::Projects>(variables, Repeat::Harmless).await?.projects;
            projects.extend(page.nodes);
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        Ok(projects)
    }

    pub async fn project(&self, by: ProjectBy) -> Result<Option<Project>, Error> {
        Ok(self
            .run::<ops::Project>(ops::project::Variables { by }, Repeat::Harmless)
            .await?
            .project)
    }

    /// The project of this slug, or else of this id.
    pub async fn find_project(&self, slug_or_id: &str) -> Result<Option<Project>, Error> {
        for by in [
            ProjectBy::Slug(slug_or_id.to_owned()),
            ProjectBy::Id(slug_or_id.to_owned()),
        ] {
            match self.project(by).await {
                Ok(None) => {}
                // What cannot be a slug may be an id, and the other way round.
                Err(error) if matches!(error.code(), Some(ErrorCode::InvalidInput | ErrorCode::NotFound)) => {}
                found => return found,
            }
        }
        Ok(None)
    }

    /// The project with its branches, its last commit and what its agent uses.
    pub async fn project_details(&self, by: ProjectBy) -> Result<Option<ProjectDetails>, Error> {
        Ok(self
            .run::<ops::ProjectDetails>(ops::project_details::Variables { by }, Repeat::Harmless)
            .await?
            .project)
    }

    /// The last lines its agent wrote. `None` without a container, or when its host does not tell.
    pub async fn project_logs(&self, by: ProjectBy, lines: i64) -> Result<Option<Vec<LogLine>>, Error> {
        let variables = ops::project_logs::Variables { by, lines: Some(lines) };
        let project = self.run::<ops::ProjectLogs>(variables, Repeat::Harmless).await?.project;
        Ok(project
            .and_then(|project| project.container)
            .and_then(|container| container.logs))
    }

    /// Whether a project can be created from this git URL.
    pub async fn check_git_url(&self, url: &str) -> Result<GitUrlCheck, Error> {
        let variables = ops::check_git_url::Variables { url: url.to_owned() };
        Ok(self
            .run::<ops::CheckGitUrl>(variables, Repeat::Harmless)
            .await?
            .check_git_url)
    }

    pub async fn create_project(&self, mut input: CreateProjectInput) -> Result<Accepted, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::create_project::Variables { input };
        let payload = self
            .run::<ops::CreateProject>(variables, Repeat::Harmless)
            .await?
            .create_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    pub async fn update_project(&self, mut input: UpdateProjectInput) -> Result<Project, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::update_project::Variables { input };
        Ok(self
            .run::<ops::UpdateProject>(variables, Repeat::Harmless)
            .await?
            .update_project
            .project)
    }

    pub async fn start_project(&self, id: &str) -> Result<Accepted, Error> {
        let input = StartProjectInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::start_project::Variables { input };
        let payload = self
            .run::<ops::StartProject>(variables, Repeat::Harmless)
            .await?
            .start_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    pub async fn stop_project(&self, id: &str) -> Result<Accepted, Error> {
        let input = StopProjectInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::stop_project::Variables { input };
        let payload = self
            .run::<ops::StopProject>(variables, Repeat::Harmless)
            .await?
            .stop_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    pub async fn restart_project(&self, id: &str) -> Result<Accepted, Error> {
        let input = RestartProjectInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::restart_project::Variables { input };
        let payload = self
            .run::<ops::RestartProject>(variables, Repeat::Harmless)
            .await?
            .restart_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    /// Puts its agent to sleep, unless something is asked of it.
    pub async fn sleep_project(&self, id: &str) -> Result<Accepted, Error> {
        let input = SleepProjectInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::sleep_project::Variables { input };
        let payload = self
            .run::<ops::SleepProject>(variables, Repeat::Harmless)
            .await?
            .sleep_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    pub async fn wake_project(&self, id: &str) -> Result<Accepted, Error> {
        let input = WakeProjectInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::wake_project::Variables { input };
        let payload = self
            .run::<ops::WakeProject>(variables, Repeat::Harmless)
            .await?
            .wake_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    /// After how many seconds without work its agent sleeps: 0 for never, `None` for when the server says.
    pub async fn set_sleep_setting(&self, project: &str, after_seconds: Option<i64>) -> Result<SleepSetting, Error> {
        let input = SetSleepSettingInput {
            project: project.to_owned(),
            after_seconds,
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::set_sleep_setting::Variables { input };
        Ok(self
            .run::<ops::SetSleepSetting>(variables, Repeat::Harmless)
            .await?
            .set_sleep_setting
            .project
            .sleep_setting)
    }

    pub async fn delete_project(&self, id: &str, repository: RepositoryFate) -> Result<Accepted, Error> {
        let input = DeleteProjectInput {
            id: id.to_owned(),
            repository,
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::delete_project::Variables { input };
        let payload = self
            .run::<ops::DeleteProject>(variables, Repeat::Harmless)
            .await?
            .delete_project;
        Ok(Accepted {
            project: payload.project,
            operation: payload.operation,
        })
    }

    /// The container as it is, then each change. It does not resume after a break: subscribe again.
    pub async fn container_status(&self, project: &str) -> Result<Subscription<ops::ContainerStatus>, Error> {
        self.subscribe(ops::container_status::Variables {
            project: project.to_owned(),
        })
        .await
    }
}
