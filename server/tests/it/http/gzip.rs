//! Answers and streams in gzip, for those who take it and for nobody else.

use std::io::{Read, Write};

use async_graphql::futures_util::StreamExt;
use flate2::{read::GzDecoder, write::GzDecoder as Reader};
use reqwest::{RequestBuilder, Response, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::serve::{PATIENCE, TOKEN, TestServer, until};

/// What is in the answer is left as it came.
fn post(server: &TestServer, query: &str) -> RequestBuilder {
    let request = server.as_it_comes(reqwest::Method::POST, "/graphql");
    request.bearer_auth(TOKEN).json(&json!({ "query": query }))
}

fn is_gzip(response: &Response) -> bool {
    let coding = response.headers().get(header::CONTENT_ENCODING);
    assert_eq!(coding.is_some(), response.headers().contains_key(header::VARY));
    coding.is_some_and(|coding| coding == "gzip")
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_take_it() {
    let server = TestServer::start().await;
    let long = "{ items(first: 100) { nodes { id name } } }";
    let plain = post(&server, long).send().await.unwrap();
    assert!(!is_gzip(&plain));
    let plain = plain.bytes().await.unwrap();
    let response = post(&server, long).header(header::ACCEPT_ENCODING, "gzip");
    let response = response.send().await.unwrap();
    assert!(is_gzip(&response));
    let compressed = response.bytes().await.unwrap();
    assert!(
        compressed.len() < plain.len() / 3,
        "{} of {}",
        compressed.len(),
        plain.len()
    );
    let mut text = Vec::new();
    GzDecoder::new(&*compressed).read_to_end(&mut text).unwrap();
    assert_eq!(text, plain);

    let short = post(&server, "{ hello }").header(header::ACCEPT_ENCODING, "gzip");
    let short = short.send().await.unwrap();
    assert!(!is_gzip(&short));
    assert_eq!(
        short.json::<Value>().await.unwrap(),
        json!({ "data": { "hello": "world" } })
    );
}

#[tokio::test]
async fn an_event_in_gzip_is_there_when_it_is_sent() {
    let server = TestServer::start().await;
    let response = post(&server, "subscription { signals }")
        .header(header::ACCEPT, "text/event-stream")
        .header(header::ACCEPT_ENCODING, "gzip");
    let response = response.send().await.unwrap();
    assert!(is_gzip(&response));
    until("somebody listens", || server.levers.signals.receiver_count() > 0).await;
    let mut stream = response.bytes_stream();
    let mut reader = Reader::new(Vec::new());
    for number in 1..=50 {
        server.levers.signals.send(number).unwrap();
        let event = format!("event: next\ndata: {{\"data\":{{\"signals\":{number}}}}}\n\n");
        // Nothing else is sent before this one has been read.
        while reader.get_ref().len() < event.len() {
            let piece = timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
            reader.write_all(&piece).unwrap();
            reader.flush().unwrap();
        }
        assert_eq!(String::from_utf8(std::mem::take(reader.get_mut())).unwrap(), event);
    }
}

#[tokio::test]
async fn a_stream_in_gzip_that_ends_is_whole() {
    let server = TestServer::start().await;
    let response = post(&server, "subscription { count(to: 3) }")
        .header(header::ACCEPT, "text/event-stream")
        .header(header::ACCEPT_ENCODING, "gzip");
    let body = response.send().await.unwrap().bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
    assert_eq!(text.matches("event: next").count(), 3);
}
