//! A language model that does what the prompt says, as far as these tests need it.
//!
//! To be replaced by `fakes::llm`, which knows the same directives and more.

use std::{net::Ipv4Addr, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    http::{Response, header},
    routing::post,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

pub(super) struct Model {
    /// To be used as `baseURL` of an OpenAI-compatible provider.
    pub(super) url: String,
    _server: AbortOnDropHandle<()>,
}

impl Model {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/chat/completions", post(complete));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            _server: AbortOnDropHandle::new(server),
        }
    }
}

/// The text the model writes for `[[tokens count]]`.
pub(super) fn prose(count: usize) -> String {
    (0..count).map(|number| format!("word{number} ")).collect()
}

async fn complete(Json(request): Json<Value>) -> Response<Body> {
    let (deltas, finish, pause) = answer(&request);
    let chunks = deltas.into_iter().map(|delta| chunk(&delta, None));
    let end = [chunk(&json!({}), Some(finish)), "data: [DONE]\n\n".to_owned()];
    let paced = stream::iter(chunks).then(move |chunk| async move {
        // The pace of a model, not a wait for something.
        tokio::time::sleep(pause).await;
        chunk
    });
    let body = Body::from_stream(paced.chain(stream::iter(end)).map(Ok::<_, std::convert::Infallible>));
    Response::builder()
        .header(header::CONTENT_TYPE, "text/event-stream")
        .body(body)
        .unwrap()
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let usage = finish.map(|_| json!({ "prompt_tokens": 100, "completion_tokens": 12, "total_tokens": 112 }));
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
    let chunk = json!({ "id": "x", "object": "chat.completion.chunk", "created": 1, "model": "fake-1", "choices": [choice], "usage": usage });
    format!("data: {chunk}\n\n")
}

/// The deltas, why they end, and the pause before each.
fn answer(request: &Value) -> (Vec<Value>, &'static str, Duration) {
    let messages = request["messages"].as_array().unwrap();
    let prompt = messages
        .iter()
        .rfind(|message| message["role"] == "user")
        .map(text)
        .unwrap_or_default();
    let number = |name: &str, default: u64| directive(&prompt, name).map_or(default, |value| value.parse().unwrap());
    let pause = Duration::from_millis(number("delay ", 1));
    if request.get("tools").is_none() {
        return (vec![json!({ "content": "A title" })], "stop", Duration::ZERO);
    }
    if let (Some(command), true) = (directive(&prompt, "bash: "), messages.last().unwrap()["role"] == "user") {
        let arguments = json!({ "command": command, "description": "run it" }).to_string();
        let call = json!({ "index": 0, "id": "call_1", "type": "function", "function": { "name": "bash", "arguments": arguments } });
        return (
            vec![json!({ "content": "Calling. " }), json!({ "tool_calls": [call] })],
            "tool_calls",
            pause,
        );
    }
    let count = usize::try_from(number("tokens ", 5)).unwrap();
    let words = prose(count);
    let deltas = words
        .split_inclusive(' ')
        .map(|word| json!({ "content": word }))
        .collect();
    (deltas, "stop", pause)
}

fn text(message: &Value) -> String {
    match &message["content"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        content => content.as_str().unwrap_or_default().to_owned(),
    }
}

fn directive<'a>(prompt: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = prompt.split_once(&format!("[[{name}"))?;
    Some(rest.split_once("]]")?.0)
}
