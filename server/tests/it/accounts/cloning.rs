//! A project of a private repository: real git, and a token that is seen nowhere.

use client::Accepted;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::*;

fn with_repositories() -> Options {
    Options {
        repositories: vec![
            repository("octo/secret", true, Some("2026-11-01T00:00:00Z")),
            repository("octo/open", false, Some("2026-11-02T00:00:00Z")),
        ],
        ..Options::default()
    }
}

impl Both {
    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.github.url())
    }

    async fn make(&self, name: &str, url: String) -> Accepted {
        let input = CreateProjectInput {
            name: name.to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Git(GitSourceInput { url, ref_: None }),
            decision_policy: None,
            client_mutation_id: None,
        };
        self.server.client().create_project(input).await.unwrap()
    }

    /// Waits until its repository is there, or until it is known why not.
    async fn first_step(&self, made: &Accepted) -> Operation {
        let client = self.server.client();
        until("the repository", async || {
            let operation = client.operation(&made.operation.id).await.unwrap()?;
            let step = operation.steps.first()?;
            let is_over = matches!(step.state, OperationStepState::Done | OperationStepState::Failed);
            is_over.then_some(operation)
        })
        .await
    }

    async fn check(&self, path: &str) -> GitUrlCheck {
        self.server.client().check_git_url(&self.at(path)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_repository_is_cloned_and_its_token_stays_nowhere() {
    let both = Both::new(Kind::Sqlite, with_repositories()).await;
    let found = both.check("octo/secret").await;
    let problem = found.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GithubLoginRequired, "{}", problem.message);
    assert!(problem.message.contains("sign in to GitHub"), "{}", problem.message);
    assert!(problem.message.starts_with("http://"), "{}", problem.message);
    assert!(both.check("octo/open").await.is_usable);
    let refused = both.make("refused", both.at("octo/secret.git")).await;
    let problem = both.first_step(&refused).await.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GithubLoginRequired);

    both.connect().await;
    for path in ["octo/secret", "octo/secret.git", "octo/open"] {
        let found = both.check(path).await;
        assert_eq!(
            (found.is_usable, found.default_branch.as_deref()),
            (true, Some("main")),
            "{path}"
        );
    }
    let gone = both.check("octo/absent").await.problem.unwrap();
    assert_eq!(
        gone.code,
        ProblemCode::Rejected,
        "an account does not help here: {}",
        gone.message
    );

    // What could not be made before is made now, by trying again.
    let client = both.server.client();
    client.retry_operation(&refused.operation.id).await.unwrap();
    let slug = refused.project.slug.as_str();
    until("the clone", async || {
        let by = ProjectBy::Slug(slug.to_owned());
        client.project(by).await.unwrap()?.repository?.default_branch
    })
    .await;

    let made = both.make("secret", both.at("octo/secret.git")).await;
    let operation = both.first_step(&made).await;
    assert_eq!(operation.steps[0].state, OperationStepState::Done, "{operation:?}");
    let mut readmes = 0;
    look_into(&both.server.data().join("repositories"), &mut |path, _| {
        readmes += usize::from(path.ends_with("refs/heads/main") || path.ends_with("packed-refs"));
    });
    assert!(readmes > 0, "nothing was cloned");
    both.assert_no_token_is_left().await;
    let shown = format!(
        "{:?} {:?}",
        made,
        both.server.client().projects(None, None).await.unwrap()
    );
    assert!(both.github.tokens().iter().all(|token| !shown.contains(token)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_goes_to_no_other_host() {
    let both = Both::new(Kind::Sqlite, with_repositories()).await;
    both.connect().await;
    let other = MockServer::start().await;
    let wants = ResponseTemplate::new(401).insert_header("www-authenticate", "Basic realm=\"GitHub\"");
    Mock::given(any()).respond_with(wants).mount(&other).await;
    let port = other.address().port();
    // Another server; and the same machine by another name, which is another origin.
    let github_port = both.github.url().rsplit(':').next().unwrap().to_owned();
    for url in [
        format!("http://127.0.0.1:{port}/octo/secret.git"),
        format!("http://localhost:{github_port}/octo/secret.git"),
    ] {
        let problem = both.server.client().check_git_url(&url).await.unwrap().problem.unwrap();
        assert_eq!(problem.code, ProblemCode::LoginRequired, "{url}: {}", problem.message);
    }
    // Nor where GitHub sends whoever asks.
    let elsewhere = Fault {
        redirect: Some(other.uri()),
        ..Fault::default()
    };
    for place in [Place::Git, Place::Repositories, Place::User] {
        both.fail(place, [elsewhere.clone()]);
    }
    assert!(!both.check("octo/secret").await.is_usable);
    let client = both.server.client();
    assert_eq!(
        code(client.github_repositories(None, None, None).await),
        ErrorCode::Unavailable
    );
    let token = both.github.make_token();
    assert_eq!(code(client.connect_github(&token.into()).await), ErrorCode::Unavailable);

    let requests = other.received_requests().await.unwrap();
    assert!(!requests.is_empty());
    for request in requests {
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
        assert!(
            request.url.path().starts_with("/octo/"),
            "a redirect was followed: {request:?}"
        );
    }
    let at_other_name = both.github.seen();
    let without = at_other_name
        .iter()
        .filter(|seen| seen.path.starts_with("/octo/") && !seen.has_login);
    assert!(without.count() >= 1, "it was never asked by its other name");
    assert_eq!(
        both.account().await.unwrap().problem,
        None,
        "nothing is wrong with the account"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_repository_is_cloned_although_the_token_was_revoked() {
    let both = Both::new(Kind::Sqlite, with_repositories()).await;
    both.connect().await;
    both.github.order(Order::Revoke);
    let made = both.make("open", both.at("octo/open")).await;
    let operation = both.first_step(&made).await;
    assert_eq!(operation.steps[0].state, OperationStepState::Done, "{operation:?}");
    let problem = both.account().await.unwrap().problem.unwrap();
    assert!(problem.message.contains("Sign in again"), "{}", problem.message);
    let private = both.check("octo/secret").await.problem.unwrap();
    assert_eq!(private.code, ProblemCode::GithubLoginRequired);
}
