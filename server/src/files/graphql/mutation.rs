//! Changing files, and git in them.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use entity::ids::ProjectId;

use crate::{
    files::Files,
    graphql::{ContextExt, Id, Result, id::id_text},
    projects::graphql::{Commit, Project},
    workspace::{Expected, Version},
};

/// What `writeFile` writes.
#[derive(InputObject)]
pub struct WriteFileInput {
    /// In which project.
    project: Id<ProjectId>,
    /// The file's path in the workspace. Folders on the way to it are made.
    path: String,
    /// Its whole new content, written as UTF-8: 768 kB at most.
    text: String,
    /// What is there now, as far as you know. When it is not, nothing is written and the answer is `CONFLICT`.
    expected: ExpectedFileInput,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What a writer believes to be there.
#[derive(OneofObject)]
pub enum ExpectedFileInput {
    /// A file of this version.
    Version(String),
    /// `true`: no file.
    Absent(bool),
}

/// What `moveFile` moves.
#[derive(InputObject)]
pub struct MoveFileInput {
    /// In which project.
    project: Id<ProjectId>,
    /// The file's path.
    path: String,
    /// Its new path, where nothing may be. Folders on the way to it are made.
    new_path: String,
    /// The version you know. When it is another, nothing is moved and the answer is `CONFLICT`.
    expected_version: String,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `deleteFile` deletes.
#[derive(InputObject)]
pub struct DeleteFileInput {
    /// In which project.
    project: Id<ProjectId>,
    /// The file's path.
    path: String,
    /// The version you know. When it is another, nothing is deleted and the answer is `CONFLICT`.
    expected_version: String,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `commitChanges` commits.
#[derive(InputObject)]
pub struct CommitChangesInput {
    /// In which project.
    project: Id<ProjectId>,
    /// The commit's message: 1 to 10,000 characters.
    message: String,
    /// Files and folders, at most 500; everything that changed when left out. What else is staged stays so.
    paths: Option<Vec<String>>,
    /// Pushes the branch afterwards; that takes the scope `manage`.
    #[graphql(default)]
    push: bool,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `pushBranch` pushes.
#[derive(InputObject)]
pub struct PushBranchInput {
    /// In which project.
    project: Id<ProjectId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `createBranch` makes.
#[derive(InputObject)]
pub struct CreateBranchInput {
    /// In which project.
    project: Id<ProjectId>,
    /// The branch's name.
    name: String,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `discardChanges` puts back.
#[derive(InputObject)]
pub struct DiscardChangesInput {
    /// In which project.
    project: Id<ProjectId>,
    /// Files and folders: 1 to 500 paths. New files among them are deleted.
    paths: Vec<String>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `writeFile`.
#[derive(SimpleObject)]
pub struct WriteFilePayload {
    /// The project.
    project: Project,
    /// The file's path.
    path: String,
    /// The file's version now.
    version: String,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `moveFile`.
#[derive(SimpleObject)]
pub struct MoveFilePayload {
    /// The project.
    project: Project,
    /// The file's new path.
    path: String,
    /// The file's version, which is the same as before.
    version: String,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `deleteFile`.
#[derive(SimpleObject)]
pub struct DeleteFilePayload {
    /// The project.
    project: Project,
    /// The path, where nothing is any more.
    path: String,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `commitChanges`.
#[derive(SimpleObject)]
pub struct CommitChangesPayload {
    /// The project.
    project: Project,
    /// The commit.
    commit: Commit,
    /// Whether the branch was pushed.
    is_pushed: bool,
    /// Why it was not, although that was asked for; null otherwise. The commit stands all the same.
    push_problem: Option<String>,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `pushBranch`.
#[derive(SimpleObject)]
pub struct PushBranchPayload {
    /// The project.
    project: Project,
    /// The branch that was pushed.
    branch: String,
    /// The id of its last commit.
    head: String,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `createBranch`.
#[derive(SimpleObject)]
pub struct CreateBranchPayload {
    /// The project.
    project: Project,
    /// The branch, which is checked out now.
    branch: String,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `discardChanges`.
#[derive(SimpleObject)]
pub struct DiscardChangesPayload {
    /// The project.
    project: Project,
    /// The files that were put back or deleted.
    paths: Vec<String>,
    /// The commit that holds what they were: `git checkout <id> -- <path>` in the workspace brings it back. It is kept under
    /// `refs/pcc/discarded/` there. Null when nothing had changed.
    kept_as: Option<String>,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct FileMutation;

#[Object]
impl FileMutation {
    /// Writes a file as a whole, if it is what you know. Works whether the agent runs or not.
    async fn write_file(&self, ctx: &Context<'_>, input: WriteFileInput) -> Result<WriteFilePayload> {
        let expected = match input.expected {
            ExpectedFileInput::Version(version) => Expected::Version(Version(version)),
            ExpectedFileInput::Absent(_) => Expected::Absent,
        };
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let version = files
            .write(
                ctx.caller()?,
                id,
                &input.path,
                &input.text,
                expected,
                id_text(&client_id),
            )
            .await?;
        Ok(WriteFilePayload {
            project: Project(files.project(id).await?),
            path: input.path,
            version: version.0,
            client_mutation_id: client_id,
        })
    }

    /// Gives a file another path, if it is what you know and nothing is there.
    async fn move_file(&self, ctx: &Context<'_>, input: MoveFileInput) -> Result<MoveFilePayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let expected = Version(input.expected_version);
        let version = files
            .rename(
                ctx.caller()?,
                id,
                &input.path,
                &input.new_path,
                expected,
                id_text(&client_id),
            )
            .await?;
        Ok(MoveFilePayload {
            project: Project(files.project(id).await?),
            path: input.new_path,
            version: version.0,
            client_mutation_id: client_id,
        })
    }

    /// Deletes a file, if it is what you know.
    async fn delete_file(&self, ctx: &Context<'_>, input: DeleteFileInput) -> Result<DeleteFilePayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let expected = Version(input.expected_version);
        files
            .delete(ctx.caller()?, id, &input.path, expected, id_text(&client_id))
            .await?;
        Ok(DeleteFilePayload {
            project: Project(files.project(id).await?),
            path: input.path,
            client_mutation_id: client_id,
        })
    }

    /// Commits what changed, in the name of this device. No hook of the repository runs.
    async fn commit_changes(&self, ctx: &Context<'_>, input: CommitChangesInput) -> Result<CommitChangesPayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let done = files
            .commit(
                ctx.caller()?,
                id,
                &input.message,
                input.paths,
                input.push,
                id_text(&client_id),
            )
            .await?;
        Ok(CommitChangesPayload {
            project: Project(files.project(id).await?),
            commit: done.commit.into(),
            is_pushed: done.is_pushed,
            push_problem: done.push_problem,
            client_mutation_id: client_id,
        })
    }

    /// Pushes the branch that is checked out to the project's repository, forwards only.
    async fn push_branch(&self, ctx: &Context<'_>, input: PushBranchInput) -> Result<PushBranchPayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let done = files.push(ctx.caller()?, id, id_text(&client_id)).await?;
        Ok(PushBranchPayload {
            project: Project(files.project(id).await?),
            branch: done.branch,
            head: done.commit,
            client_mutation_id: client_id,
        })
    }

    /// Makes a branch at the last commit and checks it out; files stay as they are.
    async fn create_branch(&self, ctx: &Context<'_>, input: CreateBranchInput) -> Result<CreateBranchPayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        files
            .create_branch(ctx.caller()?, id, &input.name, id_text(&client_id))
            .await?;
        Ok(CreateBranchPayload {
            project: Project(files.project(id).await?),
            branch: input.name,
            client_mutation_id: client_id,
        })
    }

    /// Puts files back to the last commit. What they were is kept in a commit.
    async fn discard_changes(&self, ctx: &Context<'_>, input: DiscardChangesInput) -> Result<DiscardChangesPayload> {
        let (client_id, id) = (input.client_mutation_id, input.project.0);
        let files = ctx.service::<Files>()?;
        let done = files
            .discard(ctx.caller()?, id, input.paths, id_text(&client_id))
            .await?;
        Ok(DiscardChangesPayload {
            project: Project(files.project(id).await?),
            paths: done.paths,
            kept_as: done.kept_as,
            client_mutation_id: client_id,
        })
    }
}
