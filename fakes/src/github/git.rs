//! Its repositories over git's smart HTTP: `git http-backend` behind a login.

use std::{path::Path, process::Stdio};

use axum::{
    body::Bytes,
    extract::{Path as Segments, RawQuery, State as Shared},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{io::AsyncWriteExt, process::Command};

use super::http::App;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

pub(super) async fn serve(
    Shared(app): Shared<App>,
    Segments((owner, repository, service)): Segments<(String, String, String)>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let full_name = format!("{owner}/{}", repository.trim_end_matches(".git"));
    let all = app.state.repositories();
    let known = all.iter().find(|(_, known)| known.full_name == full_name);
    // Whoever has no business here is not told what there is.
    let is_public = known.is_some_and(|(_, known)| !known.private);
    match (password(&headers), is_public) {
        (Some(token), _) if !app.state.is_good(&token) => return login_wanted(),
        (None, false) => return login_wanted(),
        (Some(_), _) | (None, true) => {}
    }
    if known.is_none() {
        return (StatusCode::NOT_FOUND, "Repository not found.").into_response();
    }
    let query = query.unwrap_or_default();
    let answered = async {
        let guard = app.state.making.lock().await;
        make(&app.state.folder.join(format!("{full_name}.git"))).await?;
        drop(guard);
        let path = format!("/{full_name}.git/{service}");
        backend(&app.state.folder, &method, &path, &query, &headers, &body).await
    };
    answered
        .await
        .unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
}

fn login_wanted() -> Response {
    let wanted = [(header::WWW_AUTHENTICATE, "Basic realm=\"GitHub\"")];
    (StatusCode::UNAUTHORIZED, wanted, "Invalid username or token.").into_response()
}

/// Of a basic login; GitHub takes any user name.
fn password(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let pair = value.strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok());
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok()).unwrap_or_default();
    Some(
        pair.split_once(':')
            .map(|(_, password)| password.to_owned())
            .unwrap_or_default(),
    )
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .kill_on_drop(true);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "Octo Cat")
            .env(format!("GIT_{role}_EMAIL"), "octo@example.com");
    }
    command
}

/// One commit with a README on `main`.
async fn make(folder: &Path) -> Outcome<()> {
    if folder.join("refs/heads/main").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let run = async |arguments: &[&str], input: &str| -> Outcome<String> {
        let mut child = git(folder)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            return Err(format!("git {arguments:?} failed").into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    run(&["init", "--quiet", "--bare", "--initial-branch=main"], "").await?;
    let blob = run(&["hash-object", "-w", "--stdin"], "# Hello from GitHub\n").await?;
    let tree = run(&["mktree"], &format!("100644 blob {blob}\tREADME.md\n")).await?;
    let commit = run(&["commit-tree", "-m", "First", &tree], "").await?;
    run(&["update-ref", "refs/heads/main", &commit], "").await?;
    Ok(())
}

async fn backend(
    root: &Path,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Outcome<Response> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let mut child = git(root)
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", method.as_str())
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", text("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
        .env("GIT_PROTOCOL", text("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("git has no standard input")?;
    let feed = async {
        stdin.write_all(body).await?;
        drop(stdin);
        Ok::<_, std::io::Error>(())
    };
    let (fed, output) = tokio::join!(feed, child.wait_with_output());
    fed?;
    let output = output?.stdout;
    let end = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("git gave no headers")?;
    let mut response = Response::new(Bytes::copy_from_slice(&output[end + 4..]).into());
    for line in std::str::from_utf8(&output[..end])?.lines() {
        let (name, value) = line.split_once(": ").ok_or("git gave a header that is none")?;
        if name == "Status" {
            *response.status_mut() = value.split(' ').next().unwrap_or_default().parse()?;
        } else {
            response
                .headers_mut()
                .insert(header::HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
        }
    }
    Ok(response)
}
