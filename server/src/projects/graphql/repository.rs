//! A project's repository, read where it lives.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{project, resource::ResourceKind};

use super::loaders::{ResourcesOf, load};
use crate::{
    forge,
    graphql::{ContextExt, Failure, Nullable, PublicUrl, Result, nullable},
    projects::{Projects, trouble},
    workspace,
};

const DEFAULT_BRANCHES: i32 = 50;
const DEFAULT_COMMITS: i32 = 20;

pub struct Repository {
    id: forge::RepositoryId,
    slug: String,
}

impl Repository {
    pub(super) async fn of(ctx: &Context<'_>, project: &project::Model) -> Result<Option<Self>> {
        let resources = load(ctx, ResourcesOf(project.id)).await?.unwrap_or_default();
        let known = resources
            .into_iter()
            .find(|resource| resource.kind == ResourceKind::Repository);
        let name = known.and_then(|resource| resource.external_id);
        Ok(name.map(|name| Self {
            id: forge::RepositoryId(name),
            slug: project.slug.clone(),
        }))
    }
}

/// A git repository.
#[Object]
impl Repository {
    /// Where it lives.
    async fn forge(&self) -> ForgeKind {
        ForgeKind::Local
    }

    /// Clone and push here: any user name, with a device's token as the password.
    async fn clone_url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.service::<PublicUrl>()?.clone_url(&self.slug))
    }

    /// The branch a clone starts on; null in a repository without commits.
    async fn default_branch(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let found = ctx
                .service::<Projects>()?
                .forge()
                .inspect(&self.id)
                .await
                .map_err(unavailable)?;
            Ok(found.and_then(|repository| repository.default_branch))
        })
        .await
    }

    /// The newest commit of the default branch; null in a repository without commits.
    async fn head(&self, ctx: &Context<'_>) -> Nullable<Commit> {
        nullable(async {
            let commits = ctx
                .service::<Projects>()?
                .forge()
                .commits(&self.id, None, 1)
                .await
                .map_err(unavailable)?;
            Ok(commits.into_iter().next().map(Commit::from))
        })
        .await
    }

    /// Its branches, the most recently committed first.
    async fn branches(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many: 1 to 100, 50 when left out.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<i32>,
    ) -> Nullable<Vec<Branch>> {
        nullable(async {
            let branches = ctx
                .service::<Projects>()?
                .forge()
                .branches(&self.id)
                .await
                .map_err(unavailable)?;
            let limit = size(first, DEFAULT_BRANCHES);
            Ok(Some(branches.into_iter().take(limit).map(Branch::from).collect()))
        })
        .await
    }

    /// The commits of the default branch, newest first.
    async fn commits(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many: 1 to 100, 20 when left out.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<i32>,
    ) -> Nullable<Vec<Commit>> {
        nullable(async {
            let limit = size(first, DEFAULT_COMMITS);
            let commits = ctx
                .service::<Projects>()?
                .forge()
                .commits(&self.id, None, limit)
                .await
                .map_err(unavailable)?;
            Ok(Some(commits.into_iter().map(Commit::from).collect()))
        })
        .await
    }
}

fn size(first: Option<i32>, default: i32) -> usize {
    usize::try_from(first.unwrap_or(default)).unwrap_or(1)
}

fn unavailable(error: forge::ForgeError) -> Failure {
    Failure::unavailable("forge", trouble::Problem::from(error).message, None)
}

/// What keeps a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ForgeKind {
    /// A folder of this server.
    Local,
}

/// A branch.
#[derive(SimpleObject)]
pub struct Branch {
    /// Its name, without `refs/heads/`.
    name: String,
    /// Its newest commit.
    head: Commit,
}

/// A commit.
#[derive(SimpleObject)]
pub struct Commit {
    /// Its object id: 40 hex digits, 64 in a SHA-256 repository.
    oid: String,
    /// The first line of its message.
    subject: String,
    /// The author's name.
    author: String,
    /// When it was committed.
    committed_at: DateTime<Utc>,
}

impl From<forge::Commit> for Commit {
    fn from(commit: forge::Commit) -> Self {
        Self {
            oid: commit.id,
            subject: commit.subject,
            author: commit.author,
            committed_at: commit.committed_at,
        }
    }
}

impl From<workspace::Commit> for Commit {
    fn from(commit: workspace::Commit) -> Self {
        Self {
            oid: commit.id,
            subject: commit.subject,
            author: commit.author,
            committed_at: commit.committed_at,
        }
    }
}

impl From<forge::Branch> for Branch {
    fn from(branch: forge::Branch) -> Self {
        Self {
            name: branch.name,
            head: branch.head.into(),
        }
    }
}
