//! GraphQL over HTTP where the audits do not look: tokens, limits, deadlines, and what an error may tell.

use std::{sync::atomic::Ordering, time::Duration};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::http::Limits;

use super::serve::{TOKEN, TestServer, code, until};

const STRICT: &str = "application/graphql-response+json";

#[tokio::test]
async fn a_token_names_the_caller_and_a_wrong_one_is_refused_before_anything_runs() {
    let server = TestServer::start().await;
    let whoami = json!({ "query": "{ hello whoami }" });

    let known: Value = server
        .post(&whoami)
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(known["data"]["whoami"], "a phone");

    // Without one the schema decides.
    let nobody: Value = server.post(&whoami).send().await.unwrap().json().await.unwrap();
    assert_eq!(code(&nobody), "UNAUTHENTICATED");
    let executed = server.levers.executions.load(Ordering::SeqCst);

    for header in ["Bearer wrong", "Basic d2hv", "Bearer", "Bearer "] {
        let response = server
            .post(&whoami)
            .header(header::AUTHORIZATION, header)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{header}");
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE), "{header}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), "UNAUTHENTICATED", "{header}");
        assert!(answer.get("data").is_none(), "{header}");
    }
    assert_eq!(server.levers.executions.load(Ordering::SeqCst), executed);

    let away = server.post(&whoami).bearer_auth("no-database").send().await.unwrap();
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(away.headers()[header::RETRY_AFTER], "3");
}

#[tokio::test]
async fn introspection_without_a_token_is_for_open_servers_only() {
    let server = TestServer::with(Limits::default(), false).await;
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "query { ...F } fragment F on Query { a: __schema { queryType { name } } }",
    ] {
        let body = json!({ "query": query });
        let response = server.post(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{query}");
        assert_eq!(code(&response.json().await.unwrap()), "UNAUTHENTICATED", "{query}");
        let known: Value = server
            .post(&body)
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(known.get("errors").is_none(), "{known}");
    }
    assert_eq!(server.ask("{ __typename hello }").await["data"]["__typename"], "Query");
}

#[tokio::test]
async fn the_status_tells_what_happened_in_the_newer_type_and_is_200_in_the_older() {
    let server = TestServer::start().await;
    for query in ["{", "{ nothing }", "{ echo(text: 1) }", "subscription { count(to: 1) }"] {
        for (accept, status) in [(STRICT, 400), ("application/json", 200)] {
            let body = json!({ "query": query });
            let response = server.post(&body).header(header::ACCEPT, accept).send().await.unwrap();
            assert_eq!(response.status(), status, "{query} {accept}");
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                format!("{accept}; charset=utf-8"),
                "{query}"
            );
            let answer: Value = response.json().await.unwrap();
            assert_eq!(code(&answer), "BAD_REQUEST", "{query}");
            assert!(answer.get("data").is_none(), "{query}");
        }
    }
    let partial = server
        .post(&json!({ "query": "{ hello fails }" }))
        .header(header::ACCEPT, STRICT)
        .send()
        .await
        .unwrap();
    assert_eq!(partial.status(), 200);
    assert_eq!(partial.headers()[header::RETRY_AFTER], "7");
    let partial: Value = partial.json().await.unwrap();
    assert_eq!(partial["data"], json!({ "hello": "world", "fails": null }));
    assert_eq!(code(&partial), "UNAVAILABLE");
    let whole = server.ask("{ failsHard }").await;
    assert_eq!(whole["data"], Value::Null);
    assert!(whole.get("data").is_some(), "a field error keeps its data, even null");
}

#[tokio::test]
async fn other_methods_types_and_bodies_are_refused() {
    let server = TestServer::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = server.request(method.clone(), "/graphql").send().await.unwrap();
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(response.headers()[header::ALLOW], "GET, POST");
    }
    let mutation = server
        .get("/graphql?query=mutation%7BsetNote(text:%22x%22)%7D")
        .send()
        .await
        .unwrap();
    assert_eq!(mutation.status(), 405);
    assert_eq!(mutation.headers()[header::ALLOW], "POST");

    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let request = server
            .request(Method::POST, "/graphql")
            .header(header::CONTENT_TYPE, kind);
        let response = request.body(r#"{"query":"{hello}"}"#).send().await.unwrap();
        assert_eq!(response.status(), 415, "{kind}");
    }
    for (body, word) in [
        (r#"[{"query":"{hello}"}]"#, "Batches"),
        ("{", "JSON"),
        ("null", "object"),
        ("{}", "missing"),
        (r#"{"query":{}}"#, "string"),
        (r#"{"query":"{hello}","variables":[]}"#, "variables"),
        (r#"{"query":"{hello}","variables":"{}"}"#, "variables"),
        (r#"{"query":"{hello}","operationName":1}"#, "operationName"),
        (r#"{"query":"{hello}","extensions":1}"#, "extensions"),
    ] {
        let request = server
            .request(Method::POST, "/graphql")
            .header(header::CONTENT_TYPE, "application/json");
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), "BAD_REQUEST", "{body}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(word), "{body}: {message}");
    }
    let html = server
        .get("/graphql?query=%7Bhello%7D")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(html.status(), 406);
    assert_eq!(server.levers.executions.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_unread() {
    let server = TestServer::start().await;
    let body = json!({ "query": "{ hello }", "variables": { "x": "x".repeat(10 << 20) } });
    // The server answers and closes while the client still writes; a client may see either.
    if let Ok(response) = server.post(&body).send().await {
        assert_eq!(response.status(), 413);
        assert_eq!(code(&response.json().await.unwrap()), "LIMIT_EXCEEDED");
    }
    let chunks = async_graphql::futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 16]));
    let request = server
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json");
    if let Ok(response) = request.body(reqwest::Body::wrap_stream(chunks)).send().await {
        assert_eq!(response.status(), 413, "no length was announced");
    }
    assert_eq!(server.ask("{ hello }").await["data"]["hello"], "world");
}

#[tokio::test]
async fn answers_hold_few_and_short_errors() {
    let server = TestServer::start().await;
    let many = server.ask("{ manyErrors { value } }").await;
    let errors = many["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 20);
    assert!(
        errors
            .iter()
            .all(|error| error["message"].as_str().unwrap().chars().count() <= 500)
    );
    let named = server.ask(&format!("{{ {} }}", "x".repeat(60_000))).await;
    assert!(named.to_string().len() < 2_000);
}

#[tokio::test]
async fn a_query_ends_at_its_deadline_and_a_panic_is_an_answer() {
    let limits = Limits {
        deadline: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = TestServer::with_limits(limits).await;
    let late = server.ask("{ slow }").await;
    assert_eq!(code(&late), "LIMIT_EXCEEDED");
    assert!(late.get("data").is_none());
    assert_eq!(code(&server.ask("{ panics }").await), "INTERNAL");
}

#[tokio::test]
async fn a_mutation_goes_on_when_its_client_leaves() {
    let server = TestServer::start().await;
    let request = tokio::spawn(server.post(&json!({ "query": "mutation { wait }" })).send());
    until("the mutation runs", || {
        server.levers.executions.load(Ordering::SeqCst) == 1
    })
    .await;
    request.abort();
    let _left = request.await;
    // One thread serves all of this: after a few answers it has also seen that the other client is gone.
    for _ in 0..20 {
        server.ask("{ hello }").await;
    }
    server.levers.go_on.notify_one();
    until("the mutation has ended", || {
        server.levers.finished_mutations.load(Ordering::SeqCst) == 1
    })
    .await;
}
