//! Which pages reach the server: Host, Origin, preflights.

use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite};

use super::serve::{TestServer, code};

#[tokio::test]
async fn a_foreign_host_is_misdirected_on_every_path() {
    let server = TestServer::start().await;
    for path in ["/graphql?query=%7Bhello%7D", "/graphiql", "/pair", "/no-such-path"] {
        let response = server
            .get(path)
            .header(header::HOST, "evil.example")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 421, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), "FORBIDDEN", "{path}");
    }
    for host in ["localhost", "localhost:1", "[::1]:2", "127.0.0.1"] {
        let response = server.get("/graphql?query=%7Bhello%7D").header(header::HOST, host);
        assert_eq!(response.send().await.unwrap().status(), 200, "{host}");
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_allowed_ones_may_read() {
    let server = TestServer::start().await;
    let hello = json!({ "query": "{ hello }" });
    for origin in ["https://evil.example", "null", "http://localhost:1", "file://"] {
        let response = server.post(&hello).header(header::ORIGIN, origin).send().await.unwrap();
        assert_eq!(response.status(), 403, "{origin}");
        assert!(
            !response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            "{origin}"
        );
    }
    let own = server.url("");
    for origin in [
        &own,
        "tauri://localhost",
        "http://tauri.localhost",
        "https://tauri.localhost",
    ] {
        let response = server.post(&hello).header(header::ORIGIN, origin).send().await.unwrap();
        assert_eq!(response.status(), 200, "{origin}");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], *origin);
        assert_eq!(response.headers()[header::VARY], "origin");
        assert!(
            !response
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
        );
    }
}

#[tokio::test]
async fn preflights_are_answered_for_allowed_origins_only() {
    let server = TestServer::start().await;
    let preflight = |origin: &str| {
        server
            .request(Method::OPTIONS, "/graphql")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type")
            .header("access-control-request-private-network", "true")
            .send()
    };
    let response = preflight("tauri://localhost").await.unwrap();
    assert_eq!(response.status(), 204);
    let headers = response.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "tauri://localhost");
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_METHODS], "GET, POST");
    assert_eq!(
        headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
        "authorization, content-type"
    );
    assert_eq!(headers["access-control-allow-private-network"], "true");
    assert_eq!(preflight("https://evil.example").await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_foreign_page_opens_no_socket() {
    let server = TestServer::start().await;
    for (name, value, status) in [("origin", "https://evil.example", 403), ("host", "evil.example", 421)] {
        let mut request = super::websocket::request(&server);
        request.headers_mut().insert(name, value.parse().unwrap());
        match connect_async(request).await {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status),
            other => panic!("{name}: {other:?}"),
        }
    }
    let mut app = super::websocket::request(&server);
    app.headers_mut().insert("origin", "tauri://localhost".parse().unwrap());
    connect_async(app).await.unwrap();
}
