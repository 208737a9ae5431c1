//! What the authors of the specifications use to judge a server.

use serde_json::{Value, json};

use super::{
    node,
    serve::{TOKEN, TestServer},
};

#[tokio::test]
async fn the_audits_of_graphql_http_find_no_error_and_no_warning() {
    let server = TestServer::start().await;
    let results = node::run("http.mjs", &[&server.url("/graphql")], &[]).await;
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 61, "the audits have become more or fewer");
    let failed: Vec<&Value> = results.iter().filter(|result| result["status"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn the_reference_client_of_graphql_transport_ws_gets_what_it_asks_for() {
    let server = TestServer::start().await;
    let url = format!("ws://{}/graphql", server.address);
    let report = node::run("socket.mjs", &[&url, TOKEN], &[]).await;
    assert_eq!(
        report["query"],
        json!({ "results": [{ "data": { "whoami": "a phone" } }] })
    );
    assert_eq!(
        report["mutation"],
        json!({ "results": [{ "data": { "setNote": "by the reference client" } }] })
    );
    assert_eq!(
        report["subscription"],
        json!({ "results": [{ "data": { "count": 1 } }, { "data": { "count": 2 } }, { "data": { "count": 3 } }] })
    );
    assert_eq!(report["invalid"]["results"], json!([]));
    assert_eq!(report["invalid"]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert_eq!(
        report["partial"]["results"][0]["data"],
        json!({ "hello": "world", "fails": null })
    );
    assert_eq!(report["partial"]["results"][0]["errors"][0]["path"], json!(["fails"]));
}
