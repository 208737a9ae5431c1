//! GraphiQL, from files inside the program: it asks no other server for anything, and its policy forbids it to.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

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

/// `/graphiql` with its assets, and `/pair`, which pairing links lead to.
pub fn graphiql_routes() -> Router {
    Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/assets/{*path}", get(asset))
        // The code is in the fragment, which browsers take along.
        .route("/pair", get(async || Redirect::to("/graphiql")))
}

async fn page(headers: HeaderMap) -> Response {
    match Assets::get("index.html") {
        Some(file) => serve("index.html", file, "no-cache", &headers),
        None => {
            let kind = (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            protected((StatusCode::SERVICE_UNAVAILABLE, [kind], NOT_BUILT).into_response())
        }
    }
}

/// Assets have a hash of their content in their names: what has been loaded once is never asked for again. They are kept
/// compressed, and sent so: every browser takes gzip.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Assets::get(&format!("assets/{path}.gz")) else {
        return protected(StatusCode::NOT_FOUND.into_response());
    };
    let mut response = serve(&path, file, "public, max-age=31536000, immutable", &headers);
    let gzip = HeaderValue::from_static("gzip");
    response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    response
}

fn serve(path: &str, file: EmbeddedFile, caching: &'static str, headers: &HeaderMap) -> Response {
    let etag = etag(&file.metadata.sha256_hash());
    let known = headers.get(header::IF_NONE_MATCH);
    let mut response = if known.is_some_and(|known| known == &*etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static(content_type(path));
        ([(header::CONTENT_TYPE, kind)], file.data).into_response()
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    protected(response)
}

fn etag(hash: &[u8; 32]) -> String {
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// What the bundler makes, with the character set spelled out.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn protected(mut response: Response) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
