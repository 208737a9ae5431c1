//! Reading projects.

use async_graphql::{
    Context, Enum, InputObject, Object, OneofObject, SimpleObject,
    connection::{Connection, OpaqueCursor},
};
use chrono::{DateTime, Utc};
use entity::{ids::ProjectId, project};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FirstPages, Project, listed::Listed, load_project, loaders::load_projects, types::ProjectStatus};
use crate::{
    caller::Scope,
    db::Database,
    events::EventLog,
    graphql::{ContextExt, Id, PageArguments, Result, page::Page},
    operations::graphql::Problem,
    projects::{Projects, store},
};

/// Names one project.
#[derive(OneofObject)]
pub enum ProjectBy {
    /// By its global id.
    Id(Id<ProjectId>),
    /// By its slug.
    Slug(String),
}

/// Which projects a list is of.
#[derive(Debug, Default, InputObject)]
pub struct ProjectFilter {
    /// Part of the name or the slug, in any case.
    search: Option<String>,
    /// Those in one of these states; all when left out.
    status: Option<Vec<ProjectStatus>>,
}

/// How a list of projects is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ProjectOrder {
    /// By name, from A.
    NameAsc,
    /// The newest first.
    CreatedAtDesc,
    /// The one that changed last first.
    UpdatedAtDesc,
}

/// What a list of projects is ordered by, and the id where that is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Key {
    Name(String, Uuid),
    Time(DateTime<Utc>, Uuid),
}

impl Key {
    pub fn project(&self) -> ProjectId {
        let (Self::Name(_, id) | Self::Time(_, id)) = self;
        ProjectId(*id)
    }
}

impl From<store::Named> for Key {
    fn from(row: store::Named) -> Self {
        Self::Name(row.name, row.id.0)
    }
}

impl From<store::Timed> for Key {
    fn from(row: store::Timed) -> Self {
        Self::Time(row.at, row.id.0)
    }
}

/// What else a list of projects says.
#[derive(SimpleObject)]
pub struct ProjectConnectionFields {
    /// How many there are in all; counted only when asked for.
    total_count: i32,
}

pub type ProjectConnection = Connection<OpaqueCursor<Key>, Listed, ProjectConnectionFields>;

/// What is behind a git URL.
#[derive(SimpleObject)]
pub struct GitUrlCheck {
    /// Whether a project can be made from it.
    is_usable: bool,
    /// Why not; null when it can.
    problem: Option<Problem>,
    /// The branch a clone starts on; null in a repository without commits.
    default_branch: Option<String>,
    /// Its branches.
    branches: Vec<String>,
    /// Its tags.
    tags: Vec<String>,
}

#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// One project; null when there is none.
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ProjectBy,
    ) -> Result<Option<Project>> {
        ctx.caller_with(Scope::Read)?;
        match by {
            ProjectBy::Id(id) => load_project(ctx, id.0).await,
            ProjectBy::Slug(slug) => Ok(store::by_slug(ctx.service::<Database>()?.reader(), &slug)
                .await?
                .map(Project)),
        }
    }

    /// Projects, by name unless ordered otherwise.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of every connection")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones; all when left out.")] filter: Option<ProjectFilter>,
        #[graphql(desc = "In which order; by name when left out.")] order_by: Option<ProjectOrder>,
    ) -> Result<ProjectConnection> {
        ctx.caller_with(Scope::Read)?;
        let head = ctx.service::<EventLog>()?.head();
        let db = ctx.service::<Database>()?.reader();
        let filter = filter.unwrap_or_default();
        let filter = store::Filter {
            search: filter.search,
            statuses: filter.status.into_iter().flatten().map(Into::into).collect(),
        };
        let order = order_by.unwrap_or(ProjectOrder::NameAsc);
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .check::<Key>()?;
        // The list itself reads keys alone, which its index holds; most of the rows are kept in memory, and so is who is on
        // a first page.
        let (is_first, size) = (page.is_first() && filter.is_empty(), page.size);
        let read = async {
            Ok(match order {
                ProjectOrder::NameAsc => by_name(page)?.read(store::by_name(&filter), db).await?.map(Key::from),
                ProjectOrder::CreatedAtDesc => {
                    let list = store::by_time(&filter, project::Column::CreatedAt);
                    by_time(page)?.read(list, db).await?.map(Key::from)
                }
                ProjectOrder::UpdatedAtDesc => {
                    let list = store::by_time(&filter, project::Column::UpdatedAt);
                    by_time(page)?.read(list, db).await?.map(Key::from)
                }
            })
        };
        let keys = if is_first {
            let pages = ctx.service::<FirstPages>()?;
            Box::pin(pages.get(ctx, (order, size), read)).await?
        } else {
            Box::pin(read).await?
        };
        let mut projects = load_projects(ctx, keys.rows.iter().map(Key::project)).await?;
        let total_count = if ctx.look_ahead().field("totalCount").exists() {
            i32::try_from(store::count(db, &filter).await?).unwrap_or(i32::MAX)
        } else {
            0
        };
        // One that was deleted after the list was read is left out.
        let rows = keys.filter_map(|key| Some((projects.remove(&key.project())?, key)));
        Ok(rows.connection(
            ProjectConnectionFields { total_count },
            |(_, key)| key.clone(),
            |(row, _)| Listed {
                project: Project(row),
                head,
            },
        ))
    }

    /// What is behind a git URL, before a project is made from it. Asks the other server; takes up to half a minute.
    async fn check_git_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An https or ssh address, without a password in it.")] url: String,
    ) -> Result<GitUrlCheck> {
        let projects = ctx.service::<Projects>()?;
        Ok(match projects.check_url(ctx.caller()?, &url).await? {
            Ok(found) => GitUrlCheck {
                is_usable: true,
                problem: None,
                default_branch: found.default_branch,
                branches: found.branches,
                tags: found.tags,
            },
            Err(problem) => GitUrlCheck {
                is_usable: false,
                problem: Some(Problem(projects.noted(problem))),
                default_branch: None,
                branches: Vec::new(),
                tags: Vec::new(),
            },
        })
    }
}

fn by_name(page: Page<Key>) -> Result<Page<(String, Uuid)>> {
    page.try_map(|key| match key {
        Key::Name(name, id) => Some((name, id)),
        Key::Time(..) => None,
    })
}

fn by_time(page: Page<Key>) -> Result<Page<(DateTime<Utc>, Uuid)>> {
    page.try_map(|key| match key {
        Key::Time(at, id) => Some((at, id)),
        Key::Name(..) => None,
    })
}
