//! The parts of a message.

use async_graphql::{Context, Enum, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use entity::ids::AttachmentId;

use super::types::Session;
use crate::{
    agent::{PartContent, ToolCall, ToolState as State},
    db::Database,
    graphql::{ContextExt, Id, Result, scalar::Json},
    sessions::{part, store},
};

/// What a message is made of. A kind that this server does not know is an `UnknownPart` with its JSON.
#[derive(Union)]
pub enum Part {
    Text(TextPart),
    Reasoning(ReasoningPart),
    Tool(ToolPart),
    File(FilePart),
    Patch(PatchPart),
    Step(StepPart),
    Subtask(SubtaskPart),
    Command(CommandPart),
    Unknown(UnknownPart),
}

/// Text for people, in Markdown.
#[derive(SimpleObject)]
pub struct TextPart {
    /// Unique in its message.
    id: String,
    /// The text so far.
    text: String,
    /// It was put in by a program, not written by a person or a model.
    is_synthetic: bool,
    /// Nothing more will come.
    is_complete: bool,
}

/// What the model thought.
#[derive(SimpleObject)]
pub struct ReasoningPart {
    /// Unique in its message.
    id: String,
    /// The text so far.
    text: String,
    /// Nothing more will come.
    is_complete: bool,
}

pub struct ToolPart {
    id: String,
    call: ToolCall,
    is_output_cut: bool,
}

/// Something the agent did with a tool.
#[Object]
impl ToolPart {
    /// Unique in its message.
    async fn id(&self) -> &str {
        &self.id
    }

    /// The tool's name, such as `bash`.
    async fn tool(&self) -> &str {
        &self.call.tool
    }

    /// How far it is.
    async fn state(&self) -> ToolState {
        self.call.state.into()
    }

    /// What it does, for people; null where the tool does not say.
    async fn title(&self) -> Option<&str> {
        self.call.title.as_deref()
    }

    /// What the tool was given.
    async fn input(&self) -> Json {
        Json(self.call.input.clone())
    }

    /// What it printed, or its result; null before. At most the last 64 KiB; while it runs the last 4 KiB, once a second.
    async fn output(&self) -> Option<&str> {
        self.call.output.as_deref()
    }

    /// The beginning of the output was cut away.
    async fn is_output_cut(&self) -> bool {
        self.is_output_cut
    }

    /// Why it failed; null when it did not.
    async fn error(&self) -> Option<&str> {
        self.call.error.as_deref()
    }

    /// What else the tool tells, such as an exit code or a diff; null when nothing.
    async fn metadata(&self) -> Option<Json> {
        (!self.call.metadata.is_null()).then(|| Json(self.call.metadata.clone()))
    }

    /// The session of the sub-agent it started; null for other tools.
    async fn child_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        let Some(child) = &self.call.child_session_id else {
            return Ok(None);
        };
        let found = Box::pin(store::by_external_anywhere(ctx.service::<Database>()?.reader(), child)).await?;
        Ok(found.map(Session))
    }

    /// When it began to run; null before.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.call.started_at
    }

    /// When it ended; null before.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.call.ended_at
    }
}

/// How far a tool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum ToolState {
    /// The model is still writing what it wants.
    Pending,
    /// It runs.
    Running,
    /// It is done.
    Completed,
    /// It failed, was refused or was interrupted.
    Failed,
}

/// A file that belongs to a message.
#[derive(SimpleObject)]
pub struct FilePart {
    /// Unique in its message.
    id: String,
    /// Its media type.
    mime: String,
    /// Its name; null when it has none.
    filename: Option<String>,
    /// Its bytes; null where they were not counted.
    size: Option<f64>,
    /// Where it lies in the workspace, for one that a person pointed at; null otherwise. It may be a folder.
    path: Option<String>,
    /// For one that a person attached: its id, under which `/attachments/` has it, as long as its session is there.
    attachment: Option<Id<AttachmentId>>,
}

impl FilePart {
    fn named(id: String, mime: String, filename: Option<String>) -> Self {
        Self {
            id,
            mime,
            filename,
            size: None,
            path: None,
            attachment: None,
        }
    }
}

/// Files that were changed.
#[derive(SimpleObject)]
pub struct PatchPart {
    /// Unique in its message.
    id: String,
    /// Their paths.
    files: Vec<String>,
}

/// Where a step of a turn begins or ends.
#[derive(SimpleObject)]
pub struct StepPart {
    /// Unique in its message.
    id: String,
    /// Which of both.
    kind: StepKind,
    /// At its end: why it ended, such as `stop` or `tool-calls`.
    reason: Option<String>,
}

/// Which end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum StepKind {
    /// Its beginning.
    Start,
    /// Its end.
    Finish,
}

/// A task given to a sub-agent.
#[derive(SimpleObject)]
pub struct SubtaskPart {
    /// Unique in its message.
    id: String,
    /// The sub-agent's name.
    agent: String,
    /// What it is to do, in a few words.
    description: String,
    /// What it was told.
    prompt: String,
}

/// A command that a person ran by its name. What it stands for follows as the text that the agent was given.
#[derive(SimpleObject)]
pub struct CommandPart {
    /// Unique in its message.
    id: String,
    /// Its name, without a slash.
    name: String,
    /// What was written behind it; may be empty.
    arguments: String,
}

/// A kind of part that this server does not know.
#[derive(SimpleObject)]
pub struct UnknownPart {
    /// Unique in its message.
    id: String,
    /// The agent's name for the kind.
    kind: String,
    /// The part as it came.
    json: Json,
}

impl From<part::Part> for Part {
    fn from(part: part::Part) -> Self {
        let part::Part {
            id, content, is_cut, ..
        } = part;
        match content {
            PartContent::Text {
                text,
                is_synthetic,
                is_complete,
            } => Self::Text(TextPart {
                id,
                text,
                is_synthetic,
                is_complete,
            }),
            PartContent::Reasoning { text, is_complete } => Self::Reasoning(ReasoningPart { id, text, is_complete }),
            PartContent::Tool(call) => Self::Tool(ToolPart {
                id,
                call,
                is_output_cut: is_cut,
            }),
            PartContent::File { mime, filename, .. } => Self::File(FilePart::named(id, mime, filename)),
            #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
            PartContent::Attachment {
                attachment,
                mime,
                name,
                size,
            } => Self::File(FilePart {
                size: Some(size as f64),
                attachment: Some(Id(AttachmentId(attachment))),
                ..FilePart::named(id, mime, Some(name))
            }),
            PartContent::Reference { path } => Self::File(FilePart {
                path: Some(path.clone()),
                ..FilePart::named(id, "text/plain".to_owned(), Some(path))
            }),
            PartContent::Patch { files, .. } => Self::Patch(PatchPart { id, files }),
            PartContent::StepStart => Self::Step(StepPart {
                id,
                kind: StepKind::Start,
                reason: None,
            }),
            PartContent::StepFinish { reason, .. } => Self::Step(StepPart {
                id,
                kind: StepKind::Finish,
                reason: Some(reason),
            }),
            PartContent::Subtask {
                agent,
                description,
                prompt,
            } => Self::Subtask(SubtaskPart {
                id,
                agent,
                description,
                prompt,
            }),
            PartContent::Command { name, arguments } => Self::Command(CommandPart { id, name, arguments }),
            PartContent::Unknown { kind, raw } => Self::Unknown(UnknownPart {
                id,
                kind,
                json: Json(raw),
            }),
        }
    }
}
