//! The model failing on command: by its prompt, and by `/control`.

use std::time::{Duration, Instant};

use fakes::llm::{Fault, Llm};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{DEADLINE, ask, client, conversation, read, request, send};

#[tokio::test]
async fn a_prompt_can_ask_for_an_http_error() {
    let llm = Llm::start().await.unwrap();
    for (prompt, status, kind) in [
        ("[[http 500]]", 500, "server_error"),
        ("[[http 401]]", 401, "authentication_error"),
        ("[[http 429]]", 429, "rate_limit_error"),
        ("[[http 400]]", 400, "invalid_request_error"),
    ] {
        let response = send(&llm.url(), &request(prompt, &[])).await;
        assert_eq!(response.status(), status);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["type"], kind);
        assert_eq!(body["error"]["message"], format!("scripted provider error {status}"));
    }
}

#[tokio::test]
async fn a_cut_stream_breaks_in_the_middle() {
    let llm = Llm::start().await.unwrap();
    for (prompt, pieces) in [
        ("[[tokens 20]] [[cut]]", 6),
        ("[[tokens 20]] [[cut after 2]]", 2),
        ("[[cut after 0]]", 0),
    ] {
        let said = ask(&llm.url(), &request(prompt, &[])).await;
        assert!(said.is_cut && !said.is_done, "{prompt}: {said:?}");
        assert_eq!((said.pieces, said.finish), (pieces, None), "{prompt}");
    }
    let mut whole = request("[[cut]]", &[]);
    whole["stream"] = json!(false);
    send(&llm.url(), &whole)
        .await
        .bytes()
        .await
        .expect_err("the body is cut too");
}

#[tokio::test]
async fn a_hanging_stream_says_nothing_until_the_model_stops() {
    let llm = Llm::start().await.unwrap();
    let response = send(&llm.url(), &request("[[tokens 9]] [[hang after 2]]", &[])).await;
    let mut bytes = response.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("word1") {
        let chunk = timeout(DEADLINE, bytes.next()).await.unwrap().unwrap().unwrap();
        seen.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let more = timeout(Duration::from_millis(300), bytes.next()).await;
    assert!(more.is_err(), "it goes on: {more:?}");
    drop(llm);
    let end = timeout(DEADLINE, bytes.next())
        .await
        .expect("the connection outlives the model");
    assert!(end.is_none_or(|chunk| chunk.is_err()));
}

#[tokio::test]
async fn a_dropped_model_leaves_its_port() {
    let llm = Llm::start().await.unwrap();
    let url = llm.url();
    drop(llm);
    let refused = async {
        while client().get(format!("{url}/v1/models")).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, refused).await.expect("it still answers");
}

#[tokio::test]
async fn queued_faults_hit_the_next_chats_in_order() {
    let llm = Llm::start().await.unwrap();
    let next = json!({ "next": [{ "status": 503 }, { "cut_after": 3 }, { "delay_ms": 300, "cut_after": 1 }] });
    let control = client()
        .post(format!("{}/control", llm.url()))
        .json(&next)
        .send()
        .await
        .unwrap();
    assert_eq!(control.json::<Value>().await.unwrap(), json!({ "waiting": 3 }));

    let system = json!({ "role": "system", "content": "You are a title generator." });
    let title = conversation(json!([system, { "role": "user", "content": "hello" }]), &[]);
    assert!(ask(&llm.url(), &title).await.is_done, "a title takes no fault");

    let chat = request("[[tokens 9]]", &[]);
    assert_eq!(send(&llm.url(), &chat).await.status(), 503);
    let cut = ask(&llm.url(), &chat).await;
    assert!(cut.is_cut && cut.pieces == 3, "{cut:?}");
    let begun = Instant::now();
    let late = ask(&llm.url(), &chat).await;
    assert!(late.is_cut && begun.elapsed().as_millis() >= 300, "{late:?}");
    assert!(ask(&llm.url(), &chat).await.is_done, "the faults are used up");
    assert_eq!(llm.counters().faults, 3);
}

#[tokio::test]
async fn a_queued_hang_opens_the_answer_and_waits() {
    let llm = Llm::start().await.unwrap();
    llm.fail_next([Fault::hang()]);
    let response = send(&llm.url(), &request("hello", &[])).await;
    assert_eq!(response.status(), 200);
    assert!(timeout(Duration::from_millis(300), read(response)).await.is_err());
}

#[tokio::test]
async fn wrong_orders_are_refused() {
    let llm = Llm::start().await.unwrap();
    for order in [
        json!({ "next": [{ "status": 200 }] }),
        json!({ "next": [{ "staus": 500 }] }),
        json!({ "next": [{ "cut_after": -1 }] }),
        json!({}),
    ] {
        let response = client()
            .post(format!("{}/control", llm.url()))
            .json(&order)
            .send()
            .await
            .unwrap();
        assert!(response.status().is_client_error(), "{order}");
    }
    llm.fail_next(std::iter::repeat_n(Fault::status(500), 1000));
    let order = json!({ "next": [] });
    let waiting = client()
        .post(format!("{}/control", llm.url()))
        .json(&order)
        .send()
        .await
        .unwrap();
    assert_eq!(waiting.json::<Value>().await.unwrap(), json!({ "waiting": 100 }));
}
