//! What a project says of its files.

use async_graphql::Context;
use entity::ids::ProjectId;

use super::{
    WorkingTree,
    types::{File, FoundFiles, FoundText, SearchCase, Tree, int},
};
use crate::{
    files::Files,
    graphql::{ContextExt, Result},
    workspace::{Lines, SearchQuery, WorkspacePath},
};

const DEFAULT_LINES: i32 = 2_000;
const DEFAULT_FOUND: i32 = 20;
const DEFAULT_MATCHES: i32 = 50;

pub async fn tree(ctx: &Context<'_>, project: ProjectId, path: &str, after: Option<String>) -> Result<Option<Tree>> {
    let files = ctx.service::<Files>()?;
    let found = files.tree(ctx.caller()?, project, path, after.as_deref()).await?;
    Ok(found.map(|tree| Tree {
        path: path.to_owned(),
        entries: tree.entries.into_iter().map(Into::into).collect(),
        total: int(tree.total),
        has_more: tree.has_more,
    }))
}

pub async fn file(
    ctx: &Context<'_>,
    project: ProjectId,
    path: &str,
    first_line: Option<i32>,
    lines: Option<i32>,
) -> Result<Option<File>> {
    let lines = Lines {
        first: usize::try_from(first_line.unwrap_or(1)).unwrap_or(1),
        count: usize::try_from(lines.unwrap_or(DEFAULT_LINES)).unwrap_or(1),
    };
    let files = ctx.service::<Files>()?;
    Ok(files.file(ctx.caller()?, project, path, lines).await?.map(File))
}

pub async fn find(ctx: &Context<'_>, project: ProjectId, query: &str, first: Option<i32>) -> Result<FoundFiles> {
    let limit = usize::try_from(first.unwrap_or(DEFAULT_FOUND)).unwrap_or(1);
    let found = ctx
        .service::<Files>()?
        .find(ctx.caller()?, project, query, limit)
        .await?;
    Ok(FoundFiles {
        paths: found.paths,
        is_partial: found.is_partial,
    })
}

/// The arguments of `searchText`.
pub struct TextSearch {
    pub query: String,
    pub is_regex: bool,
    pub case: SearchCase,
    pub globs: Vec<String>,
    pub path: String,
    pub first: Option<i32>,
}

pub async fn search(ctx: &Context<'_>, project: ProjectId, search: TextSearch) -> Result<FoundText> {
    let query = SearchQuery {
        text: search.query,
        is_regex: search.is_regex,
        case: search.case.into(),
        globs: search.globs,
        folder: WorkspacePath::default(),
        limit: usize::try_from(search.first.unwrap_or(DEFAULT_MATCHES)).unwrap_or(1),
    };
    let files = ctx.service::<Files>()?;
    let found = files.search(ctx.caller()?, project, &search.path, query).await?;
    Ok(FoundText {
        matches: found.matches.into_iter().map(Into::into).collect(),
        is_partial: found.is_partial,
    })
}

pub async fn changes(ctx: &Context<'_>, project: ProjectId) -> Result<WorkingTree> {
    let status = ctx.service::<Files>()?.changes(ctx.caller()?, project).await?;
    Ok(WorkingTree { project, status })
}
