//! Files inside the program, as a browser wants them: with a type, a tag, a word on caching, and a policy.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::EmbeddedFile;

/// For names with a hash of the content in them: what has been loaded once is never asked for again.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For names that stay: asked for each time, and answered by "not modified".
pub const ASK: &str = "no-cache";

/// The file as it is, or the news that the browser has it already.
pub fn serve(path: &str, file: EmbeddedFile, caching: &'static str, headers: &HeaderMap) -> Response {
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
    response
}

/// The same for a file that is kept compressed, and sent so.
pub fn serve_gzipped(path: &str, file: EmbeddedFile, caching: &'static str, headers: &HeaderMap) -> Response {
    let mut response = serve(path, file, caching, headers);
    let gzip = HeaderValue::from_static("gzip");
    response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    response
}

/// A page that says which command makes what is missing in this build.
pub fn not_built(page: &'static str) -> Response {
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    (StatusCode::SERVICE_UNAVAILABLE, [kind], page).into_response()
}

/// No frame around it, no guessing of types, nothing told to others, and the given policy.
pub fn protected(mut response: Response, policy: &'static str) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
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

fn etag(hash: &[u8; 32]) -> String {
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// What the bundlers make, with the character set spelled out.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
