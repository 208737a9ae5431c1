//! GraphiQL: its files as the server sends them, and the page in a browser.

use reqwest::header;
use serde_json::{Value, json};

use super::{
    node,
    serve::{PAIRING_CODE, TOKEN, TestServer},
};

/// The browser of `PCC_TEST_CHROMIUM`, or one by a usual name.
fn chromium() -> String {
    let named = std::env::var("PCC_TEST_CHROMIUM").ok();
    let usual = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = usual
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file());
    named
        .or_else(|| found.map(|file| file.display().to_string()))
        .expect("run the tests by \"cargo xtask test\", which installs Chromium")
}

async fn visit(server: &TestServer, sign_in: (&str, &str)) -> Value {
    node::graphiql().await;
    let operations = json!([
        ["{ whoami echo(text: \"by GraphiQL\") }", "by GraphiQL"],
        ["mutation { setNote(text: \"a note\") }", "a note"],
        ["subscription { count(to: 3) }", "\"count\": 3"],
        ["subscription { noSource }", "UNAUTHENTICATED"],
        ["{ nothing }", "BAD_REQUEST"],
    ]);
    let screenshot = std::env::var("PCC_SCREENSHOT").unwrap_or_default();
    let environment = [
        ("PCC_URL", server.url("")),
        ("PCC_OPERATIONS", operations.to_string()),
        ("PCC_CHROMIUM", chromium()),
        ("PCC_SCREENSHOT", screenshot),
        (sign_in.0, sign_in.1.to_owned()),
    ];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    node::run("graphiql.mjs", &[], &environment).await
}

fn assert_stayed_home(server: &TestServer, report: &Value) {
    let requests = report["requests"].as_array().unwrap();
    assert!(requests.len() > 5, "{requests:?}");
    for url in requests.iter().map(|url| url.as_str().unwrap()) {
        let home = url.starts_with(&server.url("/")) || url.starts_with("data:") || url.starts_with("blob:");
        assert!(home, "GraphiQL asked for {url}");
    }
    let sockets = report["sockets"].as_array().unwrap();
    let socket = json!(format!("ws://{}/graphql", server.address));
    assert!(
        !sockets.is_empty() && sockets.iter().all(|url| *url == socket),
        "{sockets:?}"
    );
    assert_eq!(
        report["complaints"],
        json!([]),
        "the browser has something to complain about"
    );
}

#[tokio::test]
async fn a_pairing_code_opens_graphiql_and_everything_runs() {
    let server = TestServer::start().await;
    let report = visit(&server, ("PCC_PAIRING_CODE", PAIRING_CODE)).await;
    assert!(report["signIn"].as_str().unwrap().contains("Pairing link or token"));
    assert_eq!(
        report["address"],
        server.url("/graphiql"),
        "the code has left the address"
    );
    assert!(report["answers"][0].as_str().unwrap().contains("a phone"), "{report}");
    assert_eq!(report["tokenKept"], true);
    assert_stayed_home(&server, &report);
}

#[tokio::test]
async fn a_pasted_token_does_as_well() {
    let server = TestServer::start().await;
    let report = visit(&server, ("PCC_TOKEN", TOKEN)).await;
    assert!(report["answers"][0].as_str().unwrap().contains("a phone"), "{report}");
    assert_stayed_home(&server, &report);
}

#[tokio::test]
async fn files_come_with_types_tags_and_a_strict_policy() {
    node::graphiql().await;
    let server = TestServer::start().await;
    let page = server.get("/graphiql").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-cache");
    let etag = page.headers()[header::ETAG].clone();
    let html = page.text().await.unwrap();
    let again = server
        .get("/graphiql")
        .header(header::IF_NONE_MATCH, etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);

    let mut paths: Vec<&str> = html
        .split('"')
        .filter(|part| part.starts_with("/graphiql/assets/"))
        .collect();
    assert_eq!(paths.len(), 2, "a script and a style: {html}");
    paths.push("/graphiql");
    for path in paths {
        let response = server
            .as_it_comes(reqwest::Method::GET, path)
            .header(header::ACCEPT_ENCODING, "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self';",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        if path.contains("assets") {
            let kind = headers[header::CONTENT_TYPE].to_str().unwrap();
            assert!(kind.starts_with(if path.ends_with(".js") {
                "text/javascript"
            } else {
                "text/css"
            }));
            assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
        }
    }
    for path in [
        "/graphiql/assets/no-such-file.js",
        "/graphiql/assets/../index.html",
        "/graphiql/assets/%2e%2e/index.html",
    ] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 404, "{path}");
    }
}
