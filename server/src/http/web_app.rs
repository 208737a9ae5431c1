//! The app, from files inside the program: one page for all its addresses, which finds out by itself what to show.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use super::{files, gzip};

/// In a development build the files are read from their folder when they are asked for.
#[derive(RustEmbed)]
#[folder = "../mobile/dist"]
#[allow_missing = true]
#[exclude = "*.br"]
struct Assets;

/// Only this server's files and this server's API. What scripts may run, the page says itself: it names the hash of the one
/// that starts it, and `default-src 'none'`. Both policies hold. The one style that may stand in the page is how SvelteKit
/// hides what it says to screen readers.
const POLICY: &str = "style-src 'self'; \
     style-src-attr 'unsafe-hashes' 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='; \
     img-src 'self' data:; font-src 'none'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; frame-src 'none'; media-src 'none'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Portable Command Center</title>\
     <p>The app is not in this build of the server. Run <code>cargo xtask app</code> and build the server again. \
     <p><a href=\"/graphiql\">GraphiQL</a>";

/// The addresses of the app. Whatever else is asked for is not found.
const SCREENS: [&str; 8] = [
    "/",
    "/pair",
    "/new",
    "/servers",
    "/settings",
    "/settings/{*rest}",
    "/usage",
    "/projects/{*rest}",
];

/// The app's files beside the page.
const FILES: [&str; 4] = [
    "/_app/{*path}",
    "/icons/{*path}",
    "/manifest.webmanifest",
    "/service-worker.js",
];

pub fn web_app_routes() -> Router {
    let screens = SCREENS
        .iter()
        .fold(Router::new(), |router, path| router.route(path, get(page)));
    FILES.iter().fold(screens, |router, path| router.route(path, get(file)))
}

async fn page(headers: HeaderMap) -> Response {
    let response = match Assets::get("index.html") {
        Some(_) => send("index.html", files::ASK, &headers),
        None => files::not_built(NOT_BUILT),
    };
    files::protected(response, POLICY)
}

async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let caching = match path.starts_with("_app/immutable/") {
        true => files::FOR_EVER,
        false => files::ASK,
    };
    files::protected(send(path, caching, &headers), POLICY)
}

/// Compressed where the build has made that and the browser takes it.
fn send(path: &str, caching: &'static str, headers: &HeaderMap) -> Response {
    let mut response = match Assets::get(&format!("{path}.gz")).filter(|_| gzip::is_taken(headers)) {
        Some(file) => files::serve_gzipped(path, file, caching, headers),
        None => match Assets::get(path) {
            Some(file) => files::serve(path, file, caching, headers),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    response
        .headers_mut()
        .insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    response
}
