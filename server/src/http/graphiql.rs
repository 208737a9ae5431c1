//! GraphiQL, from files inside the program: it asks no other server for anything, and its policy forbids it to.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use super::files;

/// In a development build the files are read from their folder when they are asked for.
#[derive(RustEmbed)]
#[folder = "assets/graphiql/dist"]
#[allow_missing = true]
struct Assets;

/// Only this server's files and this server's API. Styles may stand in the page: the editor computes them.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>GraphiQL</title>\
     <p>GraphiQL is not in this build of the server. Run <code>cargo xtask graphiql</code> and build the server again.";

/// `/graphiql` with its assets.
pub fn graphiql_routes() -> Router {
    Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/assets/{*path}", get(asset))
}

async fn page(headers: HeaderMap) -> Response {
    let response = match Assets::get("index.html") {
        Some(file) => files::serve("index.html", file, files::ASK, &headers),
        None => files::not_built(NOT_BUILT),
    };
    files::protected(response, POLICY)
}

/// Assets are kept compressed, and sent so: every browser takes gzip.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let response = match Assets::get(&format!("assets/{path}.gz")) {
        Some(file) => files::serve_gzipped(&path, file, files::FOR_EVER, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    files::protected(response, POLICY)
}
