//! Files of a project, and git in them: one method for each operation in `operations/files.graphql`.

use crate::{
    Client, Error, Repeat, operations as ops,
    projects::{PAGE, mutation_id},
    types::*,
};

/// Files whose diffs are asked for at once: as many as the server answers.
const DIFFS: usize = 20;

/// What to look for in the text of files.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSearch {
    pub query: String,
    pub is_regex: bool,
    pub case: SearchCase,
    /// As in `.gitignore`; with `!` before it, a glob excludes.
    pub globs: Vec<String>,
    /// The folder to look in; empty for everywhere.
    pub path: String,
    /// At most so many lines: 1 to 100.
    pub first: i64,
}

impl TextSearch {
    /// A text, everywhere.
    pub fn literal(query: &str) -> Self {
        Self {
            query: query.to_owned(),
            is_regex: false,
            case: SearchCase::Smart,
            globs: Vec::new(),
            path: String::new(),
            first: 50,
        }
    }
}

fn no_project() -> Error {
    Error::not_found("There is no such project.")
}

/// A field that is null without an error, though it may only be null with one.
fn missing(field: &str) -> Error {
    Error::Unexpected(format!("{field} is missing"))
}

impl Client {
    /// A folder of a project, page by page; `None` when there is no such folder.
    pub async fn tree(&self, by: ProjectBy, path: &str) -> Result<Option<Tree>, Error> {
        let mut whole: Option<Tree> = None;
        loop {
            let after = whole.as_ref().and_then(|tree| Some(tree.entries.last()?.name.clone()));
            let variables = ops::tree::Variables {
                by: by.clone(),
                path: path.to_owned(),
                after,
            };
            let answer = self.run_whole::<ops::Tree>(variables, Repeat::Harmless).await?;
            let Some(mut page) = answer.project.ok_or_else(no_project)?.tree else {
                return Ok(whole);
            };
            if let Some(mut before) = whole.take() {
                before.entries.append(&mut page.entries);
                page.entries = before.entries;
            }
            if !page.has_more || page.entries.is_empty() {
                return Ok(Some(page));
            }
            whole = Some(page);
        }
    }

    /// Lines of a file, from `first_line` (counted from 1) on; `None` when there is no such file.
    pub async fn file(&self, by: ProjectBy, path: &str, first_line: i64, lines: i64) -> Result<Option<File>, Error> {
        let variables = ops::file::Variables {
            by,
            path: path.to_owned(),
            first_line,
            lines,
        };
        let answer = self.run_whole::<ops::File>(variables, Repeat::Harmless).await?;
        Ok(answer.project.ok_or_else(no_project)?.file)
    }

    /// The files whose paths are most like the query.
    pub async fn find_files(&self, by: ProjectBy, query: &str, first: i64) -> Result<FoundFiles, Error> {
        let variables = ops::find_files::Variables {
            by,
            query: query.to_owned(),
            first: Some(first),
        };
        let answer = self.run_whole::<ops::FindFiles>(variables, Repeat::Harmless).await?;
        let found = answer.project.ok_or_else(no_project)?.find_files;
        found.ok_or_else(|| missing("findFiles"))
    }

    pub async fn search_text(&self, by: ProjectBy, search: TextSearch) -> Result<FoundText, Error> {
        let variables = ops::search_text::Variables {
            by,
            query: search.query,
            is_regex: search.is_regex,
            case: search.case,
            globs: Some(search.globs),
            path: search.path,
            first: Some(search.first),
        };
        let answer = self.run_whole::<ops::SearchText>(variables, Repeat::Harmless).await?;
        let found = answer.project.ok_or_else(no_project)?.search_text;
        found.ok_or_else(|| missing("searchText"))
    }

    /// What differs in a project's workspace from its last commit.
    pub async fn changes(&self, by: ProjectBy) -> Result<Changes, Error> {
        let answer = self
            .run_whole::<ops::Changes>(ops::changes::Variables { by }, Repeat::Harmless)
            .await?;
        let changes = answer.project.ok_or_else(no_project)?.changes;
        changes.ok_or_else(|| missing("changes"))
    }

    /// What changed in these files, asked for in as many pieces as it takes.
    pub async fn diff(
        &self,
        by: ProjectBy,
        paths: &[String],
        context_lines: i64,
        with_generated: bool,
    ) -> Result<Vec<FileDiff>, Error> {
        let mut diffs = Vec::new();
        for paths in paths.chunks(DIFFS) {
            let variables = ops::diff::Variables {
                by: by.clone(),
                paths: paths.to_vec(),
                context_lines,
                with_generated,
            };
            let answer = self.run_whole::<ops::Diff>(variables, Repeat::Harmless).await?;
            let changes = answer.project.ok_or_else(no_project)?.changes;
            diffs.extend(changes.ok_or_else(|| missing("changes"))?.diff);
        }
        Ok(diffs)
    }

    /// The newest commits of the branch that is checked out, read page by page.
    pub async fn log(&self, by: ProjectBy, limit: usize) -> Result<Vec<Commit>, Error> {
        let (mut commits, mut after) = (Vec::new(), None);
        while commits.len() < limit {
            let variables = ops::log::Variables {
                by: by.clone(),
                first: Some(PAGE),
                after,
            };
            let answer = self.run_whole::<ops::Log>(variables, Repeat::Harmless).await?;
            let changes = answer.project.ok_or_else(no_project)?.changes;
            let page = changes.ok_or_else(|| missing("changes"))?.log;
            commits.extend(page.nodes);
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        commits.truncate(limit);
        Ok(commits)
    }

    /// Answers with the file's new version.
    pub async fn write_file(&self, mut input: WriteFileInput) -> Result<String, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::write_file::Variables { input };
        let answer = self.run_whole::<ops::WriteFile>(variables, Repeat::Harmless).await?;
        Ok(answer.write_file.version)
    }

    /// Answers with the file's version.
    pub async fn move_file(&self, mut input: MoveFileInput) -> Result<String, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::move_file::Variables { input };
        let answer = self.run_whole::<ops::MoveFile>(variables, Repeat::Harmless).await?;
        Ok(answer.move_file.version)
    }

    pub async fn delete_file(&self, mut input: DeleteFileInput) -> Result<(), Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::delete_file::Variables { input };
        self.run_whole::<ops::DeleteFile>(variables, Repeat::Harmless)
            .await
            .map(drop)
    }

    pub async fn commit_changes(&self, mut input: CommitChangesInput) -> Result<Committed, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::commit_changes::Variables { input };
        let answer = self
            .run_whole::<ops::CommitChanges>(variables, Repeat::Harmless)
            .await?;
        Ok(answer.commit_changes)
    }

    pub async fn push_branch(&self, project: &str) -> Result<Pushed, Error> {
        let input = PushBranchInput {
            project: project.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::push_branch::Variables { input };
        let answer = self.run_whole::<ops::PushBranch>(variables, Repeat::Harmless).await?;
        Ok(answer.push_branch)
    }

    pub async fn create_branch(&self, project: &str, name: &str) -> Result<(), Error> {
        let input = CreateBranchInput {
            project: project.to_owned(),
            name: name.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::create_branch::Variables { input };
        self.run_whole::<ops::CreateBranch>(variables, Repeat::Harmless)
            .await
            .map(drop)
    }

    pub async fn discard_changes(&self, project: &str, paths: &[String]) -> Result<Discarded, Error> {
        let input = DiscardChangesInput {
            project: project.to_owned(),
            paths: paths.to_vec(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::discard_changes::Variables { input };
        let answer = self
            .run_whole::<ops::DiscardChanges>(variables, Repeat::Harmless)
            .await?;
        Ok(answer.discard_changes)
    }
}
