//! The app's files as the server sends them. That it works is shown by its own tests, in a browser.

use std::path::Path;

use reqwest::{Response, header};

use super::serve::TestServer;

/// The page names what it loads, in the order it loads it.
async fn page(server: &TestServer, path: &str) -> Response {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mobile/dist/index.html");
    assert!(
        built.is_file(),
        "run the tests by \"cargo xtask test\", which builds the app"
    );
    server.get(path).send().await.unwrap()
}

fn assert_protected(response: &Response) {
    let headers = response.headers();
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    for rule in [
        "style-src 'self';",
        "connect-src 'self';",
        "frame-ancestors 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(rule), "{}: {policy}", response.url());
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
}

#[tokio::test]
async fn every_screen_is_the_same_page_and_nothing_else_is() {
    let server = TestServer::start().await;
    let first = page(&server, "/").await;
    assert_protected(&first);
    let html = first.text().await.unwrap();
    assert!(
        html.contains("default-src 'none'") && html.contains("script-src 'self' 'sha256-"),
        "the page's own policy: {html}"
    );
    for screen in [
        "/pair",
        "/new",
        "/servers",
        "/settings",
        "/settings/log",
        "/usage",
        "/projects/a",
        "/projects/a/sessions/b",
    ] {
        let response = page(&server, screen).await;
        assert_eq!(response.status(), 200, "{screen}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(response.text().await.unwrap(), html, "{screen}");
    }
    for other in [
        "/nothing",
        "/index.html",
        "/projects",
        "/_app/immutable/no-such-file.js",
        "/_app/../index.html",
        "/_app/%2e%2e/index.html",
        "/icons/%2e%2e%2findex.html",
    ] {
        assert_eq!(server.get(other).send().await.unwrap().status(), 404, "{other}");
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_by_their_hash_and_asked_for_otherwise() {
    let server = TestServer::start().await;
    let html = page(&server, "/").await.text().await.unwrap();
    let assets: Vec<&str> = html
        .split('"')
        .filter(|part| part.starts_with("/_app/immutable/"))
        .collect();
    assert!(assets.len() > 2, "scripts and styles: {html}");
    for path in assets {
        let response = server
            .as_it_comes(reqwest::Method::GET, path)
            .header(header::ACCEPT_ENCODING, "gzip, br")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_protected(&response);
        let headers = response.headers();
        assert_eq!(
            headers[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable",
            "{path}"
        );
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip", "{path}");
        assert_eq!(headers[header::VARY], "accept-encoding", "{path}");
    }
    for (path, kind) in [
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/service-worker.js", "text/javascript; charset=utf-8"),
        ("/icons/icon.svg", "image/svg+xml"),
        ("/icons/icon-192.png", "image/png"),
    ] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind, "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "{path}");
        let etag = response.headers()[header::ETAG].clone();
        let again = server
            .get(path)
            .header(header::IF_NONE_MATCH, etag)
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), 304, "{path}");
    }
}
