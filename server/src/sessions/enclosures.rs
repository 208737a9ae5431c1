//! What a prompt has with it besides its text: files that a person attached, and places in the workspace.

use std::sync::Arc;

use async_trait::async_trait;
use entity::ids::{AttachmentId, ProjectId, SessionId};
use sea_orm::ConnectionTrait;

use super::{error::Error, new_prompt::NewPart, part::Part};
use crate::{
    agent::{AgentError, PartContent, PromptContent, PromptPart},
    attachments::{
        self, Attachments,
        service::{MAX_FILES, MAX_FILES_BYTES},
    },
    caller::Caller,
    files::{self, Files},
    graphql::sentence,
    workspace::{EntryKind, WorkspaceError, WorkspacePath},
};

/// What stands at a path of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file or a folder.
    There,
    Nothing,
    /// A link, which may lead out of the workspace, or nothing that is read.
    Closed,
    /// The workspace is on another machine, with whatever is in it.
    Elsewhere,
    /// Nobody can look now.
    Unknown,
}

/// Where that can be seen.
#[async_trait]
pub trait Places: Send + Sync {
    async fn look(&self, project: ProjectId, path: &WorkspacePath) -> Place;
}

#[async_trait]
impl Places for Files {
    async fn look(&self, project: ProjectId, path: &WorkspacePath) -> Place {
        match self.kind(project, path).await {
            Ok(Some(EntryKind::File | EntryKind::Folder)) => Place::There,
            Ok(Some(EntryKind::Link | EntryKind::Special)) => Place::Closed,
            Ok(None) => Place::Nothing,
            Err(files::Error::Workspace(WorkspaceError::Link(_))) => Place::Closed,
            Err(files::Error::Workspace(WorkspaceError::Elsewhere)) => Place::Elsewhere,
            Err(_) => Place::Unknown,
        }
    }
}

#[derive(Clone)]
pub struct Enclosures {
    attachments: Attachments,
    places: Arc<dyn Places>,
}

impl Enclosures {
    pub fn new(attachments: Attachments, places: Arc<dyn Places>) -> Self {
        Self { attachments, places }
    }

    /// Whether a new prompt may point there.
    pub(super) async fn may_point_at(&self, project: ProjectId, path: &WorkspacePath) -> Result<(), Error> {
        match self.places.look(project, path).await {
            Place::There | Place::Elsewhere | Place::Unknown => Ok(()),
            Place::Nothing => Err(Error::NoFile(path.to_string())),
            Place::Closed => Err(Error::ClosedFile(path.to_string())),
        }
    }

    /// What goes to the agent of a part that a person gave; nothing of a command's own.
    pub(super) async fn prompt_part(&self, project: ProjectId, part: &Part) -> Result<Option<PromptPart>, AgentError> {
        let content = match &part.content {
            PartContent::Text { text, .. } => PromptContent::Text(text.clone()),
            PartContent::Attachment {
                attachment, mime, name, ..
            } => {
                let kept = self.attachments.content_of(AttachmentId(*attachment)).await;
                let content = kept.unwrap_or_else(|error| {
                    tracing::error!(error = &error as &dyn std::error::Error, "an attachment cannot be read");
                    None
                });
                let lost = || AgentError::Rejected(format!("The server has lost the file {name}."));
                PromptContent::File {
                    media_type: mime.clone(),
                    name: name.clone(),
                    content: content.ok_or_else(lost)?.into(),
                }
            }
            PartContent::Reference { path } => {
                let place = WorkspacePath::parse_inner(path);
                let place = place.map_err(|error| AgentError::Rejected(sentence(&error)))?;
                match self.places.look(project, &place).await {
                    // What is gone by now, the agent says itself.
                    Place::There | Place::Nothing | Place::Elsewhere => {}
                    Place::Closed => return Err(AgentError::Rejected(sentence(&Error::ClosedFile(path.clone())))),
                    Place::Unknown => {
                        return Err(AgentError::Unavailable {
                            message: "the workspace cannot be looked at".to_owned(),
                            may_be_done: false,
                            source: None,
                        });
                    }
                }
                PromptContent::Reference { path: path.clone() }
            }
            _ => return Ok(None),
        };
        let id = part.id.clone();
        Ok(Some(PromptPart { id, content }))
    }
}

/// What is kept of a prompt's parts, in the transaction that keeps it: its attachments are the session's from then on.
pub(super) async fn contents(
    tx: &impl ConnectionTrait,
    caller: &Caller,
    session: SessionId,
    parts: Vec<NewPart>,
) -> Result<Vec<PartContent>, Error> {
    let (mut contents, mut files, mut bytes) = (Vec::new(), 0, 0);
    for part in parts {
        contents.push(match part {
            NewPart::Text(text) => PartContent::Text {
                text,
                is_synthetic: false,
                is_complete: true,
            },
            NewPart::Command { name, arguments } => PartContent::Command { name, arguments },
            NewPart::Reference(path) => PartContent::Reference { path: path.to_string() },
            NewPart::Attachment(id) => {
                let given = attachments::service::give(tx, caller, session, id).await?;
                let size = u64::try_from(given.size).unwrap_or(0);
                (files, bytes) = (files + 1, bytes + size);
                if files > MAX_FILES || bytes > MAX_FILES_BYTES {
                    return Err(Error::Attachments);
                }
                PartContent::Attachment {
                    attachment: given.id.0,
                    mime: given.media_type,
                    name: given.name,
                    size,
                }
            }
        });
    }
    Ok(contents)
}
