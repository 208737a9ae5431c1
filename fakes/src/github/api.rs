//! REST: who one is, and what one has.

use axum::{
    Json,
    extract::{RawQuery, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    http::{App, Refusal},
    state::Repository,
};

const VERSION: &str = "2022-11-28";

/// Everything that GitHub wants of a request to its API.
fn admit(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if text(header::ACCEPT.as_str()) != "application/vnd.github+json" {
        return Err(Refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Must accept 'application/vnd.github+json'",
        ));
    }
    if text("x-github-api-version") != VERSION {
        return Err(Refusal(StatusCode::BAD_REQUEST, "This API version is not supported."));
    }
    let token = text(header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    if token.is_some_and(|token| app.state.is_good(token)) {
        Ok(())
    } else {
        Err(Refusal(StatusCode::UNAUTHORIZED, "Bad credentials"))
    }
}

pub(super) async fn user(Shared(app): Shared<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    admit(&app, &headers)?;
    let options = &app.state.options;
    let body = json!({ "login": options.login, "id": 1, "type": "User", "site_admin": false, "name": options.name });
    Ok(([("x-oauth-scopes", "repo")], Json(body)).into_response())
}

pub(super) async fn repositories(
    Shared(app): Shared<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    admit(&app, &headers)?;
    let query: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let text = |wanted: &str| {
        query
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    if text("type").is_some() && (text("affiliation").is_some() || text("visibility").is_some()) {
        return Err(Refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "If you specify visibility or affiliation, you cannot specify type.",
        ));
    }
    if text("sort") != Some("pushed") || text("direction").is_some_and(|direction| direction != "desc") {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "this order is not expected"));
    }
    let number = |wanted: &str, otherwise: usize| text(wanted).map_or(Some(otherwise), |text| text.parse().ok());
    let (Some(page @ 1..), Some(size @ 1..=100)) = (number("page", 1), number("per_page", 30)) else {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "this page is not expected"));
    };
    let all = app.state.repositories();
    let nodes: Vec<_> = all
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(|(id, repository)| describe(&app, *id, repository))
        .collect();
    let body = Json(nodes);
    if page * size < all.len() {
        let address = |page: usize| format!("<{}/api/v3/user/repos?per_page={size}&page={page}>", app.state.base);
        let link = format!(
            "{}; rel=\"next\", {}; rel=\"last\"",
            address(page + 1),
            address(all.len().div_ceil(size))
        );
        return Ok(([(header::LINK, link)], body).into_response());
    }
    Ok(body.into_response())
}

fn describe(app: &App, id: usize, repository: &Repository) -> Value {
    let (owner, name) = repository
        .full_name
        .split_once('/')
        .unwrap_or(("", &repository.full_name));
    let html_url = format!("{}/{}", app.state.base, repository.full_name);
    json!({
        "id": id,
        "name": name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": { "login": owner, "id": 1, "type": "User" },
        "html_url": html_url,
        "clone_url": format!("{html_url}.git"),
        "description": repository.description,
        "fork": repository.fork,
        "archived": repository.archived,
        "default_branch": "main",
        "pushed_at": repository.pushed_at,
        "size": 1,
    })
}
