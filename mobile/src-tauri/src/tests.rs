//! The commands as the screens call them, against a server that a test plays.

use serde_json::{Value, json};
use tauri::{
    App, WebviewWindow, WebviewWindowBuilder,
    http::HeaderMap,
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
    webview::InvokeRequest,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, body_string, header, method, path, query_param},
};

use crate::{commands, keychain::tests::in_memory, session::Session};

/// Its window calls what the real one calls.
struct Screens {
    _app: App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
}

impl Screens {
    fn open() -> Self {
        let builder = commands(mock_builder()).manage(Session::new(in_memory()));
        let app = builder.build(mock_context(noop_assets())).unwrap();
        let window = WebviewWindowBuilder::new(&app, "main", Default::default())
            .build()
            .unwrap();
        Self { _app: app, window }
    }

    /// Pairs with a server, which is told the token `sesame` by.
    async fn paired_with(server: &MockServer) -> Self {
        let device = json!({ "id": "device", "name": "Laptop", "scopes": [], "createdAt": "2026-01-01T00:00:00Z",
            "lastSeenAt": null, "isCurrent": true });
        Mock::given(body_partial_json(json!({ "operationName": "RedeemPairing" })))
            .respond_with(
                ResponseTemplate::new(200)
                    .set_body_json(json!({ "data": { "redeemPairing": { "token": "sesame", "device": device } } })),
            )
            .expect(1)
            .mount(server)
            .await;
        let screens = Self::open();
        let link = format!("{}/pair#CODE", server.uri());
        let shown = screens
            .call("pair", json!({ "link": link, "deviceName": "Laptop" }))
            .unwrap();
        assert_eq!(
            shown,
            json!({ "account": { "server": server.uri(), "deviceId": "device", "deviceName": "Laptop" },
                "keychainProblem": null })
        );
        screens
    }

    fn call(&self, command: &str, input: Value) -> Result<Value, Value> {
        self.send(command, InvokeBody::Json(input), HeaderMap::new())
    }

    fn send(&self, command: &str, body: InvokeBody, headers: HeaderMap) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body,
            headers,
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|body| body.deserialize().unwrap())
    }

    fn ask(&self) -> Result<Value, Value> {
        self.call(
            "run",
            json!({ "call": 1, "operation": "CurrentCursor", "variables": {} }),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_asked_with_the_token_and_the_screens_see_the_answer_alone() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let errors = json!([{ "message": "Away.", "extensions": { "code": "UNAVAILABLE" } }]);
    Mock::given(method("POST"))
        .and(path("/graphql"))
        .and(header("authorization", "Bearer sesame"))
        .and(body_partial_json(
            json!({ "operationName": "CurrentCursor", "query": "query CurrentCursor {\n  cursor\n}\n" }),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "data": { "cursor": "7" }, "errors": errors })))
        .expect(1)
        .mount(&server)
        .await;
    let answer = screens.ask().unwrap();
    assert_eq!(answer["data"], json!({ "cursor": "7" }));
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "UNAVAILABLE" }));
    let account = screens.call("account", json!({})).unwrap();
    assert!(!account.to_string().contains("sesame"), "{account}");
    screens.call("forget", json!({})).unwrap();
    assert_eq!(screens.ask().unwrap_err()["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_told_at_once() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(screens.ask().unwrap_err()["kind"], "unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_none_pairs_nothing() {
    let screens = Screens::open();
    let refused = screens.call("pair", json!({ "link": "K7QF-M2XA", "deviceName": "Laptop" }));
    assert_eq!(refused.unwrap_err()["kind"], "here");
    assert_eq!(screens.call("account", json!({})).unwrap()["account"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_as_it_is_whichever_way_it_comes() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let attachment = json!({ "id": "a", "name": "é 1.txt", "mediaType": "text/plain", "size": 3 });
    Mock::given(path("/attachments"))
        .and(query_param("name", "é 1.txt"))
        .and(header("authorization", "Bearer sesame"))
        .and(body_string("abc"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "data": { "attachment": attachment } })))
        .expect(2)
        .mount(&server)
        .await;
    for body in [InvokeBody::Raw(b"abc".to_vec()), InvokeBody::Json(json!([97, 98, 99]))] {
        let headers = HeaderMap::from_iter([
            ("name".parse().unwrap(), "%C3%A9%201.txt".parse().unwrap()),
            ("call".parse().unwrap(), "1".parse().unwrap()),
        ]);
        assert_eq!(screens.send("upload", body, headers), Ok(attachment.clone()));
    }
}
