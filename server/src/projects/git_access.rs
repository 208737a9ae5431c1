//! Who may clone and push a project's repository.

use std::sync::Arc;

use async_trait::async_trait;
use entity::resource::ResourceKind;
use secrecy::SecretString;

use super::{Projects, store};
use crate::{
    caller::Scope,
    db::Database,
    forge::{RepositoryId, local::LocalForge},
    http::{
        Authenticate,
        git::{GitAccess, GitAccessDecision},
    },
};

/// The local forge's repositories as projects have them: reading takes the scope `read`, pushing `manage`.
pub struct ProjectRepositories {
    db: Database,
    projects: Projects,
    forge: Arc<LocalForge>,
    authenticate: Arc<dyn Authenticate>,
}

impl ProjectRepositories {
    pub fn new(db: Database, projects: Projects, forge: Arc<LocalForge>, authenticate: Arc<dyn Authenticate>) -> Self {
        Self {
            db,
            projects,
            forge,
            authenticate,
        }
    }

    async fn folder(&self, slug: &str) -> Option<std::path::PathBuf> {
        let project = store::by_slug(self.db.reader(), slug).await.ok()??;
        let resource = store::resource(self.db.reader(), project.id, ResourceKind::Repository)
            .await
            .ok()??;
        self.forge.path(&RepositoryId(resource.external_id?)).await.ok()
    }
}

#[async_trait]
impl GitAccess for ProjectRepositories {
    async fn authorize(&self, token: Option<&SecretString>, slug: &str, write: bool) -> GitAccessDecision {
        let Some(token) = token else {
            return GitAccessDecision::NeedLogin;
        };
        let Ok(caller) = self.authenticate.authenticate(token).await else {
            return GitAccessDecision::NeedLogin;
        };
        if !caller.may(if write { Scope::Manage } else { Scope::Read }) {
            return GitAccessDecision::Forbidden;
        }
        match self.folder(slug).await {
            Some(path) => GitAccessDecision::Allow {
                path,
                user: caller.device_name,
            },
            None => GitAccessDecision::NotFound,
        }
    }

    async fn pushed(&self, slug: &str, user: &str) {
        tracing::info!(slug, user, "a push has changed a repository");
        if let Err(error) = self.projects.pushed(slug).await {
            tracing::warn!(
                slug,
                error = &error as &dyn std::error::Error,
                "a push cannot be told of"
            );
        }
    }
}
