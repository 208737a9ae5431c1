//! What users ask of files. What changes something is done in the project's turn, once for each `clientMutationId`, and
//! told by an event.

use std::sync::Arc;

use entity::{
    ids::ProjectId,
    project::{self, Desired},
    resource::ResourceKind,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{error::Error, turns::Turns};
use crate::{
    caller::{Caller, Scope},
    clock::Clock,
    containers::ContainerId,
    db::Database,
    events::{Actor, EventLog, Payload},
    forge::{ForgeError, RepositoryId, reference::GitRef},
    graphql::sentence,
    idempotency::{self, Attempt, Claim},
    projects::{Projects, store},
    workspace::{
        Author, Commit, Discarded, EntryKind, Expected, File, FileDiff, FoundFiles, FoundText, Lines, NewCommit,
        SearchQuery, Status, Tree, Version, Workspace, WorkspaceError, WorkspacePath, Workspaces, diff,
    },
};

const MAX_MESSAGE: usize = 10_000;
pub const MAX_PATHS: usize = 500;
const MAX_DIFFS: usize = 20;
const MAX_FIND: usize = 200;
const MAX_SEARCH: usize = 1_000;
const MAX_GLOBS: usize = 20;
/// The address in commits: nobody answers there.
const ADDRESS: &str = "device@pcc.invalid";

#[derive(Clone)]
pub struct Files {
    db: Database,
    events: EventLog,
    clock: Clock,
    projects: Projects,
    workspaces: Arc<dyn Workspaces>,
    turns: Turns,
}

/// What came of a commit, and of the push after it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Committed {
    pub commit: Commit,
    pub is_pushed: bool,
    /// Why not, where it was asked for.
    pub push_problem: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pushed {
    pub branch: String,
    pub commit: String,
}

impl Files {
    pub fn new(
        db: Database,
        events: EventLog,
        clock: Clock,
        projects: Projects,
        workspaces: Arc<dyn Workspaces>,
    ) -> Self {
        Self {
            db,
            events,
            clock,
            projects,
            workspaces,
            turns: Turns::default(),
        }
    }

    /// The workspace of a project, if it is there to be looked at.
    async fn open(&self, id: ProjectId) -> Result<Arc<dyn Workspace>, Error> {
        let db = self.db.reader();
        let project = store::get(db, id).await?.ok_or(Error::NoProject)?;
        if project.desired == Desired::Deleted {
            return Err(Error::BeingDeleted);
        }
        let container = store::resource(db, id, ResourceKind::Container).await?;
        let name = container
            .and_then(|container| container.external_id)
            .ok_or(Error::NotYet)?;
        let found = self
            .projects
            .host()
            .inspect(&ContainerId(name))
            .await
            .map_err(Error::Host)?;
        let container = found
            .filter(|container| container.workspace_ready)
            .ok_or(Error::NotYet)?;
        Ok(self.workspaces.open(container.local_directory.as_deref())?)
    }

    /// What stands at a path of a project's workspace.
    pub async fn kind(&self, project: ProjectId, path: &WorkspacePath) -> Result<Option<EntryKind>, Error> {
        Ok(self.open(project).await?.kind(path).await?)
    }

    pub async fn tree(
        &self,
        caller: &Caller,
        project: ProjectId,
        path: &str,
        after: Option<&str>,
    ) -> Result<Option<Tree>, Error> {
        caller.require(Scope::Read)?;
        let path = folder("path", path)?;
        Ok(self.open(project).await?.tree(&path, after).await?)
    }

    pub async fn file(
        &self,
        caller: &Caller,
        project: ProjectId,
        path: &str,
        lines: Lines,
    ) -> Result<Option<File>, Error> {
        caller.require(Scope::Read)?;
        let path = file("path", path)?;
        Ok(self.open(project).await?.file(&path, lines).await?)
    }

    pub async fn find(
        &self,
        caller: &Caller,
        project: ProjectId,
        query: &str,
        limit: usize,
    ) -> Result<FoundFiles, Error> {
        caller.require(Scope::Read)?;
        if query.chars().count() > MAX_FIND {
            return Err(Error::Input("query", "a query has at most 200 characters"));
        }
        Ok(self.open(project).await?.find(query, limit).await?)
    }

    pub async fn search(
        &self,
        caller: &Caller,
        project: ProjectId,
        path: &str,
        query: SearchQuery,
    ) -> Result<FoundText, Error> {
        caller.require(Scope::Read)?;
        if !(1..=MAX_SEARCH).contains(&query.text.chars().count()) {
            return Err(Error::Input("query", "a query has 1 to 1,000 characters"));
        }
        if query.globs.len() > MAX_GLOBS || query.globs.iter().any(|glob| glob.len() > MAX_FIND) {
            return Err(Error::Input("globs", "there can be 20 globs of 200 bytes each"));
        }
        let query = SearchQuery {
            folder: folder("path", path)?,
            ..query
        };
        Ok(self.open(project).await?.search(&query).await?)
    }

    pub async fn changes(&self, caller: &Caller, project: ProjectId) -> Result<Status, Error> {
        caller.require(Scope::Read)?;
        Ok(self.open(project).await?.status().await?)
    }

    pub async fn diff(
        &self,
        caller: &Caller,
        project: ProjectId,
        paths: &[String],
        options: diff::Options,
    ) -> Result<Vec<FileDiff>, Error> {
        caller.require(Scope::Read)?;
        if paths.len() > MAX_DIFFS {
            return Err(Error::Input("paths", "at most 20 files are shown at once"));
        }
        let paths = paths
            .iter()
            .map(|path| file("paths", path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.open(project).await?.diff(&paths, options).await?)
    }

    pub async fn log(
        &self,
        caller: &Caller,
        project: ProjectId,
        from: Option<&str>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        caller.require(Scope::Read)?;
        Ok(self.open(project).await?.log(from, skip, limit).await?)
    }

    pub async fn write(
        &self,
        caller: &Caller,
        project: ProjectId,
        path: &str,
        text: &str,
        expected: Expected,
        client_id: Option<&str>,
    ) -> Result<Version, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("writeFile", client_id, &(project, path, text, &expected))?;
        let path = file("path", path)?;
        self.once(caller, project, attempt, |workspace| async move {
            Ok(workspace.write(&path, text, &expected).await?)
        })
        .await
    }

    pub async fn rename(
        &self,
        caller: &Caller,
        project: ProjectId,
        from: &str,
        to: &str,
        expected: Version,
        client_id: Option<&str>,
    ) -> Result<Version, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("moveFile", client_id, &(project, from, to, &expected))?;
        let (from, to) = (file("path", from)?, file("newPath", to)?);
        self.once(caller, project, attempt, |workspace| async move {
            Ok(workspace.rename(&from, &to, &expected).await?)
        })
        .await
    }

    pub async fn delete(
        &self,
        caller: &Caller,
        project: ProjectId,
        path: &str,
        expected: Version,
        client_id: Option<&str>,
    ) -> Result<(), Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("deleteFile", client_id, &(project, path, &expected))?;
        let path = file("path", path)?;
        self.once(caller, project, attempt, |workspace| async move {
            Ok(workspace.delete(&path, &expected).await?)
        })
        .await
    }

    pub async fn commit(
        &self,
        caller: &Caller,
        project: ProjectId,
        message: &str,
        paths: Option<Vec<String>>,
        push: bool,
        client_id: Option<&str>,
    ) -> Result<Committed, Error> {
        caller.require(if push { Scope::Manage } else { Scope::Steer })?;
        let attempt = Attempt::new("commitChanges", client_id, &(project, message, &paths, push))?;
        if message.trim().is_empty() || message.chars().count() > MAX_MESSAGE || message.contains('\0') {
            return Err(Error::Input("message", "a message has 1 to 10,000 characters"));
        }
        let new = NewCommit {
            message: message.trim().to_owned(),
            paths: paths.as_deref().map(some_paths).transpose()?,
            author: author(caller),
        };
        self.once(caller, project, attempt, |workspace| async move {
            let commit = workspace.commit(&new).await?;
            let pushed = if push {
                self.push_from(project, &*workspace).await.map(Some)
            } else {
                Ok(None)
            };
            let push_problem = pushed.as_ref().err().map(sentence);
            Ok(Committed {
                commit,
                is_pushed: matches!(pushed, Ok(Some(_))),
                push_problem,
            })
        })
        .await
    }

    pub async fn push(&self, caller: &Caller, project: ProjectId, client_id: Option<&str>) -> Result<Pushed, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("pushBranch", client_id, &project)?;
        self.once(caller, project, attempt, |workspace| async move {
            self.push_from(project, &*workspace).await
        })
        .await
    }

    /// Brings the branch that is checked out to the project's repository: the one the server knows, whatever remote the
    /// workspace names.
    async fn push_from(&self, project: ProjectId, workspace: &dyn Workspace) -> Result<Pushed, Error> {
        let repository = store::resource(self.db.reader(), project, ResourceKind::Repository).await?;
        let repository = repository
            .and_then(|repository| repository.external_id)
            .ok_or(ForgeError::NotFound)?;
        let lent = workspace.lend().await?;
        let branch = GitRef::parse(&lent.branch).map_err(|error| WorkspaceError::Refused(error.to_string()))?;
        self.projects
            .forge()
            .take(&RepositoryId(repository), &lent.git_dir, &branch)
            .await?;
        workspace.note_pushed(&lent.branch, &lent.head).await?;
        Ok(Pushed {
            branch: lent.branch.clone(),
            commit: lent.head.clone(),
        })
    }

    pub async fn create_branch(
        &self,
        caller: &Caller,
        project: ProjectId,
        name: &str,
        client_id: Option<&str>,
    ) -> Result<(), Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("createBranch", client_id, &(project, name))?;
        self.once(caller, project, attempt, |workspace| async move {
            Ok(workspace.create_branch(name).await?)
        })
        .await
    }

    pub async fn discard(
        &self,
        caller: &Caller,
        project: ProjectId,
        paths: Vec<String>,
        client_id: Option<&str>,
    ) -> Result<Discarded, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("discardChanges", client_id, &(project, &paths))?;
        let paths = some_paths(&paths)?;
        self.once(caller, project, attempt, |workspace| async move {
            Ok(workspace.discard(&paths, &author(caller)).await?)
        })
        .await
    }

    /// Does it unless it was done before, in the project's turn. Files are no database: should the server die between the
    /// work and its note, the same mutation is done again, and finds by itself that nothing is left to do.
    async fn once<R, F>(
        &self,
        caller: &Caller,
        id: ProjectId,
        attempt: Option<Attempt>,
        work: impl FnOnce(Arc<dyn Workspace>) -> F,
    ) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        F: Future<Output = Result<R, Error>>,
    {
        let _turn = self.turns.take(id).await;
        let actor = Actor::Device(caller.device);
        if attempt.is_some() {
            // Only looked at here: nothing outside is called while a transaction is open.
            let look = self.events.begin(actor).await?;
            if let Claim::Done(done) = idempotency::claim(&look, caller, attempt.as_ref(), &self.clock).await? {
                return Ok(done);
            }
        }
        let result = work(self.open(id).await?).await?;
        let mut tx = self.events.begin(actor).await?;
        if let Claim::Done(done) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return Ok(done);
        }
        idempotency::keep(&tx, caller, attempt.as_ref(), &result).await?;
        tx.emit(Payload::ProjectChanged { project: id });
        tx.commit().await?;
        Ok(result)
    }

    /// The project after a change, for the answer.
    pub async fn project(&self, id: ProjectId) -> Result<project::Model, Error> {
        store::get(self.db.reader(), id).await?.ok_or(Error::NoProject)
    }
}

fn folder(field: &'static str, path: &str) -> Result<WorkspacePath, Error> {
    WorkspacePath::parse(path).map_err(|error| Error::Path(field, error))
}

fn file(field: &'static str, path: &str) -> Result<WorkspacePath, Error> {
    WorkspacePath::parse_inner(path).map_err(|error| Error::Path(field, error))
}

fn some_paths(paths: &[String]) -> Result<Vec<WorkspacePath>, Error> {
    if !(1..=MAX_PATHS).contains(&paths.len()) {
        return Err(Error::Input("paths", "name 1 to 500 paths"));
    }
    paths.iter().map(|path| file("paths", path)).collect()
}

/// Whoever gave the order has done it. Without what would end a line of a commit.
fn author(caller: &Caller) -> Author {
    let name: String = caller
        .device_name
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>'))
        .collect();
    let name = name.trim_matches([' ', '.', ',', ':', ';', '"', '\'', '\\']);
    Author {
        name: if name.is_empty() {
            "A device".to_owned()
        } else {
            name.to_owned()
        },
        email: ADDRESS.to_owned(),
    }
}
