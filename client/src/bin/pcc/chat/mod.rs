//! Talking to an agent: one prompt, or one after the other.

mod asked;
mod desk;
mod interrupt;
mod render;
mod turn;

use std::io::{IsTerminal, Read, Write};

use anyhow::{Context as _, Result};
use client::{
    SessionStream,
    types::{Project, ProjectBy, Session},
};
use serde_json::json;

use crate::{
    args::{Chat, Target},
    context::Context,
    lines::Lines,
    output::{Complaint, name, one_line, table},
};
use asked::Asked;
use desk::Desk;
use interrupt::Interrupt;
use render::Renderer;
use turn::Outcome;

/// A prompt is a text of a person, or a file piped in. The server has a limit of its own.
const MAX_PROMPT: u64 = 1 << 20;

pub async fn list(context: &Context, target: &Target, is_archived: bool) -> Result<()> {
    let by = context.project_by(target).await?;
    let sessions = match is_archived {
        true => context.client.archived_sessions(by).await?,
        false => context.client.sessions(by).await?,
    };
    let sessions = sessions.ok_or_else(|| Complaint::no_project(&target.project))?;
    context.output.value(&sessions, || {
        let rows: Vec<_> = sessions
            .iter()
            .map(|session| {
                let updated = session.updated_at.format("%F %R UTC").to_string();
                [
                    session.id.clone(),
                    name(&session.status),
                    updated,
                    one_line(&session.title),
                ]
            })
            .collect();
        table(["SESSION", "STATUS", "UPDATED", "TITLE"], &rows)
    })
}

pub async fn chat(context: &Context, chat: Chat) -> Result<()> {
    let is_interactive = chat.prompt.is_empty() && chat.command.is_none() && std::io::stdin().is_terminal();
    if is_interactive && context.output.json {
        return Err(Complaint::usage("Give a prompt with --json.").into());
    }
    let prompt = match is_interactive {
        true => None,
        false if chat.prompt.is_empty() && chat.command.is_none() => Some(read_prompt()?),
        false => Some(chat.prompt.join(" ")),
    };
    let project = context.project(&chat.target).await?;
    let session = choose(context, &project, &chat).await?;
    let asked = Asked::by(context, &chat).await?;
    let mut talk = Talk::open(context, &session.id, asked).await?;
    match prompt {
        Some(prompt) => talk.ask(&prompt).await,
        None => talk.converse().await,
    }
}

/// Lets the agent go on after it was restarted, without waiting for what comes of it.
pub async fn go_on(context: &Context, session: &str) -> Result<()> {
    let message = context.client.continue_session(session).await?;
    context.output.value(&message, || "It goes on.".to_owned())
}

/// All of standard input, if there is something in it and not too much.
fn read_prompt() -> Result<String> {
    let mut prompt = String::new();
    let length = std::io::stdin().lock().take(MAX_PROMPT + 1).read_to_string(&mut prompt);
    if length.context("the prompt cannot be read")? as u64 > MAX_PROMPT {
        return Err(Complaint::usage(format!("The prompt is longer than {MAX_PROMPT} bytes.")).into());
    }
    if prompt.trim().is_empty() {
        return Err(Complaint::usage("The prompt is empty.").into());
    }
    Ok(prompt)
}

/// The session asked for, or the latest that no agent began for itself, or a new one.
async fn choose(context: &Context, project: &Project, chat: &Chat) -> Result<Session> {
    if let Some(id) = &chat.session {
        let session = context
            .client
            .session(id)
            .await?
            .filter(|session| session.project.id == project.id);
        let none = || Complaint::not_found(format!("There is no session {id} in {}.", project.slug));
        return session.ok_or_else(|| none().into());
    }
    if !chat.new {
        let sessions = context
            .client
            .sessions(ProjectBy::Id(project.id.clone()))
            .await?
            .unwrap_or_default();
        let own = sessions.into_iter().filter(|session| session.parent.is_none());
        if let Some(latest) = own.max_by_key(|session| session.updated_at) {
            return Ok(latest);
        }
    }
    Ok(context.client.create_session(&project.id, None).await?)
}

/// A session that is watched while it is talked to.
struct Talk<'a> {
    context: &'a Context,
    session: String,
    asked: Asked,
    stream: SessionStream,
    renderer: Renderer,
    interrupt: Interrupt,
    lines: Lines,
}

impl<'a> Talk<'a> {
    /// Takes what was said before as known; only what is new is printed.
    async fn open(context: &'a Context, session: &str, asked: Asked) -> Result<Self> {
        let mut stream = context.client.session_stream(session);
        let mut renderer = Renderer::new(context.output);
        renderer.skip(context.in_time(async { Ok(stream.until(|_| true).await?) }).await?);
        Ok(Self {
            context,
            session: session.to_owned(),
            asked,
            stream,
            renderer,
            interrupt: Interrupt::listen(),
            lines: Lines::new(MAX_PROMPT),
        })
    }

    /// One turn, from the prompt to its end. Failing turns are errors.
    async fn ask(&mut self, prompt: &str) -> Result<()> {
        self.interrupt.begin();
        let sent = self.asked.send(&self.context.client, &self.session, prompt).await?;
        self.renderer
            .event(&json!({ "type": "prompt", "session": self.session, "message": sent.id }))?;
        let desk = Desk::new(self.context, &self.session, &mut self.lines);
        let turn = turn::watch(desk, &mut self.stream, &mut self.renderer, &self.interrupt, &sent.id);
        let outcome = self.context.in_time(turn).await;
        self.interrupt.end();
        self.renderer.finish()?;
        let outcome = outcome?;
        self.renderer
            .event(&json!({ "type": "end", "session": self.session, "outcome": outcome }))?;
        match outcome {
            Outcome::Completed => Ok(()),
            Outcome::Aborted => Err(Complaint::interrupted("The turn was aborted.").into()),
            Outcome::Failed { message } => Err(Complaint::new("AGENT_FAILED", message).into()),
        }
    }

    /// One turn after the other, until the input ends. A failed turn is told and does not end it.
    async fn converse(&mut self) -> Result<()> {
        while let Some(prompt) = read_line(&mut self.lines).await? {
            if prompt.trim().is_empty() {
                continue;
            }
            if let Err(error) = self.ask(prompt.trim_end()).await {
                self.context.output.error(&error);
            }
        }
        Ok(())
    }
}

/// The next line of the terminal; `None` at its end.
async fn read_line(lines: &mut Lines) -> Result<Option<String>> {
    let mut stderr = std::io::stderr();
    write!(stderr, "{} ", console::Style::new().for_stderr().bold().apply_to(">"))?;
    stderr.flush()?;
    lines.next().await
}
