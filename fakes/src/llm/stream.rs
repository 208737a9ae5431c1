//! An [`Answer`] on the wire: server-sent chunks, or one JSON body.
//!
//! A stream ends by `[DONE]`, or by a broken connection: never quietly in the middle.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{answer::Answer, conversation::Conversation, directive::Ending};

/// No answer takes longer, whatever the prompt asks for.
const MAX_ANSWER: Duration = Duration::from_secs(60 * 60);
const BEFORE_CUT: Duration = Duration::from_millis(100);
/// Arguments come in pieces of so many characters.
const ARGUMENT_PIECE: usize = 24;

type Frame = io::Result<Event>;

pub fn respond(talk: &Conversation, answer: Answer, stop: CancellationToken) -> Response {
    let head = Head {
        id: format!("chatcmpl-{}", uuid::Uuid::new_v4().simple()),
        model: talk.model.clone(),
    };
    match talk.stream {
        true => Sse::new(limited(frames(head, answer), stop)).into_response(),
        false => whole(&head, answer, stop),
    }
}

/// What every chunk repeats.
#[derive(Clone)]
struct Head {
    id: String,
    model: String,
}

impl Head {
    fn wrap(&self, object: &str, mut fields: Value) -> Value {
        fields["id"] = json!(self.id);
        fields["object"] = json!(object);
        fields["created"] = json!(0);
        fields["model"] = json!(self.model);
        fields
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Event {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        self.event(json!({ "choices": [choice] }))
    }

    fn event(&self, fields: Value) -> Event {
        Event::default().data(self.wrap("chat.completion.chunk", fields).to_string())
    }
}

fn frames(head: Head, answer: Answer) -> BoxStream<'static, Frame> {
    let usage = usage(&answer);
    let shown = match answer.ending {
        Ending::Finish => usize::MAX,
        Ending::CutAfter(pieces) | Ending::HangAfter(pieces) => pieces,
    };
    let delay = answer.delay;
    let reasoning = answer
        .reasoning
        .into_iter()
        .map(|piece| json!({ "reasoning_content": piece }));
    let text = answer.text.into_iter().map(|piece| json!({ "content": piece }));
    let speaker = head.clone();
    let body = stream::iter(reasoning.chain(text).take(shown)).then(move |delta| {
        let frame = speaker.chunk(delta, None);
        async move {
            pause(delay).await;
            Ok(frame)
        }
    });
    let opening = head.chunk(json!({ "role": "assistant", "content": "" }), None);
    let opening = stream::once(async move {
        pause(answer.slow_start).await;
        Ok(opening)
    });
    let spoken = opening.chain(body);
    match answer.ending {
        Ending::Finish => spoken
            .chain(stream::iter(finish(&head, answer.call.as_ref(), usage)))
            .boxed(),
        Ending::CutAfter(_) => spoken.chain(stream::once(break_off())).boxed(),
        Ending::HangAfter(_) => spoken.chain(stream::pending()).boxed(),
    }
}

/// Breaks the connection, a moment after the last piece: what is sent and cut at once, neither hyper nor the caller
/// passes on.
async fn break_off<T>() -> io::Result<T> {
    pause(BEFORE_CUT).await;
    Err(cut())
}

/// The tool call, the reason of the end, the usage, and the mark of the end.
fn finish(head: &Head, call: Option<&super::tool::Call>, usage: Value) -> Vec<Frame> {
    let mut frames = Vec::new();
    if let Some(call) = call {
        let opening = json!({ "index": 0, "id": call.id, "type": "function", "function": { "name": call.name, "arguments": "" } });
        frames.push(head.chunk(json!({ "tool_calls": [opening] }), None));
        let arguments: Vec<char> = call.arguments.to_string().chars().collect();
        for piece in arguments.chunks(ARGUMENT_PIECE) {
            let piece = json!({ "index": 0, "function": { "arguments": piece.iter().collect::<String>() } });
            frames.push(head.chunk(json!({ "tool_calls": [piece] }), None));
        }
    }
    frames.push(head.chunk(json!({}), Some(reason(call.is_some()))));
    frames.push(head.event(json!({ "choices": [], "usage": usage })));
    frames.push(Event::default().data("[DONE]"));
    frames.into_iter().map(Ok).collect()
}

/// Breaks a stream off when the model stops or the answer has taken too long.
fn limited<T: Send + 'static>(
    frames: impl Stream<Item = io::Result<T>> + Send + 'static,
    stop: CancellationToken,
) -> impl Stream<Item = io::Result<T>> + Send + 'static {
    let limit = async move {
        tokio::select! {
            () = stop.cancelled() => (),
            () = tokio::time::sleep(MAX_ANSWER) => (),
        }
    };
    stream::unfold(
        (Box::pin(frames), Box::pin(limit.fuse())),
        |(mut frames, mut limit)| async move {
            let frame = tokio::select! {
                () = &mut limit => Some(Err(cut())),
                frame = frames.next() => frame,
            };
            frame.map(|frame| (frame, (frames, limit)))
        },
    )
}

/// One JSON body, after the time that streaming it would have taken.
fn whole(head: &Head, answer: Answer, stop: CancellationToken) -> Response {
    let pieces = u32::try_from(answer.text.len() + answer.reasoning.len()).unwrap_or(u32::MAX);
    let (wait, is_whole) = match answer.ending {
        Ending::Finish => (answer.slow_start + answer.delay.saturating_mul(pieces), true),
        Ending::CutAfter(_) => (answer.slow_start, false),
        Ending::HangAfter(_) => (MAX_ANSWER, false),
    };
    let body = completion(head, answer).to_string();
    let body = stream::once(async move {
        pause(wait).await;
        if is_whole { Ok(body) } else { break_off().await }
    });
    (
        [(CONTENT_TYPE, "application/json")],
        Body::from_stream(limited(body, stop)),
    )
        .into_response()
}

fn completion(head: &Head, answer: Answer) -> Value {
    let usage = usage(&answer);
    let mut message = json!({ "role": "assistant", "content": answer.text.concat() });
    if !answer.reasoning.is_empty() {
        message["reasoning_content"] = json!(answer.reasoning.concat());
    }
    if let Some(call) = &answer.call {
        let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
        message["tool_calls"] = json!([{ "id": call.id, "type": "function", "function": function }]);
    }
    let choice = json!({ "index": 0, "message": message, "finish_reason": reason(answer.call.is_some()) });
    head.wrap("chat.completion", json!({ "choices": [choice], "usage": usage }))
}

fn reason(calls: bool) -> &'static str {
    if calls { "tool_calls" } else { "stop" }
}

fn usage(answer: &Answer) -> Value {
    let reasoning = answer.reasoning.len();
    let called = answer
        .call
        .as_ref()
        .map_or(0, |call| call.arguments.to_string().len().div_ceil(4));
    let completion = answer.text.len() + reasoning + called;
    json!({
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": answer.prompt_tokens + completion,
        "completion_tokens_details": { "reasoning_tokens": reasoning },
    })
}

/// The timer rounds up to a millisecond, so no pause means not to ask it.
async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the scripted model cuts the connection")
}
