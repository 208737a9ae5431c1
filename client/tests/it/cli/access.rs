use serde_json::{Value, json};

use super::{AT, project};
use crate::support::{Answer, Server, pcc::Pcc};

/// A server that knows one code and then one token's projects.
async fn server() -> Server {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("RedeemPairing") if body["variables"]["input"]["code"] == "RIGHT" => {
            let device = json!({ "id": "d", "name": body["variables"]["input"]["deviceName"], "scopes": ["ADMIN"],
                "createdAt": AT, "isCurrent": true });
            Answer::Data(json!({ "redeemPairing": { "token": "hush-hush", "device": device, "installation": "i" } }))
        }
        Some("RedeemPairing") => Answer::Error("This code is not valid.", json!({ "code": "UNAUTHENTICATED" })),
        Some("Projects") => {
            let page = json!({ "hasNextPage": false });
            Answer::Data(json!({ "projects": { "nodes": [project("RUNNING")], "pageInfo": page, "totalCount": 1 } }))
        }
        other => panic!("{other:?}"),
    };
    Server::start(answer, |_| Vec::new(), []).await
}

#[tokio::test]
async fn pairing_keeps_the_token_for_later_and_for_itself() {
    let server = server().await;
    let pcc = Pcc::unpaired();
    let paired = pcc
        .run(&["pair", &format!("{}/pair#RIGHT", server.base), "--name", "laptop"])
        .await;
    assert!(paired.status.success(), "{paired:?}");
    assert!(
        paired.stdout.contains("laptop") && !paired.stdout.contains("hush"),
        "{paired:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(pcc.config()).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let listed = pcc.run(&["projects", "--json"]).await;
    assert_eq!(listed.json()[0]["slug"], "demo");
    assert_eq!(server.tokens(), [Value::Null, json!("Bearer hush-hush")]);
}

#[tokio::test]
async fn a_wrong_code_leaves_no_file() {
    let server = server().await;
    let pcc = Pcc::unpaired();
    let refused = pcc
        .run(&["pair", &format!("{}/pair#WRONG", server.base), "--json"])
        .await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        refused.error(),
        json!({ "code": "UNAUTHENTICATED", "message": "This code is not valid." })
    );
    assert!(!pcc.config().exists());
}

#[tokio::test]
async fn without_a_pairing_it_says_how_to_get_one() {
    let refused = Pcc::unpaired().run(&["projects"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("pcc pair"), "{refused:?}");
}

#[tokio::test]
async fn wrong_usage_is_two() {
    let pcc = Pcc::unpaired();
    for arguments in [&["nonsense"][..], &["events"], &["pair", "no-link"], &["new"]] {
        let refused = pcc.run(arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty());
        let arguments = [arguments, &["--json"]].concat();
        assert_eq!(pcc.run(&arguments).await.error()["code"], "USAGE");
    }
}

#[tokio::test]
async fn a_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Pcc::unpaired().run(&["completions", shell]).await;
        assert!(
            script.status.success() && script.stdout.contains("restart"),
            "{script:?}"
        );
    }
}
