//! The same message in two tongues, the graph's and OpenCode's, each put into one form that can be compared: everything
//! that both tell of it.

use client::types::{Message, MessageRole, Part, StepKind, ToolState};
use serde_json::{Value, json};

/// What the server itself says of an answer, where OpenCode says nothing.
pub const GIVEN_UP: &str = "GivenUp";

pub fn ours(messages: &[Message]) -> Vec<Value> {
    messages.iter().map(our_message).collect()
}

pub fn theirs(messages: &Value) -> Vec<Value> {
    messages.as_array().unwrap().iter().map(their_message).collect()
}

/// Who speaks, how it failed, and the kinds of its parts: enough to tell which scenario it was.
pub fn outline(messages: &[Value]) -> Vec<String> {
    let outline = |message: &Value| {
        let error = message["error"]["name"].as_str().map(|name| format!("!{name}"));
        let parts = message["parts"].as_array().unwrap().iter();
        let kinds = parts.map(|part| match part["state"].as_str() {
            Some(state) => format!("{}:{state}", part["tool"].as_str().unwrap()),
            None => part["kind"].as_str().unwrap().to_owned(),
        });
        let role = message["role"].as_str().unwrap().to_owned();
        std::iter::once(role)
            .chain(error)
            .chain(kinds)
            .collect::<Vec<_>>()
            .join(" ")
    };
    messages.iter().map(outline).collect()
}

fn our_message(message: &Message) -> Value {
    let told = message.error.as_ref().filter(|error| error.name != GIVEN_UP);
    let error = told.map(|error| {
        assert!(!error.message.is_empty() && !error.message.contains("://"), "{error:?}");
        json!({ "name": error.name, "status": error.status_code, "isRetryable": error.is_retryable })
    });
    let is_answer = message.role == MessageRole::Assistant;
    // Of a prompt the graph tells what was asked for, and OpenCode what it took.
    let of_answer = is_answer.then(|| {
        let usage = message.usage.as_ref().map(|usage| {
            let read = [usage.input_tokens, usage.output_tokens, usage.reasoning_tokens];
            let cache = [usage.cache_read_tokens, usage.cache_write_tokens];
            json!({ "tokens": read, "cache": cache, "cost": usage.cost_usd })
        });
        let is_complete = message.completed_at.is_some();
        json!({ "agent": message.agent, "model": message.model, "usage": usage, "isComplete": is_complete })
    });
    json!({
        "role": if is_answer { "assistant" } else { "user" },
        "error": error,
        "answer": of_answer,
        "parts": message.parts.iter().map(our_part).collect::<Vec<_>>(),
    })
}

fn our_part(part: &Part) -> Value {
    let (kind, mut told) = match part {
        Part::TextPart(part) => ("text", json!({ "text": part.text, "isSynthetic": part.is_synthetic })),
        Part::ReasoningPart(part) => ("reasoning", json!({ "text": part.text })),
        Part::ToolPart(part) => {
            assert!(!part.is_output_cut);
            let state = match part.state {
                ToolState::Pending => "pending",
                ToolState::Running => "running",
                ToolState::Completed => "completed",
                ToolState::Failed => "error",
                ToolState::Other(_) => "unknown",
            };
            let told = json!({
                "tool": part.tool, "state": state, "title": part.title, "input": part.input, "output": part.output,
                "error": part.error, "hasChild": part.child_session.is_some(),
                "startedAt": part.started_at.map(|at| at.timestamp_millis()),
                "endedAt": part.ended_at.map(|at| at.timestamp_millis()),
            });
            ("tool", told)
        }
        Part::StepPart(part) if part.kind == StepKind::Start => ("step-start", json!({})),
        Part::StepPart(part) => ("step-finish", json!({ "reason": part.reason })),
        Part::PatchPart(part) => ("patch", json!({ "files": part.files })),
        other => panic!("not in the recordings: {other:?}"),
    };
    told["id"] = json!(client::part_id(part));
    told["kind"] = json!(kind);
    told
}

fn their_message(message: &Value) -> Value {
    let info = &message["info"];
    let error = &info["error"];
    let of_answer = (info["role"] == "assistant").then(|| {
        let tokens = &info["tokens"];
        let usage = tokens.is_object().then(|| {
            let read = [&tokens["input"], &tokens["output"], &tokens["reasoning"]].map(Value::as_f64);
            let cache = [&tokens["cache"]["read"], &tokens["cache"]["write"]].map(Value::as_f64);
            json!({ "tokens": read, "cache": cache, "cost": info["cost"].as_f64() })
        });
        let model = format!("{}/{}", text(&info["providerID"]), text(&info["modelID"]));
        let is_complete = info["time"]["completed"].is_number();
        json!({ "agent": info["agent"], "model": model, "usage": usage, "isComplete": is_complete })
    });
    json!({
        "role": info["role"],
        "error": error.is_object().then(|| json!({
            "name": error["name"], "status": error["data"]["statusCode"],
            "isRetryable": error["data"]["isRetryable"].as_bool().unwrap_or_default(),
        })),
        "answer": of_answer,
        "parts": message["parts"].as_array().unwrap().iter().map(their_part).collect::<Vec<_>>(),
    })
}

fn their_part(part: &Value) -> Value {
    let state = &part["state"];
    // Of a tool that did not come to its end, what it had printed is found elsewhere.
    let output = [&state["output"], &state["metadata"]["output"]];
    let output = output.into_iter().find(|output| output.is_string());
    let mut told = match text(&part["type"]) {
        "text" => json!({ "text": part["text"], "isSynthetic": part["synthetic"].as_bool().unwrap_or_default() }),
        "reasoning" => json!({ "text": part["text"] }),
        "tool" => json!({
            "tool": part["tool"], "state": state["status"], "title": state["title"], "input": state["input"],
            "output": output,
            "error": state["error"], "hasChild": state["metadata"]["sessionId"].is_string(),
            "startedAt": state["time"]["start"], "endedAt": state["time"]["end"],
        }),
        "step-start" => json!({}),
        "step-finish" => json!({ "reason": part["reason"] }),
        "patch" => json!({ "files": part["files"] }),
        other => panic!("not in the recordings: {other}"),
    };
    told["id"] = part["id"].clone();
    told["kind"] = part["type"].clone();
    told
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
