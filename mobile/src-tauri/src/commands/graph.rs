//! The graph for the screens: an operation's name and variables in, the server's answer out.

use client::Answer;
use serde::Serialize;
use serde_json::{Map, Value};
use tauri::{
    AppHandle, Manager, Runtime, State, Webview, async_runtime,
    ipc::Channel,
    webview::{PageLoadEvent, PageLoadPayload},
};

use crate::{calls::Calls, error::Failure, session::Session};

type Variables = Map<String, Value>;

/// What a subscription tells.
#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Watched {
    Open,
    Item {
        data: Value,
    },
    /// The last word, with the reason if it did not end by itself.
    End {
        failure: Option<Failure>,
    },
}

#[tauri::command]
pub async fn run(
    session: State<'_, Session>,
    calls: State<'_, Calls>,
    call: u32,
    operation: String,
    variables: Variables,
) -> Result<Answer, Failure> {
    let client = session.client()?;
    let answer = async { Ok(client.run_named(&operation, variables).await?) };
    calls.begin(call).run(answer).await
}

/// Begins a subscription. What comes of it goes into the channel, in order, its end too.
#[tauri::command]
pub fn watch<R: Runtime>(
    app: AppHandle<R>,
    calls: State<'_, Calls>,
    call: u32,
    operation: String,
    variables: Variables,
    told: Channel<Watched>,
) {
    let call = calls.begin(call);
    async_runtime::spawn(async move {
        let follow = follow(&app, &operation, variables, &told);
        let failure = call.run(follow).await.err();
        // Nobody listens after a page was left.
        let _ = told.send(Watched::End { failure });
    });
}

async fn follow<R: Runtime>(
    app: &AppHandle<R>,
    operation: &str,
    variables: Variables,
    told: &Channel<Watched>,
) -> Result<(), Failure> {
    let client = app.state::<Session>().client()?;
    let mut items = client
        .subscribe_named(operation, variables)
        .await
        .map_err(Failure::of_opening)?;
    told.send(Watched::Open).map_err(Failure::here)?;
    while let Some(item) = items.next().await {
        told.send(Watched::Item { data: item? }).map_err(Failure::here)?;
    }
    Ok(())
}

#[tauri::command]
pub fn cancel(calls: State<'_, Calls>, call: u32) {
    calls.cancel(call);
}

/// A page that begins waits for nothing of the one before it.
pub fn on_page_load<R: Runtime>(webview: &Webview<R>, page: &PageLoadPayload<'_>) {
    if page.event() == PageLoadEvent::Started {
        webview.state::<Calls>().cancel_all();
    }
}
