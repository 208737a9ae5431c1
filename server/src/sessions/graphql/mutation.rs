//! Changing sessions.

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject};
use entity::ids::{AttachmentId, MessageId, ProjectId, SessionId};

use super::{Message, Session};
use crate::{
    graphql::{ContextExt, Failure, Id, Result, id::id_text, sentence},
    sessions::{
        Sessions,
        new_prompt::{NewPart, NewPrompt},
    },
    workspace::WorkspacePath,
};

/// What `createSession` makes.
#[derive(InputObject)]
pub struct CreateSessionInput {
    /// In which project.
    project: Id<ProjectId>,
    /// Its title: 1 to 200 characters. The agent finds one when left out.
    title: Option<String>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `renameSession` changes.
#[derive(InputObject)]
pub struct RenameSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Its new title: 1 to 200 characters.
    title: String,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `deleteSession` removes.
#[derive(InputObject)]
pub struct DeleteSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `abortSession` ends.
#[derive(InputObject)]
pub struct AbortSessionInput {
    /// Which session.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `continueSession` goes on with.
#[derive(InputObject)]
pub struct ContinueSessionInput {
    /// Which session. Its status is `INTERRUPTED`.
    id: Id<SessionId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `sendPrompt` sends.
#[derive(InputObject)]
pub struct SendPromptInput {
    /// To which session.
    session: Id<SessionId>,
    /// What it says: 1 to 20 parts, 256 kB of text at most.
    parts: Vec<PromptPartInput>,
    /// The agent to ask, such as `plan`; the default when left out. One that the project is known not to have is refused.
    agent: Option<String>,
    /// The model to ask, as `provider/model`; when left out, that of the agent, else that of the session's last prompt. One
    /// that the project is known not to have is refused.
    model: Option<String>,
    /// What to do when a turn runs in the session; `QUEUE` when left out.
    when_busy: Option<WhenBusy>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What `runCommand` runs.
#[derive(InputObject)]
pub struct RunCommandInput {
    /// In which session.
    session: Id<SessionId>,
    /// The command's name, without a slash: one of the project's `commands`. One that it is known not to have is refused.
    command: String,
    /// What is written behind it, 256 kB at most; empty when left out.
    #[graphql(default)]
    arguments: String,
    /// What goes with it: attachments and files, no text.
    #[graphql(default)]
    files: Vec<PromptPartInput>,
    /// The agent to ask where the command names none; the default when left out.
    agent: Option<String>,
    /// The model to ask, as `provider/model`, where the command names none; as with `sendPrompt` when left out.
    model: Option<String>,
    /// What to do when a turn runs in the session; `QUEUE` when left out.
    when_busy: Option<WhenBusy>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What a prompt does while a turn runs in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum WhenBusy {
    /// It waits for the end of the turn, and of those of the prompts before it.
    Queue,
    /// It ends the turn and goes next.
    Interrupt,
}

/// Names what `cancelPrompt` withdraws.
#[derive(InputObject)]
pub struct CancelPromptInput {
    /// Which message. Its delivery is `QUEUED`.
    id: Id<MessageId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// Names what `retryPrompt` sends again.
#[derive(InputObject)]
pub struct RetryPromptInput {
    /// Which message. Its delivery is `FAILED` or `UNKNOWN`.
    id: Id<MessageId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// A part of a prompt.
#[derive(OneofObject)]
pub enum PromptPartInput {
    /// Text.
    Text(String),
    /// A file that was uploaded to `/attachments`, by the id it got there: at most 10 in a prompt, 10 MB together.
    Attachment(Id<AttachmentId>),
    /// A file or a folder of the workspace, by its path: the agent is given what is in it then.
    File(String),
}

impl PromptPartInput {
    fn checked(self) -> Result<NewPart> {
        Ok(match self {
            Self::Text(text) => NewPart::Text(text),
            Self::Attachment(id) => NewPart::Attachment(id.0),
            Self::File(path) => {
                let path = WorkspacePath::parse_inner(&path);
                NewPart::Reference(path.map_err(|error| Failure::invalid("parts", sentence(&error)))?)
            }
        })
    }
}

fn checked(parts: Vec<PromptPartInput>) -> Result<Vec<NewPart>> {
    parts.into_iter().map(PromptPartInput::checked).collect()
}

/// What came of `createSession`.
#[derive(SimpleObject)]
pub struct CreateSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `renameSession`.
#[derive(SimpleObject)]
pub struct RenameSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `abortSession`.
#[derive(SimpleObject)]
pub struct AbortSessionPayload {
    /// The session as it is now.
    session: Session,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `deleteSession`.
#[derive(SimpleObject)]
pub struct DeleteSessionPayload {
    /// Which session it was.
    session_id: Id<SessionId>,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `sendPrompt`.
#[derive(SimpleObject)]
pub struct SendPromptPayload {
    /// The prompt, kept from now on; `delivery` says how far it has come.
    message: Message,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `runCommand`.
#[derive(SimpleObject)]
pub struct RunCommandPayload {
    /// The prompt that holds the command, kept from now on; `delivery` says how far it has come.
    message: Message,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `cancelPrompt`.
#[derive(SimpleObject)]
pub struct CancelPromptPayload {
    /// The prompt as it is now.
    message: Message,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `retryPrompt`.
#[derive(SimpleObject)]
pub struct RetryPromptPayload {
    /// The prompt as it is now.
    message: Message,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What came of `continueSession`.
#[derive(SimpleObject)]
pub struct ContinueSessionPayload {
    /// The prompt that tells the agent to go on.
    message: Message,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Makes a session. The agent need not run.
    async fn create_session(&self, ctx: &Context<'_>, input: CreateSessionInput) -> Result<CreateSessionPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let session = sessions
            .create(
                ctx.caller()?,
                input.project.0,
                input.title.as_deref(),
                id_text(&client_id),
            )
            .await?;
        Ok(CreateSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Gives a session another title, which the agent does not change again.
    async fn rename_session(&self, ctx: &Context<'_>, input: RenameSessionInput) -> Result<RenameSessionPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let session = sessions
            .rename(ctx.caller()?, input.id.0, &input.title, id_text(&client_id))
            .await?;
        Ok(RenameSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }

    /// Deletes a session with all its messages, here at once and at the agent when it runs.
    async fn delete_session(&self, ctx: &Context<'_>, input: DeleteSessionInput) -> Result<DeleteSessionPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let id = sessions.delete(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(DeleteSessionPayload {
            session_id: Id(id),
            client_mutation_id: client_id,
        })
    }

    /// Takes a prompt and sends it as soon as it can: when the agent runs, and has answered the prompts before it.
    async fn send_prompt(&self, ctx: &Context<'_>, input: SendPromptInput) -> Result<SendPromptPayload> {
        let client_id = input.client_mutation_id;
        let prompt = NewPrompt {
            session: input.session.0,
            parts: checked(input.parts)?,
            agent: input.agent,
            model: input.model,
            interrupts: input.when_busy == Some(WhenBusy::Interrupt),
        };
        let sessions = ctx.service::<Sessions>()?;
        let message = sessions.send(ctx.caller()?, prompt, id_text(&client_id)).await?;
        Ok(SendPromptPayload {
            message: Message::from(message),
            client_mutation_id: client_id,
        })
    }

    /// Takes a command and runs it as soon as it can, in the order of the prompts. It runs once: where it cannot be found out
    /// whether the agent has it, its delivery is `UNKNOWN`, and it is not run again unless `retryPrompt` says so.
    async fn run_command(&self, ctx: &Context<'_>, input: RunCommandInput) -> Result<RunCommandPayload> {
        let client_id = input.client_mutation_id;
        if input.files.iter().any(|part| matches!(part, PromptPartInput::Text(_))) {
            return Err(Failure::invalid("files", "A command's text is its arguments."));
        }
        let mut parts = vec![NewPart::Command {
            name: input.command,
            arguments: input.arguments,
        }];
        parts.extend(checked(input.files)?);
        let prompt = NewPrompt {
            session: input.session.0,
            parts,
            agent: input.agent,
            model: input.model,
            interrupts: input.when_busy == Some(WhenBusy::Interrupt),
        };
        let sessions = ctx.service::<Sessions>()?;
        let message = sessions.run(ctx.caller()?, prompt, id_text(&client_id)).await?;
        Ok(RunCommandPayload {
            message: Message::from(message),
            client_mutation_id: client_id,
        })
    }

    /// Withdraws a prompt that the agent does not have yet: it is `FAILED` then. `CONFLICT` once the agent may have it.
    async fn cancel_prompt(&self, ctx: &Context<'_>, input: CancelPromptInput) -> Result<CancelPromptPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let message = sessions.cancel(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(CancelPromptPayload {
            message: Message::from(message),
            client_mutation_id: client_id,
        })
    }

    /// Sends a prompt again that failed, or of which nobody knows what became. The agent may then have it twice: what it
    /// took without an answer stays in its history.
    async fn retry_prompt(&self, ctx: &Context<'_>, input: RetryPromptInput) -> Result<RetryPromptPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let message = sessions.retry(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(RetryPromptPayload {
            message: Message::from(message),
            client_mutation_id: client_id,
        })
    }

    /// Lets the agent go on with a turn in the middle of which it was restarted. It is told to look at what is done first.
    async fn continue_session(&self, ctx: &Context<'_>, input: ContinueSessionInput) -> Result<ContinueSessionPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let message = sessions.go_on(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(ContinueSessionPayload {
            message: Message::from(message),
            client_mutation_id: client_id,
        })
    }

    /// Ends the running turn, and withdraws prompts and a summary that the agent does not have yet. Nothing runs: nothing happens.
    async fn abort_session(&self, ctx: &Context<'_>, input: AbortSessionInput) -> Result<AbortSessionPayload> {
        let client_id = input.client_mutation_id;
        let sessions = ctx.service::<Sessions>()?;
        let session = sessions.abort(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(AbortSessionPayload {
            session: Session(session),
            client_mutation_id: client_id,
        })
    }
}
