//! The event log on standard output.

use anyhow::Result;
use client::{
    Cursor,
    types::{Change, Event, EventFilter},
};
use console::Style;
use futures_util::{Stream, StreamExt};

use crate::{
    args::Target,
    context::Context,
    decide,
    output::{Output, name, one_line},
};

/// Prints events for ever.
pub async fn follow(context: &Context, after: Option<String>, project: Option<String>) -> Result<()> {
    let filter = match project {
        Some(project) => {
            let id = context.project(&Target { project }).await?.id;
            Some(EventFilter {
                projects: Some(vec![id]),
                kinds: None,
            })
        }
        None => None,
    };
    let mut events = context.client.follow(after.map(Cursor), filter);
    while let Some(event) = events.next().await {
        print(context.output, &event?)?;
    }
    Ok(())
}

/// Prints the events from a cursor up to the present one. It reads them all, because a filtered stream would not show
/// that the end was reached, and leaves out those of other projects.
pub async fn until_now(context: &Context, after: Option<String>, project: Option<String>) -> Result<()> {
    let project = match project {
        Some(project) => Some(context.project(&Target { project }).await?.id),
        None => None,
    };
    let after = after.map(Cursor);
    let end = context.client.cursor().await?;
    if after.as_ref() == Some(&end) {
        return Ok(());
    }
    let events = context.client.follow_with_bookmarks(after, None);
    context
        .in_time(print_until(context.output, events, &end, project.as_deref()))
        .await
}

async fn print_until(
    output: Output,
    mut events: impl Stream<Item = Result<Event, client::Error>> + Unpin,
    end: &Cursor,
    project: Option<&str>,
) -> Result<()> {
    while let Some(event) = events.next().await {
        let event = event?;
        let reached = match &event.change {
            Change::Bookmark(bookmark) => &bookmark.cursor,
            Change::ResyncRequired(resync) => &resync.cursor,
            _ => &event.cursor,
        };
        // A gap concerns every project.
        let is_gap = matches!(event.change, Change::ResyncRequired(_));
        let is_wanted = is_gap || project.is_none_or(|id| project_of(&event.change) == Some(id));
        if is_wanted && !matches!(event.change, Change::Bookmark(_)) {
            print(output, &event)?;
        }
        if reached == end {
            break;
        }
    }
    Ok(())
}

/// The project that a change is about, if it is about one.
fn project_of(change: &Change) -> Option<&str> {
    match change {
        Change::ProjectChanged(change) => Some(&change.project_id),
        Change::ProjectDeleted(change) => Some(&change.project_id),
        Change::OperationProgressed(change) => Some(&change.operation.as_ref()?.project.as_ref()?.id),
        Change::SessionChanged(change) => Some(&change.session.as_ref()?.project.id),
        Change::SessionDeleted(change) => Some(&change.project_id),
        Change::MessageChanged(change) => Some(&change.message.as_ref()?.session.project.id),
        Change::TodosChanged(change) => Some(&change.session.as_ref()?.project.id),
        Change::DecisionRequested(change) => Some(&change.decision.as_ref()?.project.id),
        Change::DecisionClosed(change) => Some(&change.decision.as_ref()?.project.id),
        Change::DeviceChanged(_)
        | Change::GithubAccountChanged(_)
        | Change::Bookmark(_)
        | Change::ResyncRequired(_)
        | Change::Unknown => None,
    }
}

fn print(output: Output, event: &Event) -> Result<()> {
    output.event(event, || {
        let dim = Style::new().dim();
        let time = dim.apply_to(event.at.format("%F %T"));
        let cursor = dim.apply_to(one_line(&event.cursor.0));
        format!("{time}  {}  {cursor}", summary(&event.change))
    })
}

fn summary(change: &Change) -> String {
    match change {
        Change::DecisionRequested(change) => match &change.decision {
            Some(decision) => format!("{} waits: {}", decision.project.slug, decide::summary(decision)),
            None => format!("decision {} was asked for and is gone", change.decision_id),
        },
        Change::DecisionClosed(change) => match &change.decision {
            Some(decision) => {
                let state = name(&decision.state).to_lowercase();
                format!("{}: {state}: {}", decision.project.slug, decide::summary(decision))
            }
            None => format!("decision {} was closed and is gone", change.decision_id),
        },
        Change::ProjectChanged(change) => match &change.project {
            Some(project) => format!("project {} is {}", project.slug, name(&project.status)),
            None => format!("project {} changed and is gone", change.project_id),
        },
        Change::ProjectDeleted(change) => format!("project {} deleted", change.slug),
        Change::OperationProgressed(change) => match &change.operation {
            Some(operation) => {
                let project = operation.project.as_ref().map_or("", |project| &project.slug);
                format!(
                    "operation {} of {project} is {}",
                    name(&operation.kind),
                    name(&operation.state)
                )
            }
            None => format!("operation {} progressed", change.operation_id),
        },
        Change::SessionChanged(change) => match &change.session {
            Some(session) => format!("session \"{}\" is {}", one_line(&session.title), name(&session.status)),
            None => format!("session {} changed and is gone", change.session_id),
        },
        Change::SessionDeleted(change) => format!("session {} deleted", change.session_id),
        Change::MessageChanged(change) => match &change.message {
            Some(message) => format!("message of {} with {} parts", name(&message.role), message.parts.len()),
            None => format!("message {} changed and is gone", change.message_id),
        },
        Change::TodosChanged(change) => match &change.session {
            Some(session) => format!("todos of session \"{}\" changed", one_line(&session.title)),
            None => format!("todos of session {} changed, and it is gone", change.session_id),
        },
        Change::DeviceChanged(change) => match &change.device {
            Some(device) => format!("device {} changed", one_line(&device.name)),
            None => format!("device {} is gone", change.device_id),
        },
        Change::GithubAccountChanged(change) => match &change.github_account {
            Some(account) => format!("account {} at GitHub changed", one_line(&account.login)),
            None => "signed out of GitHub".to_owned(),
        },
        Change::Bookmark(_) => "bookmark".to_owned(),
        Change::ResyncRequired(change) => format!("events are missing here: {}", name(&change.reason)),
        Change::Unknown => "an event that this version does not know".to_owned(),
    }
}
