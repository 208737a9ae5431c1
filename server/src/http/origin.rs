//! Which pages may talk to this server: the `Host` they think it has, and the `Origin` they come from.
//!
//! A page of another site can make a browser send requests here, and by DNS rebinding it can even read the answers. A name
//! that is not ours in `Host` gives the second away, a foreign `Origin` the first, WebSockets included. Programs that are
//! no browser send no `Origin`; their token is enough.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use super::{answer, guard::refusal, negotiate::MediaType};
use crate::graphql::{Code, Failure};

/// The origins of the mobile app's web view, on its platforms.
const APP_ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");

/// The names this server answers to, and the origins other than its own that may call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessPolicy {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl AccessPolicy {
    /// For a listener on loopback: `localhost`, `127.0.0.1` and `[::1]` at any port, and the app.
    pub fn loopback() -> Self {
        Self::default().with_hosts(LOOPBACK_HOSTS).with_origins(APP_ORIGINS)
    }

    /// Further names. `name` is meant at any port, `name:8443` at that one.
    pub fn with_hosts<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.hosts
            .extend(hosts.into_iter().map(|host| host.into().to_ascii_lowercase()));
        self
    }

    /// Further origins, exactly as a browser sends them: `https://pcc.example.org`.
    pub fn with_origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.origins
            .extend(origins.into_iter().map(|origin| origin.into().to_ascii_lowercase()));
        self
    }

    fn allows_host(&self, host: &str) -> bool {
        let Ok(authority) = host.to_ascii_lowercase().parse::<Authority>() else {
            return false;
        };
        // `user@host` is no Host header.
        !host.contains('@')
            && self
                .hosts
                .iter()
                .any(|allowed| allowed == authority.host() || allowed == authority.as_str())
    }

    fn allows_origin(&self, origin: &str, host: &str) -> bool {
        is_own_origin(origin, host) || self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

/// The page came from this server. Behind a TLS proxy the server does not know its own scheme, so only the names are compared.
fn is_own_origin(origin: &str, host: &str) -> bool {
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// Puts the check before every route of the router.
pub fn guarded(router: Router, policy: AccessPolicy) -> Router {
    router.layer(from_fn_with_state(Arc::new(policy), check))
}

async fn check(State(policy): State<Arc<AccessPolicy>>, request: Request, next: Next) -> Response {
    let host = host(&request).map(str::to_owned);
    let Some(host) = host.filter(|host| policy.allows_host(host)) else {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer to that host name. Its configuration names those it does.",
        );
    };
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    if !origin.to_str().is_ok_and(|origin| policy.allows_origin(origin, &host)) {
        return refuse(StatusCode::FORBIDDEN, "Pages of that origin may not call this server.");
    }
    let mut response = if is_preflight(&request) {
        preflight(request.headers())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after, www-authenticate"),
    );
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// From the URL, as HTTP/2 has it, or from the one `Host` header.
fn host(request: &Request) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    }
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Bearer tokens only: no cookies, so no `access-control-allow-credentials`.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if asked.contains_key(REQUEST_PRIVATE_NETWORK) {
        headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let failure = Failure::new(Code::Forbidden, message);
    let body = answer::to_vec(&answer::refused(refusal::failure(failure)));
    let headers = [(header::CONTENT_TYPE, MediaType::Json.content_type())];
    (status, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_ours_by_name_and_port() {
        let policy = AccessPolicy::loopback().with_hosts(["PCC.example.org", "other.example.org:8443"]);
        for (host, allowed) in [
            ("localhost", true),
            ("LOCALHOST:3001", true),
            ("127.0.0.1:1", true),
            ("[::1]:3001", true),
            ("pcc.example.org", true),
            ("pcc.example.org:443", true),
            ("other.example.org:8443", true),
            ("other.example.org", false),
            ("localhost.evil.example", false),
            ("evil.example", false),
            ("evil.example@localhost", false),
            ("localhost@evil.example", false),
            ("127.0.0.2", false),
            ("", false),
        ] {
            assert_eq!(policy.allows_host(host), allowed, "{host}");
        }
    }

    #[test]
    fn origins_are_our_own_the_app_or_configured() {
        let policy = AccessPolicy::loopback().with_origins(["https://ui.example.org"]);
        for (origin, allowed) in [
            ("http://localhost:3001", true),
            ("https://localhost:3001", true),
            ("http://localhost:3002", false),
            ("tauri://localhost", true),
            ("http://tauri.localhost", true),
            ("https://tauri.localhost", true),
            ("https://ui.example.org", true),
            ("https://ui.example.org:444", false),
            ("https://ui.example.org.evil.example", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(policy.allows_origin(origin, "localhost:3001"), allowed, "{origin}");
        }
    }
}
