//! The commands as the screens call them, against a server that a test plays.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tauri::{
    App, WebviewWindow, WebviewWindowBuilder,
    http::{HeaderMap, HeaderName},
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
    webview::InvokeRequest,
};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, body_string, header, method, path, query_param},
};

use crate::{commands, device::Device, keychain::tests::in_memory, session::Session};

/// Its window calls what the real one calls.
struct Screens {
    _app: App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    folder: TempDir,
}

impl Screens {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = commands(mock_builder())
            .manage(Session::new(in_memory()))
            .manage(Device::new(folder.path().join("kept")));
        let app = builder.build(mock_context(noop_assets())).unwrap();
        let window = WebviewWindowBuilder::new(&app, "main", Default::default())
            .build()
            .unwrap();
        Self {
            _app: app,
            window,
            folder,
        }
    }

    /// Pairs with a server, which is told the token `sesame` by.
    async fn paired_with(server: &MockServer) -> Self {
        redeems(server, "one").await;
        let screens = Self::open();
        assert_eq!(screens.pair(server), Ok(json!("one")));
        assert_eq!(screens.call("account", json!({})).unwrap()["account"], Value::Null);
        let shown = screens.call("enter", json!({})).unwrap();
        assert_eq!(
            shown,
            json!({ "account": { "server": server.uri(), "installation": "one", "deviceId": "device",
                "deviceName": "Laptop" }, "keychainProblem": null })
        );
        screens
    }

    fn pair(&self, server: &MockServer) -> Result<Value, Value> {
        let link = format!("{}/pair#CODE", server.uri());
        self.call("pair", json!({ "link": link, "deviceName": "Laptop" }))
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

/// Its code is good once, for access to this installation.
async fn redeems(server: &MockServer, installation: &str) {
    let device = json!({ "id": "device", "name": "Laptop", "scopes": [], "createdAt": "2026-01-01T00:00:00Z",
        "lastSeenAt": null, "isCurrent": true });
    let redeemed = json!({ "token": "sesame", "device": device, "installation": installation });
    Mock::given(body_partial_json(json!({ "operationName": "RedeemPairing" })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "data": { "redeemPairing": redeemed } })))
        .expect(1)
        .mount(server)
        .await;
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
async fn a_sign_in_is_begun_as_the_server_tells_it_and_opens_web_pages_alone() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let login = json!({ "id": "l", "state": "PENDING", "userCode": "WDJB-MJHT", "verificationUrl": "file:///etc/passwd",
        "expiresAt": "2026-01-01T00:00:00Z", "problem": null });
    let answer = json!({ "data": { "beginGithubLogin": { "githubLogin": login } } });
    let input = json!({ "operationName": "BeginGithubLogin", "variables": { "input": { "clientMutationId": "m" } } });
    Mock::given(body_partial_json(input))
        .respond_with(ResponseTemplate::new(200).set_body_json(&answer))
        .expect(1)
        .mount(&server)
        .await;
    // No plugin opens anything here: it would be missed.
    let begun = screens.call("initiate_oauth", json!({ "call": 1, "clientMutationId": "m" }));
    assert_eq!(begun.unwrap()["data"], answer["data"]);
    // It is watched by a socket, which this server has none of.
    let polled = screens.call("poll_oauth", json!({ "call": 2, "seen": login }));
    assert_eq!(polled.unwrap_err()["kind"], "unreachable");
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

/// What the screens' tests have a Rust side of their own for, which does the same.
const CASES: &str = include_str!("../../src/test/device-commands.json");

#[derive(Deserialize)]
struct Case {
    what: String,
    command: String,
    #[serde(default)]
    input: Value,
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    gives: Value,
    #[serde(default)]
    fails: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_device_keeps_is_asked_for_as_the_screens_tests_have_it() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    let mut handle = Value::Null;
    for case in cases {
        let answer = match case.headers {
            Some(mut headers) => {
                headers.insert("handle".to_owned(), handle.to_string().into());
                let headers = headers.iter().map(|(name, value)| {
                    (
                        name.parse::<HeaderName>().unwrap(),
                        value.as_str().unwrap().parse().unwrap(),
                    )
                });
                let bytes = serde_json::from_value(case.input).unwrap();
                screens.send(&case.command, InvokeBody::Raw(bytes), headers.collect())
            }
            None => {
                let mut input = case.input;
                if let Some(input) = input.as_object_mut() {
                    input.entry("handle").or_insert(handle.clone());
                }
                screens.call(&case.command, input)
            }
        };
        match answer {
            Err(error) => assert!(case.fails, "{}: {error}", case.what),
            Ok(gives) => {
                assert!(!case.fails, "{}: {gives}", case.what);
                if case.command == "device_open" {
                    assert!(gives.is_u64());
                    handle = gives;
                } else {
                    assert_eq!(gives, case.gives, "{}", case.what);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_the_accounts_and_goes_with_it() {
    let server = MockServer::start().await;
    let screens = Screens::open();
    let refused = screens.call("device_open", json!({})).unwrap_err();
    assert_eq!(refused["extensions"]["code"], "UNAUTHENTICATED");
    drop(screens);

    let screens = Screens::paired_with(&server).await;
    let handle = screens.call("device_open", json!({})).unwrap();
    let writes = json!([{ "kind": "put", "store": "outbox", "key": "o", "row": 1 }]);
    let write = || screens.call("device_write", json!({ "handle": handle, "writes": writes }));
    write().unwrap();
    let all = files_below(screens.folder.path());
    assert!(!all.is_empty());
    for file in all {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !bytes.windows(6).any(|part| part == b"sesame"),
            "{file:?} has the token"
        );
    }
    screens.call("forget", json!({})).unwrap();
    assert!(write().is_err());
    assert_eq!(files_below(screens.folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn paired_again_with_the_same_server_what_is_kept_stays() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let all = || {
        let handle = screens.call("device_open", json!({})).unwrap();
        let reads = json!([{ "store": "outbox" }]);
        screens
            .call("device_read", json!({ "handle": handle, "reads": reads }))
            .unwrap()
    };
    let handle = screens.call("device_open", json!({})).unwrap();
    let writes = json!([{ "kind": "put", "store": "outbox", "key": "o", "row": 1 }]);
    screens
        .call("device_write", json!({ "handle": handle, "writes": writes }))
        .unwrap();

    // At another address.
    let moved = MockServer::start().await;
    redeems(&moved, "one").await;
    screens.pair(&moved).unwrap();
    screens.call("enter", json!({})).unwrap();
    assert_eq!(all(), json!([[1]]));

    let other = MockServer::start().await;
    redeems(&other, "two").await;
    screens.pair(&other).unwrap();
    assert_eq!(all(), json!([[1]]), "nothing has changed yet");
    screens.call("enter", json!({})).unwrap();
    assert_eq!(all(), json!([[]]));
    assert!(screens.call("enter", json!({})).is_err(), "a link is good once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pairing_that_is_not_wanted_is_taken_back() {
    let server = MockServer::start().await;
    let screens = Screens::paired_with(&server).await;
    let other = MockServer::start().await;
    redeems(&other, "two").await;
    let revoked = json!({ "revokeDevice": { "device": { "id": "device", "name": "Laptop", "scopes": [],
        "createdAt": "2026-01-01T00:00:00Z", "lastSeenAt": null, "isCurrent": true } } });
    Mock::given(body_partial_json(json!({ "operationName": "RevokeDevice" })))
        .and(header("authorization", "Bearer sesame"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "data": revoked })))
        .expect(1)
        .mount(&other)
        .await;
    screens.pair(&other).unwrap();
    screens.call("refuse", json!({})).unwrap();
    let account = screens.call("account", json!({})).unwrap();
    assert_eq!(account["account"]["server"], json!(server.uri()));
    assert!(screens.call("enter", json!({})).is_err());
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}
