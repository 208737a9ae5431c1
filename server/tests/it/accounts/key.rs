//! The key of what is sealed, lost or laid open.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_signs_out_and_says_so() {
    let mut both = Both::start(Kind::Sqlite).await;
    both.connect().await;
    let login = both.begin().await;
    let key = both.server.data().join("secret.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let cursor = both.server.client().cursor().await.unwrap();
    both.server.kill();
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    both.server.run();

    let client = both.server.client();
    let mut events = both.changes(cursor);
    let change = events.next().await.unwrap().unwrap().change;
    assert!(matches!(change, Change::GithubAccountChanged(_)), "{change:?}");
    let account = both.account().await.unwrap();
    let problem = account.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GithubLoginRequired);
    assert!(problem.message.contains("key is lost"), "{}", problem.message);
    assert!(!problem.message.contains("secret.key"), "{}", problem.message);
    assert_eq!(
        code(client.github_repositories(None, None, None).await),
        ErrorCode::Conflict
    );
    let settled = both.settled(&login).await;
    assert_eq!(settled.state, GithubLoginState::Failed);
    assert!(!key.exists(), "reading makes no key");

    // Found again, all is well again; and so it is with another key and another token.
    fs::write(&key, &kept).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let exposed = both.account().await.unwrap().problem.unwrap();
    assert!(exposed.message.contains("other users"), "{}", exposed.message);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(both.account().await.unwrap().problem, None);
    fs::remove_file(&key).unwrap();
    both.connect().await;
    assert_eq!(both.account().await.unwrap().problem, None);
    assert_ne!(fs::read(&key).unwrap(), kept);
}
