//! Signing in by a code.

use std::time::Duration;

use super::*;

async fn a_whole_sign_in(kind: Kind) {
    let both = Both::start(kind).await;
    let client = both.server.client();
    assert!(client.github().await.unwrap().github_setup.can_sign_in);
    let mut events = both.changes(client.cursor().await.unwrap());

    let login = both.begin().await;
    assert_eq!(login.state, GithubLoginState::Pending);
    assert_eq!(login.verification_url, format!("{}/login/device", both.github.url()));
    assert_eq!(both.begin().await.id, login.id, "it is under way already");
    assert_eq!(both.asked("/login/device/code"), 1);
    both.was_asked(POLL, 2).await;
    assert_eq!(both.account().await, None);

    both.github.order(Order::Approve);
    assert_eq!(both.settled(&login).await.state, GithubLoginState::Approved);
    let account = both.account().await.unwrap();
    assert_eq!(
        (account.login.as_str(), account.name.as_deref()),
        ("octo", Some("Octo Cat"))
    );
    assert_eq!((account.scopes, account.problem), (vec!["repo".to_owned()], None));
    let change = events.next().await.unwrap().unwrap();
    assert_eq!(change.actor.kind, ActorKind::Device);
    let Change::GithubAccountChanged(changed) = change.change else {
        panic!("{change:?}")
    };
    assert_eq!(changed.github_account.unwrap().login, "octo");
    let slowed = both.github.seen().windows(2).any(|two| {
        let [one, other] = two else { return false };
        one.path == POLL && other.path == POLL && other.at - one.at < Duration::from_millis(900)
    });
    assert!(!slowed, "GitHub was asked more often than it wants");

    let again = both.begin().await;
    assert_ne!(again.id, login.id, "the other one is over");
    assert_eq!(client.disconnect_github().await.unwrap().as_deref(), Some("octo"));
    assert_eq!(both.account().await, None);
    assert_eq!(client.disconnect_github().await.unwrap(), None);
    both.assert_no_token_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_typed_in_signs_in_on_sqlite() {
    a_whole_sign_in(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_typed_in_signs_in_on_postgres() {
    a_whole_sign_in(Kind::Postgres).await;
}

async fn killed_in_between(kind: Kind) {
    let mut both = Both::start(kind).await;
    let login = both.begin().await;
    both.was_asked(POLL, 1).await;
    both.server.kill();
    both.github.order(Order::Approve);
    both.server.run();
    assert_eq!(both.settled(&login).await.state, GithubLoginState::Approved);
    assert_eq!(both.account().await.unwrap().login, "octo");
    both.assert_no_token_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_outlives_the_server_on_sqlite() {
    killed_in_between(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_outlives_the_server_on_postgres() {
    killed_in_between(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_given_outlives_the_server_before_it_is_used() {
    let mut both = Both::start(Kind::Sqlite).await;
    // GitHub gives the token and then does not say whose it is.
    both.fail(
        Place::User,
        [Fault {
            hang: true,
            ..Fault::default()
        }],
    );
    both.github.order(Order::Approve);
    let login = both.begin().await;
    both.github.order(Order::Approve);
    both.was_asked(USER, 1).await;
    both.server.kill();
    both.server.run();
    assert_eq!(both.settled(&login).await.state, GithubLoginState::Approved);
    assert_eq!(both.github.tokens().len(), 1, "a token is given once");
    both.assert_no_token_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_lost_on_its_way_is_said_to_be() {
    let both = Both::start(Kind::Sqlite).await;
    // GitHub gives the token, and the answer does not arrive; its code is used then.
    both.fail(
        Place::AccessToken,
        [Fault {
            status_after: Some(502),
            ..Fault::default()
        }],
    );
    let login = both.begin().await;
    both.github.order(Order::Approve);
    let settled = both.settled(&login).await;
    assert_eq!(settled.state, GithubLoginState::Failed);
    assert!(message(&settled.problem).contains("Begin again"), "{settled:?}");
    assert_eq!(settled.problem.unwrap().code, ProblemCode::Rejected);
    assert_eq!(both.account().await, None);
    assert_eq!((both.asked(POLL), both.github.tokens().len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_as_its_person_wants() {
    let both = Both::start(Kind::Sqlite).await;
    let client = both.server.client();
    let denied = both.begin().await;
    both.github.order(Order::Deny);
    assert_eq!(both.settled(&denied).await.state, GithubLoginState::Denied);

    let expired = both.begin().await;
    both.github.order(Order::Expire);
    assert_eq!(both.settled(&expired).await.state, GithubLoginState::Expired);

    let cancelled = both.begin().await;
    let answer = client.cancel_github_login(&cancelled.id).await.unwrap();
    assert_eq!(answer.state, GithubLoginState::Cancelled);
    assert_eq!(both.settled(&cancelled).await.state, GithubLoginState::Cancelled);
    both.github.order(Order::Approve);
    let asked = both.asked(POLL);
    let last = both.begin().await;
    both.was_asked(POLL, asked + 2).await;
    assert_eq!(
        both.account().await,
        None,
        "the code of what was given up signs nobody in"
    );
    assert!(both.github.tokens().is_empty());
    both.github.order(Order::Approve);
    assert_eq!(both.settled(&last).await.state, GithubLoginState::Approved);
    let late = client.cancel_github_login(&last.id).await.unwrap();
    assert_eq!(late.state, GithubLoginState::Approved, "it has ended before");
    let nobody = client
        .cancel_github_login(&client.viewer().await.unwrap().device.id)
        .await;
    assert_eq!(code(nobody), ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_nobody_types_in_expires_by_itself() {
    let options = Options {
        expires_in: 2,
        interval: 120,
        ..Options::default()
    };
    let both = Both::new(Kind::Sqlite, options).await;
    let login = both.begin().await;
    // Long before it would be asked for the first time.
    let settled = tokio::time::timeout(Duration::from_secs(30), both.settled(&login))
        .await
        .unwrap();
    assert_eq!(settled.state, GithubLoginState::Expired);
    assert_eq!(both.asked(POLL), 0, "it is not asked more often than it wants");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watched_sign_in_is_told_at_once_and_to_its_end() {
    let both = Both::start(Kind::Sqlite).await;
    let login = both.begin().await;
    let mut changes = both.server.client().watch_github_login(&login.id).await.unwrap();
    let first = changes.next().await.unwrap().unwrap().github_login;
    assert_eq!(first, login);
    both.github.order(Order::Approve);
    let second = changes.next().await.unwrap().unwrap().github_login;
    assert_eq!(second.state, GithubLoginState::Approved);
    assert!(changes.next().await.is_none(), "nothing comes after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_app_only_tokens_sign_in() {
    let environment = [("PCC_AGENT_COMMAND", "no-such-opencode")];
    let server = TestServer::with(Kind::Sqlite, &json!({}), &environment).await;
    let github = server.client().github().await.unwrap();
    assert!(!github.github_setup.can_sign_in && github.github_account.is_none());
    assert_eq!(github.github_setup.url, "https://github.com");
    assert_eq!(code(server.client().begin_github_login().await), ErrorCode::Conflict);
}
