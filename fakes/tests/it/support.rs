//! A caller of the model that knows OpenAI's protocol, and nothing of how the model makes it.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use sseer::EventStream;

/// Nothing here takes so long unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(60);

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap()
}

/// What a streamed answer says once its chunks are put together.
#[derive(Debug, Default, PartialEq)]
pub struct Said {
    pub text: String,
    pub reasoning: String,
    /// Name and arguments.
    pub calls: Vec<(String, Value)>,
    pub finish: Option<String>,
    pub usage: Option<Value>,
    pub is_done: bool,
    /// The connection broke before the end.
    pub is_cut: bool,
    pub pieces: usize,
}

pub fn request(prompt: &str, tools: &[&str]) -> Value {
    conversation(json!([{ "role": "user", "content": prompt }]), tools)
}

pub fn conversation(messages: Value, tools: &[&str]) -> Value {
    let tools: Vec<_> = tools
        .iter()
        .map(|name| json!({ "type": "function", "function": { "name": name, "parameters": {} } }))
        .collect();
    json!({ "model": "scripted", "stream": true, "stream_options": { "include_usage": true }, "messages": messages, "tools": tools })
}

pub async fn send(url: &str, body: &Value) -> reqwest::Response {
    client()
        .post(format!("{url}/v1/chat/completions"))
        .json(body)
        .send()
        .await
        .unwrap()
}

/// Asks and reads the stream to its end.
pub async fn ask(url: &str, body: &Value) -> Said {
    let response = send(url, body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    read(response).await
}

pub async fn read(response: reqwest::Response) -> Said {
    let mut events = EventStream::new(response.bytes_stream());
    let mut said = Said::default();
    let mut arguments: Vec<(String, String)> = Vec::new();
    while let Some(event) = events.next().await {
        let Ok(event) = event else {
            said.is_cut = true;
            break;
        };
        assert!(!said.is_done, "something follows [DONE]: {}", event.data);
        if event.data == "[DONE]" {
            said.is_done = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(chunk["object"], "chat.completion.chunk");
        said.take(&chunk, &mut arguments);
    }
    said.calls = arguments
        .into_iter()
        .map(|(name, json)| (name, serde_json::from_str(&json).unwrap()))
        .collect();
    said
}

impl Said {
    fn take(&mut self, chunk: &Value, arguments: &mut Vec<(String, String)>) {
        if let Some(usage) = chunk.get("usage") {
            self.usage = Some(usage.clone());
        }
        let Some(choice) = chunk["choices"].get(0) else {
            return;
        };
        let delta = &choice["delta"];
        if let Some(text) = delta["content"].as_str().filter(|text| !text.is_empty()) {
            self.text.push_str(text);
            self.pieces += 1;
        }
        self.reasoning
            .push_str(delta["reasoning_content"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let at = call["index"].as_u64().unwrap() as usize;
            if let Some(name) = call["function"]["name"].as_str() {
                assert_eq!(at, arguments.len());
                assert!(call["id"].as_str().is_some_and(|id| !id.is_empty()));
                arguments.push((name.to_owned(), String::new()));
            }
            arguments[at]
                .1
                .push_str(call["function"]["arguments"].as_str().unwrap_or_default());
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            self.finish = Some(finish.to_owned());
        }
    }
}
