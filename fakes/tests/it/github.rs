//! The double of GitHub: as strict as GitHub where it is.

use fakes::github::{GitHub, Options, Order, Repository};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn github() -> GitHub {
    let repository = |name: &str, private: bool| Repository {
        full_name: name.to_owned(),
        description: None,
        private,
        fork: false,
        archived: false,
        pushed_at: None,
    };
    let options = Options {
        interval: 0,
        repositories: vec![repository("octo/open", false), repository("octo/secret", true)],
        ..Options::default()
    };
    GitHub::start(options).await.unwrap()
}

fn client() -> Client {
    Client::builder().user_agent("tests").no_proxy().build().unwrap()
}

fn ask(github: &GitHub, path: &str, fields: &Value) -> RequestBuilder {
    let address = format!("{}/login/{path}", github.url());
    client().post(address).header("accept", "application/json").json(fields)
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_code_is_asked_about_until_it_was_typed_in_and_gives_one_token() {
    let github = github().await;
    let asked = json!({ "client_id": "Iv1.fake", "scope": "repo" });
    let (_, code) = answer(ask(&github, "device/code", &asked)).await;
    let mut fields = json!({ "client_id": "Iv1.fake", "device_code": code["device_code"], "grant_type": GRANT });
    let token = async |fields: &Value| answer(ask(&github, "oauth/access_token", fields)).await.1;
    assert_eq!(token(&fields).await["error"], "authorization_pending");
    github.order(Order::Approve);
    let given = token(&fields).await;
    assert!(
        github
            .tokens()
            .iter()
            .any(|known| given["access_token"] == known.as_str()),
        "{given}"
    );
    assert_eq!(token(&fields).await["error"], "incorrect_device_code");
    for (field, value, error) in [
        ("client_id", "other", "incorrect_client_credentials"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("device_code", "other", "incorrect_device_code"),
    ] {
        let right = std::mem::replace(&mut fields[field], json!(value));
        assert_eq!(token(&fields).await["error"], error);
        fields[field] = right;
    }
}

#[tokio::test]
async fn who_asks_too_often_is_slowed_down() {
    let github = GitHub::start(Options::default()).await.unwrap();
    let asked = json!({ "client_id": "Iv1.fake", "scope": "repo" });
    let (_, code) = answer(ask(&github, "device/code", &asked)).await;
    let fields = json!({ "client_id": "Iv1.fake", "device_code": code["device_code"], "grant_type": GRANT });
    let (status, slow) = answer(ask(&github, "oauth/access_token", &fields)).await;
    assert_eq!(
        (status, &slow["error"], &slow["interval"]),
        (StatusCode::OK, &json!("slow_down"), &json!(6))
    );
}

#[tokio::test]
async fn what_github_would_refuse_is_refused() {
    let github = github().await;
    let token = github.make_token();
    let api = |path: &str| client().get(format!("{}/{path}", github.api_url()));
    let as_whom = |path: &str, token: &str| {
        api(path)
            .bearer_auth(token)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
    };
    let right = |path: &str| as_whom(path, &token);
    let nobody = Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .get(format!("{}/user", github.api_url()));
    let listed = "user/repos?sort=pushed";
    for (request, status) in [
        (right("user"), 200),
        (right(listed), 200),
        (right(&format!("{listed}&affiliation=owner&per_page=100&page=2")), 200),
        (nobody, 403),
        (api("user").bearer_auth(&token), 415),
        (
            api("user")
                .bearer_auth(&token)
                .header("accept", "application/vnd.github+json"),
            400,
        ),
        (as_whom("user", "other"), 401),
        (right(&format!("{listed}&affiliation=owner&type=all")), 422),
        (right(&format!("{listed}&per_page=101")), 422),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(request.send().await.unwrap().status(), status, "{shown}");
    }
    let without_form = ask(&github, "device/code", &json!({ "client_id": "Iv1.fake" }));
    assert_eq!(answer(without_form).await.0, StatusCode::BAD_REQUEST);
    let other_app = ask(
        &github,
        "device/code",
        &json!({ "client_id": "other", "scope": "repo" }),
    );
    assert_eq!(answer(other_app).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn git_is_let_in_as_github_lets_it_in() {
    let github = github().await;
    let token = github.make_token();
    let refs = |name: &str| {
        client().get(format!(
            "{}/octo/{name}/info/refs?service=git-upload-pack",
            github.url()
        ))
    };
    for (request, status) in [
        (refs("open"), 200),
        (refs("open.git"), 200),
        (refs("secret"), 401),
        (refs("absent"), 401),
        (refs("secret").basic_auth("anything", Some(&token)), 200),
        (refs("absent").basic_auth("anything", Some(&token)), 404),
        // A login that is no good is refused even where none is needed.
        (refs("open").basic_auth("anything", Some("other")), 401),
        (refs("secret").basic_auth(&token, None::<&str>), 401),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(request.send().await.unwrap().status(), status, "{shown}");
    }
}
