//! What becomes of a session.

use anyhow::Result;
use client::types::{ForkSessionInput, Session, TodoStatus};
use serde_json::json;

use crate::{
    args::SessionAction,
    context::Context,
    diff, export,
    output::{Complaint, name, one_line, table},
};

pub async fn run(context: &Context, action: SessionAction) -> Result<()> {
    let client = &context.client;
    let tell = |session: Session, what: &str| {
        let line = format!("{what} {} {}", session.id, one_line(&session.title));
        context.output.value(&session, || line)
    };
    match action {
        SessionAction::Rename { session, title } => tell(client.rename_session(&session, &title).await?, "Renamed:"),
        SessionAction::Fork { session, before, title } => {
            let input = ForkSessionInput {
                session,
                before,
                title,
                client_mutation_id: None,
            };
            tell(client.fork_session(input).await?, "Copied to")
        }
        SessionAction::Revert { session, message } => {
            tell(client.revert_session(&session, &message).await?, "Taken back:")
        }
        SessionAction::Unrevert { session } => tell(client.unrevert_session(&session).await?, "As it was:"),
        SessionAction::Summarize { session } => {
            tell(client.summarize_session(&session).await?, "It is being summed up:")
        }
        SessionAction::Changes {
            session, turn: None, ..
        } => changes(context, &session).await,
        SessionAction::Changes {
            turn: Some(turn),
            generated,
            ..
        } => {
            let diffs = client.turn_changes(&turn, generated).await?;
            let diffs = diffs.ok_or_else(|| Complaint::not_found(format!("There is no message {turn}.")))?;
            context.output.value(&diffs, || diffs.iter().map(diff::file).collect())
        }
        SessionAction::Export {
            session,
            format,
            output,
        } => export::export(context, &session, format, output).await,
        SessionAction::Archive { session } => tell(client.archive_session(&session).await?, "Put away:"),
        SessionAction::Unarchive { session } => tell(client.unarchive_session(&session).await?, "Taken out again:"),
        SessionAction::Rm { session } => {
            let id = client.delete_session(&session).await?;
            context
                .output
                .value(&json!({ "sessionId": id }), || format!("Deleted: {id}"))
        }
    }
}

pub async fn todos(context: &Context, session: &str) -> Result<()> {
    let todos = context.client.todos(session).await?;
    let todos = todos.ok_or_else(|| Complaint::no_session(session))?;
    context.output.value(&todos, || {
        let line = |mark: char, content: &str| format!("[{mark}] {}\n", one_line(content));
        todos
            .iter()
            .map(|todo| line(mark(&todo.status), &todo.content))
            .collect()
    })
}

fn mark(status: &TodoStatus) -> char {
    match status {
        TodoStatus::Completed => 'x',
        TodoStatus::InProgress => '>',
        TodoStatus::Cancelled => '-',
        _ => ' ',
    }
}

async fn changes(context: &Context, session: &str) -> Result<()> {
    let changes = context.client.session_changes(session).await?;
    let changes = changes.ok_or_else(|| Complaint::no_session(session))?;
    context.output.value(&changes, || {
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                [
                    one_line(&change.path),
                    name(&change.kind).to_lowercase(),
                    change.additions.to_string(),
                    change.deletions.to_string(),
                    change.turns.to_string(),
                ]
            })
            .collect();
        table(["FILE", "CHANGE", "+", "-", "TURNS"], &rows)
    })
}
