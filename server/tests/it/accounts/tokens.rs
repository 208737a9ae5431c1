//! Signing in with a token that was made by hand.

use client::operations::connect_github;

use super::*;

async fn a_token_is_tried_and_kept(kind: Kind) {
    let both = Both::start(kind).await;
    let client = both.server.client();
    let token = both.connect().await;
    assert_eq!(both.account().await.unwrap().problem, None);

    // Another takes its place, and one that is wrong does not.
    both.connect().await;
    for wrong in ["gho_wrong", "", "a b", "päss", &"x".repeat(256)] {
        let Err(Error::Refused(failure)) = client.connect_github(&wrong.to_owned().into()).await else {
            panic!("{wrong:?} was taken")
        };
        assert_eq!(failure.code, ErrorCode::InvalidInput);
        assert_eq!(failure.field.as_deref(), Some("token"));
        assert!(
            wrong.is_empty() || !failure.message.contains(wrong),
            "{}",
            failure.message
        );
    }
    assert_eq!(both.account().await.unwrap().login, "octo");

    // The answer was lost, and it is sent again; or something else is, under the same name.
    let send = async |token: &str, id: &str| {
        let input = ConnectGithubInput {
            token: token.to_owned(),
            client_mutation_id: Some(id.to_owned()),
        };
        client
            .run::<client::operations::ConnectGithub>(connect_github::Variables { input }, client::Repeat::Harmful)
            .await
    };
    send(&token, "one").await.unwrap();
    let asked = both.asked(USER);
    send(&token, "one").await.unwrap();
    assert_eq!(both.asked(USER), asked, "it is answered and not done again");
    let other = both.github.make_token();
    assert_eq!(code(send(&other, "one").await), ErrorCode::IdempotencyMismatch);
    both.assert_no_token_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_tried_before_it_is_kept_on_sqlite() {
    a_token_is_tried_and_kept(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_tried_before_it_is_kept_on_postgres() {
    a_token_is_tried_and_kept(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_is_found_out_and_used_no_more() {
    let both = Both::start(Kind::Sqlite).await;
    let client = both.server.client();
    both.connect().await;
    client.github_repositories(None, None, None).await.unwrap();
    let mut events = both.changes(client.cursor().await.unwrap());

    both.github.order(Order::Revoke);
    // What was read a moment ago is still told.
    client.github_repositories(None, None, None).await.unwrap();
    let url = format!("{}/octo/any", both.github.url());
    assert!(!client.check_git_url(&url).await.unwrap().is_usable);
    let change = events.next().await.unwrap().unwrap().change;
    let Change::GithubAccountChanged(changed) = change else {
        panic!("{change:?}")
    };
    let problem = changed.github_account.unwrap().problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GithubLoginRequired);

    let asked = both.github.seen().len();
    assert_eq!(
        code(client.github_repositories(None, None, None).await),
        ErrorCode::Conflict
    );
    assert_eq!(both.github.seen().len(), asked, "it is used no more");
    both.connect().await;
    assert_eq!(both.account().await.unwrap().problem, None);
    client.github_repositories(None, None, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_manage_sees_who_is_signed_in_and_no_more() {
    let both = Both::start(Kind::Sqlite).await;
    both.connect().await;
    let made = both
        .server
        .command(&["token", "create", "--name", "r", "--scope", "steer"])
        .0
        .output();
    let token = String::from_utf8(made.unwrap().stdout).unwrap().trim().to_owned();
    let reader = client::Client::new(&both.server.url(), token.into()).unwrap();
    assert_eq!(reader.github().await.unwrap().github_account.unwrap().login, "octo");
    assert_eq!(
        code(reader.github_repositories(None, None, None).await),
        ErrorCode::Forbidden
    );
    assert_eq!(code(reader.begin_github_login().await), ErrorCode::Forbidden);
    assert_eq!(code(reader.disconnect_github().await), ErrorCode::Forbidden);
    let token = both.github.make_token();
    assert_eq!(code(reader.connect_github(&token.into()).await), ErrorCode::Forbidden);
}
