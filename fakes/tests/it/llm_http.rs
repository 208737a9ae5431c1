//! What the model says, read back from the wire.

use std::{collections::HashSet, process::Stdio, time::Instant};

use fakes::llm::{Kind, Llm, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::support::{DEADLINE, Said, ask, client, conversation, request, send};

async fn said(prompt: &str, tools: &[&str]) -> Said {
    let llm = Llm::start().await.unwrap();
    ask(&llm.url(), &request(prompt, tools)).await
}

#[tokio::test]
async fn a_stream_has_text_finish_usage_and_an_end() {
    let said = said("[[tokens 5]]", &[]).await;
    assert_eq!(said.text, "word0 word1 word2 word3 word4 ");
    assert_eq!(said.pieces, 5);
    assert_eq!(said.finish.as_deref(), Some("stop"));
    let usage = said.usage.unwrap();
    assert_eq!(usage["completion_tokens"], 5);
    assert_eq!(
        usage["total_tokens"].as_u64(),
        usage["prompt_tokens"].as_u64().map(|n| n + 5)
    );
    assert!(said.is_done && !said.is_cut);
}

#[tokio::test]
async fn without_a_stream_the_answer_is_one_body_and_says_the_same() {
    let llm = Llm::start().await.unwrap();
    let mut body = request("[[reason]] [[bash: ls]]", &["bash"]);
    let streamed = ask(&llm.url(), &body).await;
    body["stream"] = json!(false);
    let whole: Value = send(&llm.url(), &body).await.json().await.unwrap();
    assert_eq!(whole["object"], "chat.completion");
    let choice = &whole["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], streamed.text);
    assert_eq!(choice["message"]["reasoning_content"], streamed.reasoning);
    let function = &choice["message"]["tool_calls"][0]["function"];
    let arguments: Value = serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(
        streamed.calls,
        [(function["name"].as_str().unwrap().to_owned(), arguments)]
    );
    assert_eq!(Some(&whole["usage"]), streamed.usage.as_ref());
}

#[tokio::test]
async fn each_tool_gets_its_arguments() {
    let system = "<env>\n  Working directory: /srv/demo\n</env>";
    let cases = [
        ("[[bash: echo hi]]", "bash", "command", json!("echo hi")),
        (r"[[write: a.txt = x\ny]]", "write", "content", json!("x\ny")),
        ("[[write: a.txt]]", "write", "filePath", json!("/srv/demo/a.txt")),
        ("[[read: /etc/x]]", "read", "filePath", json!("/etc/x")),
        ("[[edit: a = b => c]]", "edit", "newString", json!("c")),
        ("[[task: look around]]", "task", "prompt", json!("look around")),
    ];
    let llm = Llm::start().await.unwrap();
    for (prompt, tool, key, value) in cases {
        let talk = json!([{ "role": "system", "content": system }, { "role": "user", "content": prompt }]);
        let said = ask(&llm.url(), &conversation(talk, &[tool])).await;
        assert_eq!(said.finish.as_deref(), Some("tool_calls"), "{prompt}");
        assert_eq!(said.calls.len(), 1, "{prompt}");
        assert_eq!(
            (said.calls[0].0.as_str(), &said.calls[0].1[key]),
            (tool, &value),
            "{prompt}"
        );
    }
    let todo = ask(&llm.url(), &request("[[todo: read; write]]", &["todowrite"])).await;
    assert_eq!(todo.calls[0].1["todos"][1]["content"], "write");
    let question = ask(&llm.url(), &request("[[question: Why?]]", &["question"])).await;
    assert_eq!(question.calls[0].1["questions"][0]["question"], "Why?");
}

#[tokio::test]
async fn reasoning_comes_first_and_apart() {
    let said = said("[[reason]] [[text: so it is]]", &[]).await;
    assert_eq!(said.reasoning, "I am thinking about it. ");
    assert_eq!(said.text, "so it is");
}

#[tokio::test]
async fn a_seed_chooses_the_words() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let seven = said("[[tokens 40]] [[seed 7]]", &[]).await.text;
    assert_eq!(words(&seven).len(), 40);
    assert_eq!(said("[[seed 7]] [[tokens 40]]", &[]).await.text, seven);
    assert_ne!(said("[[tokens 40]] [[seed 8]]", &[]).await.text, seven);
    assert!(words(&seven).iter().collect::<HashSet<_>>().len() > 3);
}

#[tokio::test]
async fn pauses_are_kept() {
    let begun = Instant::now();
    said("[[tokens 4]] [[delay 50]]", &[]).await;
    assert!(begun.elapsed().as_millis() >= 200);
    let begun = Instant::now();
    said("[[slow start 300]] [[text: at last]]", &[]).await;
    assert!(begun.elapsed().as_millis() >= 300);
}

#[tokio::test]
async fn a_prompt_without_orders_is_answered_for_people() {
    let said = said("What is a lifetime?", &["write"]).await;
    assert!(said.text.contains("> What is a lifetime?"), "{}", said.text);
    assert!(said.text.contains("scripted demo model"), "{}", said.text);
    assert!(said.calls.is_empty() && said.is_done);
}

#[tokio::test]
async fn a_hundred_thousand_tokens_are_the_most() {
    assert_eq!(said("[[tokens 100001]]", &[]).await.pieces, 100_000);
}

#[tokio::test]
async fn a_key_is_demanded_where_one_is_set() {
    let options = Options {
        key: Some("sk-demo".into()),
        ..Options::default()
    };
    let llm = Llm::listen(([127, 0, 0, 1], 0).into(), options).await.unwrap();
    let models = format!("{}/v1/models", llm.url());
    for key in ["sk-wrong", "", "sk-demo2"] {
        let response = client().get(&models).bearer_auth(key).send().await.unwrap();
        assert_eq!(response.status(), 401, "{key}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["type"], "authentication_error");
    }
    assert_eq!(send(&llm.url(), &request("hello", &[])).await.status(), 401);
    let listed: Value = client()
        .get(&models)
        .bearer_auth("sk-demo")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(listed["data"][0]["id"], "scripted");
}

#[tokio::test]
async fn bad_bodies_are_refused_in_words() {
    let llm = Llm::start().await.unwrap();
    let post = |body: Vec<u8>| {
        client()
            .post(format!("{}/v1/chat/completions", llm.url()))
            .body(body)
            .send()
    };
    for body in [&b"{"[..], b"{}", b"[]", br#"{"messages":[{"role":1}]}"#, b"\xff\xfe"] {
        let response = post(body.to_vec()).await.unwrap();
        assert_eq!(response.status(), 400, "{body:?}");
        let error: Value = response.json().await.unwrap();
        assert!(
            error["error"]["message"]
                .as_str()
                .unwrap()
                .starts_with("unreadable body"),
            "{error}"
        );
    }
    assert_eq!(post(vec![b' '; 8 * 1024 * 1024 + 1]).await.unwrap().status(), 413);
    assert_eq!(llm.counters().refused, 6);
    let empty = ask(&llm.url(), &conversation(json!([]), &[])).await;
    assert!(empty.is_done, "no messages at all: {empty:?}");
}

#[tokio::test]
async fn requests_are_written_down_without_secrets() {
    let llm = Llm::start().await.unwrap();
    let system = json!({ "role": "system", "content": "You are a title generator." });
    let title = conversation(json!([system, { "role": "user", "content": "hello" }]), &[]);
    let url = format!("{}/v1/chat/completions", llm.url());
    client()
        .post(&url)
        .bearer_auth("sk-canary")
        .header("x-session-id", "ses_1")
        .json(&title)
        .send()
        .await
        .unwrap();
    for n in 0..120 {
        ask(&llm.url(), &request(&format!("prompt {n}"), &["bash"])).await;
    }
    let requests = llm.requests();
    assert_eq!(requests.len(), 100);
    assert_eq!(requests.last().unwrap().prompt, "prompt 119");
    assert_eq!((llm.counters().chats, llm.counters().titles), (120, 1));

    let llm = Llm::start().await.unwrap();
    let url = format!("{}/v1/chat/completions", llm.url());
    client()
        .post(&url)
        .bearer_auth("sk-canary")
        .header("x-session-id", "ses_1")
        .json(&title)
        .send()
        .await
        .unwrap();
    let control = client()
        .get(format!("{}/control/requests", llm.url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(control.contains("ses_1") && !control.contains("sk-canary"), "{control}");
    assert_eq!(llm.requests()[0].kind, Kind::Title);
    assert_eq!(llm.requests()[0].body.as_ref().unwrap(), &title);
}

#[tokio::test]
async fn the_program_prints_its_address_and_ends_when_told() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pcc-fake-llm"))
        .args(["--listen", "127.0.0.1:0", "--key", "sk-demo"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let url = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap().unwrap();
    let models = client().get(format!("{url}/v1/models"));
    assert_eq!(models.try_clone().unwrap().send().await.unwrap().status(), 401);
    assert_eq!(models.bearer_auth("sk-demo").send().await.unwrap().status(), 200);

    let pid = Pid::from_raw(program.id().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let status = timeout(DEADLINE, program.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(lines.next_line().await.unwrap(), None, "more than one line");
}
