//! Tells of a decision that waits while nobody looks at the app. It follows the event log by itself, so that a page that
//! sleeps does not keep it from hearing.
//!
//! On a phone this holds as long as the system lets the app run in the background.

use client::{
    Client,
    types::{Change, ChangeKind, Decision, DecisionKind, DecisionState, EventFilter},
};
use futures_util::StreamExt;
use tauri::{AppHandle, Manager, Runtime, async_runtime};
use tauri_plugin_notification::NotificationExt;

use crate::{session::Session, window};

/// A notification is a line or two: the whole is in the app.
const LONGEST: usize = 200;

pub fn begin<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    let shown = app.clone();
    let _ = app.notification().on_action(move |_| window::show(&shown));
    async_runtime::spawn(async move {
        let mut clients = app.state::<Session>().clients();
        loop {
            let client = clients.borrow_and_update().clone();
            let follow = async {
                if let Some(client) = client {
                    follow(&app, &client).await;
                }
                // Nothing more comes of this account.
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = follow => {}
                changed = clients.changed() => if changed.is_err() { return },
            }
        }
    });
}

async fn follow<R: Runtime>(app: &AppHandle<R>, client: &Client) {
    // Phones ask a person the first time; elsewhere it is granted.
    let asked = app.clone();
    let _ = tokio::task::spawn_blocking(move || asked.notification().request_permission()).await;
    let filter = EventFilter {
        kinds: Some(vec![ChangeKind::DecisionRequested]),
        projects: None,
    };
    let mut events = client.follow(None, Some(filter));
    while let Some(Ok(event)) = events.next().await {
        if let Change::DecisionRequested(requested) = event.change
            && let Some(decision) = requested.decision
            && decision.state == DecisionState::Pending
            && !window::is_seen(app)
        {
            let (title, body) = words(&decision);
            let _ = app.notification().builder().title(title).body(body).show();
        }
    }
}

/// The same words as on the screen.
fn words(decision: &Decision) -> (String, String) {
    let title = format!("{} waits for you", decision.project.name);
    let body = match &decision.on {
        DecisionKind::PermissionRequest(request) => {
            let what = request
                .command
                .as_ref()
                .or(request.path.as_ref())
                .or(request.url.as_ref());
            match what {
                Some(what) => format!("Allow {}? {what}", request.tool),
                None => format!("Allow {}?", request.tool),
            }
        }
        DecisionKind::Question(question) => {
            let first = question.prompts.first();
            first.map(|prompt| prompt.question.clone()).unwrap_or_default()
        }
        _ => String::new(),
    };
    (title, cut(&body))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decision(more: serde_json::Value) -> Decision {
        let mut value = json!({
            "id": "d", "state": "PENDING", "project": { "id": "p", "slug": "tide", "name": "Tide tables" },
            "session": { "id": "s", "title": "" }, "risks": [], "createdAt": "2026-01-01T00:00:00Z", "isByPolicy": false,
        });
        if let (Some(value), Some(more)) = (value.as_object_mut(), more.as_object()) {
            value.extend(more.clone());
        }
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_permission_is_told_with_its_command() {
        let request = decision(json!({
            "__typename": "PermissionRequest", "tool": "bash", "patterns": ["ls"], "command": "ls -la",
            "isDiffCut": false, "always": [],
        }));
        let (title, body) = words(&request);
        assert_eq!(
            (title.as_str(), body.as_str()),
            ("Tide tables waits for you", "Allow bash? ls -la")
        );
    }

    #[test]
    fn a_question_is_told_as_it_is_asked() {
        let question = decision(json!({
            "__typename": "Question",
            "prompts": [{ "question": "Tabs or spaces?", "header": "", "options": [], "isMultiple": false, "isCustom": true }],
        }));
        assert_eq!(words(&question).1, "Tabs or spaces?");
    }

    #[test]
    fn a_long_command_is_cut() {
        let text = cut(&"ä".repeat(1000));
        assert_eq!(text.chars().count(), LONGEST + 1);
        assert!(text.ends_with('…'));
    }
}
