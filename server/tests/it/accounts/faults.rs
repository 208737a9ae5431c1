//! GitHub in a bad mood, while somebody signs in.

use std::time::Duration;

use super::*;

fn status(status: u16) -> Fault {
    Fault {
        status: Some(status),
        ..Fault::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_less_often_where_it_says_so() {
    let both = Both::start(Kind::Sqlite).await;
    let slow = Fault {
        slow_down: Some(3),
        ..Fault::default()
    };
    both.fail(Place::AccessToken, [slow]);
    let login = both.begin().await;
    both.was_asked(POLL, 3).await;
    let polls: Vec<_> = both
        .github
        .seen()
        .into_iter()
        .filter(|seen| seen.path == POLL)
        .collect();
    for two in polls.windows(2) {
        let pause = two[1].at - two[0].at;
        assert!(pause >= Duration::from_millis(2_900), "{pause:?}");
    }
    both.github.order(Order::Approve);
    assert_eq!(both.settled(&login).await.state, GithubLoginState::Approved);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_waited_out() {
    let both = Both::start(Kind::Sqlite).await;
    let limit = Fault {
        limit: Some(2),
        ..Fault::default()
    };
    both.fail(Place::AccessToken, [status(500)]);
    both.fail(Place::User, [limit]);
    let login = both.begin().await;
    both.github.order(Order::Approve);
    let client = both.server.client();
    let waiting = until("the problem to show", async || {
        client
            .github_login(&login.id)
            .await
            .unwrap()
            .filter(|login| login.problem.is_some())
    })
    .await;
    assert_eq!(waiting.state, GithubLoginState::Pending);
    let problem = waiting.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::Unavailable);
    assert!(problem.next_attempt_at.is_some());
    assert!(!problem.message.contains("127.0.0.1"), "{}", problem.message);

    let settled = both.settled(&login).await;
    assert_eq!((settled.state, settled.problem), (GithubLoginState::Approved, None));
    let gaps: Vec<_> = both.github.seen().windows(2).map(|two| two[1].at - two[0].at).collect();
    // After the failure, and after the limit.
    assert!(
        gaps.iter().filter(|gap| **gap >= Duration::from_secs(9)).count() >= 2,
        "{gaps:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_is_left_and_asked_again() {
    let both = Both::start(Kind::Sqlite).await;
    let hang = Fault {
        hang: true,
        ..Fault::default()
    };
    both.fail(Place::AccessToken, [hang]);
    let login = both.begin().await;
    both.github.order(Order::Approve);
    assert_eq!(both.settled(&login).await.state, GithubLoginState::Approved);
    assert_eq!(both.asked(POLL), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_the_sign_in_and_says_why() {
    let both = Both::start(Kind::Sqlite).await;
    both.fail(Place::AccessToken, [status(422)]);
    let login = both.begin().await;
    let settled = both.settled(&login).await;
    assert_eq!(settled.state, GithubLoginState::Failed);
    assert!(message(&settled.problem).contains("422"), "{settled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_begun_is_said_at_once() {
    let both = Both::start(Kind::Sqlite).await;
    let elsewhere = Fault {
        redirect: Some("https://elsewhere.invalid/login".to_owned()),
        ..Fault::default()
    };
    let limit = Fault {
        limit: Some(17),
        ..Fault::default()
    };
    both.fail(Place::DeviceCode, [status(502), elsewhere, limit]);
    let client = both.server.client();
    for after in [None, None, Some(Duration::from_secs(17))] {
        let Err(Error::Refused(failure)) = client.begin_github_login().await else {
            panic!("it was begun")
        };
        assert_eq!(failure.code, ErrorCode::Unavailable);
        assert_eq!(
            (failure.system.as_deref(), failure.retry_after),
            (Some("github"), after)
        );
    }
    // Asking again would not help: nobody is to take it for a passing fault.
    both.fail(Place::DeviceCode, [status(422)]);
    assert_eq!(code(client.begin_github_login().await), ErrorCode::Conflict);
    assert_eq!(both.begin().await.state, GithubLoginState::Pending);
}
