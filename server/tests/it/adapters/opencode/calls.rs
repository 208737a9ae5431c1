//! Single calls against a server that answers as told.

use std::{
    net::{Ipv4Addr, TcpListener},
    time::Duration,
};

use serde_json::{Value, json};
use server::agent::{
    AgentError, AgentRuntime, Prompt, PromptContent, PromptPart, Role, SessionActivity, opencode::Limits,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, basic_auth, body_json, method, path, query_param},
};

use super::{DIRECTORY, PASSWORD, USERNAME, agent, agent_with, endpoint};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn session(id: &str, directory: &str) -> Value {
    json!({ "id": id, "directory": directory, "title": "t", "time": { "created": 1000, "updated": 2000 }, "version": "1.18.33" })
}

fn user_message(parts: &Value) -> Value {
    let info = json!({ "id": "msg_1", "sessionID": "ses_1", "role": "user", "time": { "created": 1000 } });
    json!({ "info": info, "parts": parts })
}

fn prompt() -> Prompt {
    Prompt {
        message_id: "msg_1".into(),
        parts: vec![PromptPart {
            id: "prt_1".into(),
            content: PromptContent::Text("hi".into()),
        }],
        agent: None,
        model: Some("fake/fake-1".into()),
    }
}

#[tokio::test]
async fn health_knows_its_version() {
    let health = |answer| async move {
        let server = answering(answer).await;
        agent().health(&endpoint(&server.uri())).await
    };
    let version =
        |version: &str| ResponseTemplate::new(200).set_body_json(json!({ "healthy": true, "version": version }));
    for good in ["1.18.33", "1.0.0", "1.19.0-beta.2"] {
        assert_eq!(health(version(good)).await.unwrap().version, good);
    }
    for odd in ["2.0.3", "0.15.1", "local", ""] {
        match health(version(odd)).await {
            Err(AgentError::Unsupported(message)) => assert_eq!(
                message,
                format!("OpenCode {odd} answers, this server speaks 1.x: npm install -g opencode-ai@1.18")
            ),
            other => panic!("{odd}: {other:?}"),
        }
    }
    // A server that is something else: OpenCode itself answers unknown paths with a page and 200.
    for answer in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_string("<!doctype html>"),
    ] {
        assert!(matches!(health(answer).await, Err(AgentError::Unsupported(_))));
    }
    let unwell = ResponseTemplate::new(200).set_body_json(json!({ "healthy": false, "version": "1.18.33" }));
    assert!(matches!(health(unwell).await, Err(AgentError::Unavailable { .. })));
    assert!(matches!(
        health(ResponseTemplate::new(401)).await,
        Err(AgentError::Rejected(_))
    ));
    assert!(matches!(
        health(ResponseTemplate::new(503)).await,
        Err(AgentError::Unavailable { .. })
    ));
}

#[tokio::test]
async fn every_status_is_the_right_error_and_says_nothing_internal() {
    let secret =
        json!({ "name": "UnknownError", "data": { "message": "see log at http://10.0.0.1/x", "ref": "err_63f1" } });
    let cases = [
        (400, "rejected"),
        (409, "busy"),
        (413, "rejected"),
        (401, "rejected"),
        (403, "rejected"),
        (404, "not found"),
        (429, "unavailable"),
        (500, "unavailable"),
        (502, "unavailable"),
        (301, "unavailable"),
    ];
    for (status, expected) in cases {
        let server = answering(ResponseTemplate::new(status).set_body_json(&secret)).await;
        let error = agent().session(&endpoint(&server.uri()), "ses_1").await.unwrap_err();
        let kind = match &error {
            AgentError::Rejected(_) | AgentError::TooLarge(_) => "rejected",
            AgentError::NotFound => "not found",
            AgentError::Busy => "busy",
            AgentError::Unavailable { .. } => "unavailable",
            AgentError::Unsupported(_) => "unsupported",
        };
        assert_eq!(kind, expected, "{status}");
        let shown = format!("{error} {error:?}");
        for internal in ["err_63f1", "10.0.0.1", "127.0.0.1", DIRECTORY, PASSWORD] {
            assert!(!shown.contains(internal), "{status}: {shown}");
        }
    }
    let bad = json!({ "name": "BadRequest", "data": { "message": "Expected\n a string", "kind": "Body" } });
    let server = answering(ResponseTemplate::new(400).set_body_json(bad)).await;
    let error = agent().session(&endpoint(&server.uri()), "ses_1").await.unwrap_err();
    assert_eq!(error.to_string(), "Expected a string");
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = endpoint(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    for error in [
        agent().health(&at).await.err(),
        agent().sessions(&at).await.err(),
        agent().events(&at).await.err(),
        agent().abort(&at, "ses_1").await.err(),
    ] {
        let shown = format!("{error:?}");
        assert!(matches!(error, Some(AgentError::Unavailable { .. })), "{shown}");
        assert!(!shown.contains(PASSWORD) && !shown.contains("directory="), "{shown}");
    }
}

#[tokio::test]
async fn answers_have_a_largest_size_and_a_longest_time() {
    let limits = Limits {
        answer_bytes: 1000,
        call: Duration::from_millis(500),
        ..Limits::default()
    };
    let large = ResponseTemplate::new(200).set_body_string("[".repeat(1001));
    let server = answering(large).await;
    let error = agent_with(limits).sessions(&endpoint(&server.uri())).await.unwrap_err();
    assert!(matches!(error, AgentError::TooLarge(1000)), "{error:?}");

    let server = answering(ResponseTemplate::new(200).set_delay(Duration::from_secs(3600))).await;
    let error = agent_with(limits).sessions(&endpoint(&server.uri())).await.unwrap_err();
    assert_eq!(error.to_string(), "the agent did not answer in time");
}

#[tokio::test]
async fn an_answer_of_another_shape_is_unavailable() {
    for body in ["", "<!doctype html>", "{", "7"] {
        let server = answering(ResponseTemplate::new(200).set_body_string(body)).await;
        let at = endpoint(&server.uri());
        for error in [
            agent().sessions(&at).await.err(),
            agent().session(&at, "ses_1").await.err(),
            agent().activities(&at).await.err(),
            agent().messages(&at, "ses_1", 10).await.err(),
            agent().message(&at, "ses_1", "msg_1").await.err(),
        ] {
            assert!(
                matches!(error, Some(AgentError::Unavailable { .. })),
                "{body:?}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn sessions_are_those_of_the_folder() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/behind/a/path/session"))
        .and(query_param("directory", DIRECTORY))
        .and(query_param("limit", "10000"))
        .and(basic_auth(USERNAME, PASSWORD))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([
            session("ses_1", DIRECTORY),
            session("ses_2", "/srv/demo/other"),
            { "id": "ses_3" },
        ])))
        .expect(1)
        .mount(&server)
        .await;
    let at = endpoint(&format!("{}/behind/a/path/?x=1", server.uri()));
    let sessions = agent().sessions(&at).await.unwrap();
    assert_eq!(
        sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(),
        ["ses_1"]
    );
}

#[tokio::test]
async fn a_session_of_another_folder_is_not_found() {
    let server = answering(ResponseTemplate::new(200).set_body_json(session("ses_1", "/srv/demo/other"))).await;
    let at = endpoint(&server.uri());
    assert!(matches!(agent().session(&at, "ses_1").await, Err(AgentError::NotFound)));
    // Made in a folder that OpenCode calls by another name: its events would never be ours.
    assert!(matches!(
        agent().create_session(&at, None, "label").await,
        Err(AgentError::Rejected(_))
    ));
}

#[tokio::test]
async fn ids_of_a_wrong_shape_go_nowhere() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let (agent, at) = (agent(), endpoint(&server.uri()));
    for id in ["", "nope", "ses_", "ses_../../auth/x", "ses_a?directory=/", "msg_1"] {
        assert!(
            matches!(agent.session(&at, id).await, Err(AgentError::NotFound)),
            "{id}"
        );
        assert!(matches!(agent.abort(&at, id).await, Err(AgentError::NotFound)), "{id}");
        assert!(
            matches!(agent.rename_session(&at, id, "t").await, Err(AgentError::NotFound)),
            "{id}"
        );
        assert!(
            matches!(agent.messages(&at, id, 1).await, Err(AgentError::NotFound)),
            "{id}"
        );
        assert!(
            matches!(agent.send_prompt(&at, id, &prompt()).await, Err(AgentError::NotFound)),
            "{id}"
        );
        assert!(agent.delete_session(&at, id).await.is_ok(), "{id}");
    }
    assert_eq!(agent.message(&at, "ses_1", "../x").await.unwrap(), None);
    assert_eq!(agent.messages(&at, "ses_1", 0).await.unwrap(), []);
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let server = answering(ResponseTemplate::new(404)).await;
    agent().delete_session(&endpoint(&server.uri()), "ses_1").await.unwrap();
    let server = answering(ResponseTemplate::new(500)).await;
    agent()
        .delete_session(&endpoint(&server.uri()), "ses_1")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn activities_are_those_that_are_not_idle() {
    let listed = json!({ "ses_1": { "type": "busy" }, "ses_2": { "type": "idle" }, "ses_3": { "type": "dreaming" } });
    let server = answering(ResponseTemplate::new(200).set_body_json(listed)).await;
    let activities = agent().activities(&endpoint(&server.uri())).await.unwrap();
    let busy = |id: &str| (id.to_owned(), SessionActivity::Busy);
    assert_eq!(activities, [busy("ses_1"), busy("ses_3")]);
}

#[tokio::test]
async fn a_prompt_is_posted_unless_it_is_known() {
    let known = |parts: Value| ResponseTemplate::new(200).set_body_json(user_message(&parts));
    let part = |id: &str| json!({ "id": id, "messageID": "msg_1", "sessionID": "ses_1", "type": "text", "text": "hi" });
    for (stored, posts) in [
        (ResponseTemplate::new(404), 1),
        (known(json!([])), 1), // The message is there and its text is not yet.
        (known(json!([part("prt_1")])), 0),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/session/ses_1/message/msg_1"))
            .respond_with(stored)
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/session/ses_1/prompt_async"))
            .and(query_param("directory", DIRECTORY))
            .and(body_json(json!({
                "messageID": "msg_1",
                "parts": [{ "id": "prt_1", "type": "text", "text": "hi" }],
                "model": { "providerID": "fake", "modelID": "fake-1" },
            })))
            .respond_with(ResponseTemplate::new(204))
            .expect(posts)
            .mount(&server)
            .await;
        agent()
            .send_prompt(&endpoint(&server.uri()), "ses_1", &prompt())
            .await
            .unwrap();
    }
}

/// Prompts with files: all together they would not be read.
#[tokio::test]
async fn messages_that_are_too_large_together_are_asked_for_in_smaller_numbers() {
    let server = MockServer::start().await;
    for (limit, count) in [("50", 50), ("25", 25), ("12", 12)] {
        let listed: Vec<_> = (0..count).map(|_| user_message(&json!([]))).collect();
        Mock::given(query_param("limit", limit))
            .respond_with(ResponseTemplate::new(200).set_body_json(listed))
            .expect(1)
            .mount(&server)
            .await;
    }
    let one = user_message(&json!([])).to_string().len() + 1;
    let limits = Limits {
        answer_bytes: 13 * one,
        ..Limits::default()
    };
    let messages = agent_with(limits).messages(&endpoint(&server.uri()), "ses_1", 50).await;
    assert_eq!(messages.unwrap().len(), 12);
}

#[tokio::test]
async fn one_broken_message_does_not_hide_the_others() {
    let listed = json!([{ "info": { "role": "prophet" } }, user_message(&json!([])), 7]);
    let server = answering(ResponseTemplate::new(200).set_body_json(listed)).await;
    let messages = agent().messages(&endpoint(&server.uri()), "ses_1", 50).await.unwrap();
    assert_eq!(
        messages.iter().map(|message| message.message.role).collect::<Vec<_>>(),
        [Role::User]
    );
}
