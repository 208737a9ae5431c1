//! Signing in at GitHub. The server does it, so there is nothing to come back with: the screens are told how far it is.

use client::Answer;
use serde_json::{Map, Value, json};
use tauri::{AppHandle, Runtime, State};

use crate::{calls::Calls, error::Failure, session::Session, window};

type Variables = Map<String, Value>;

/// Begins it, and shows the page where its code is typed in beside the one that has the code. A phone shows one at a time:
/// there the code comes first.
#[tauri::command]
pub async fn initiate_oauth<R: Runtime>(
    app: AppHandle<R>,
    session: State<'_, Session>,
    calls: State<'_, Calls>,
    call: u32,
    client_mutation_id: String,
) -> Result<Answer, Failure> {
    let client = session.client()?;
    let input = Variables::from_iter([("input".to_owned(), json!({ "clientMutationId": client_mutation_id }))]);
    let begin = async { Ok(client.run_named("BeginGithubLogin", input).await?) };
    let answer = calls.begin(call).run(begin).await?;
    let data = answer.data.as_ref();
    let page = data.and_then(|data| data.pointer("/beginGithubLogin/githubLogin/verificationUrl"));
    if let Some(page) = page.and_then(Value::as_str).filter(|_| cfg!(desktop)) {
        window::open_outside(&app, page);
    }
    Ok(answer)
}

/// A sign-in as soon as it is otherwise than the screens have seen it.
#[tauri::command]
pub async fn poll_oauth(
    session: State<'_, Session>,
    calls: State<'_, Calls>,
    call: u32,
    seen: Value,
) -> Result<Value, Failure> {
    let client = session.client()?;
    let variables = Variables::from_iter([("id".to_owned(), seen["id"].clone())]);
    let wait = async {
        let opened = client.subscribe_named("GithubLogin", variables).await;
        let mut logins = opened.map_err(Failure::of_opening)?;
        while let Some(told) = logins.next().await {
            let login = told?["githubLogin"].take();
            if login != seen {
                return Ok(login);
            }
        }
        Err(client::Error::from(client::Transport::Lost).into())
    };
    calls.begin(call).run(wait).await
}
