//! Where repositories are copied from: servers that fail, refuse, wait or mean harm.

use std::{net::IpAddr, time::Duration};

use server::forge::{
    ForgeError, GitForge,
    git::{Git, GitError, GitOptions},
    local::LocalLimits,
    policy::{Policy, Route},
    reference::GitRef,
    url::{GitUrl, UrlError},
};
use tokio::net::TcpListener;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::support::git::{
    Worktree, copy_of, create, forge_with, is_empty, local_forge, names_in, open_policy, owner, plant, processes_in,
};

#[tokio::test]
async fn a_url_that_leads_nowhere_is_said_to() {
    let folder = tempfile::tempdir().unwrap();
    let forge = local_forge(folder.path());
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = MockServer::start().await;
    for (status, path) in [
        (404, "/absent"),
        (401, "/private"),
        (403, "/forbidden"),
        (301, "/moved"),
        (503, "/ill"),
    ] {
        let answer = ResponseTemplate::new(status)
            .insert_header("www-authenticate", "Basic realm=\"x\"")
            .insert_header("location", "http://127.0.0.1:1/elsewhere");
        let there = wiremock::matchers::path_regex(format!("^{path}"));
        Mock::given(any()).and(there).respond_with(answer).mount(&server).await;
    }
    let at = |path: &str| format!("{}{path}", server.uri());
    for (url, wanted) in [
        (at("/absent/x"), "rejected: there is no git repository at"),
        (at("/private/x"), "login: "),
        (at("/forbidden/x"), "login: "),
        (at("/moved/x"), "rejected: "),
        (at("/ill/x"), "unavailable: "),
        (format!("http://{closed}/x"), "unavailable: "),
        ("https://no-such-host.invalid/x".to_owned(), ""),
        (
            format!("file://{}/absent", folder.path().display()),
            "rejected: there is no git repository at",
        ),
        (
            format!("file://{}", folder.path().display()),
            "rejected: there is no git repository at",
        ),
    ] {
        let url = GitUrl::parse(&url).unwrap();
        let check = forge.check(&url).await.unwrap_err();
        let create = create(&forge, &copy_of(url.clone(), owner())).await.unwrap_err();
        for error in [check, create] {
            let kind = match &error {
                ForgeError::Rejected(_) => "rejected",
                ForgeError::LoginRequired(_) => "login",
                ForgeError::Unavailable { .. } => "unavailable",
                other => panic!("{url}: {other:?}"),
            };
            let said = format!("{kind}: {error}");
            assert!(said.starts_with(wanted), "{url}: {said}");
        }
    }
    assert!(is_empty(&folder.path().join("repositories")));
    let requests = server.received_requests().await.unwrap();
    assert!(
        requests.iter().all(|request| !request.url.path().contains("elsewhere")),
        "a redirect was followed"
    );
}

#[tokio::test]
async fn a_url_is_fetched_only_by_leave() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let forge = forge_with(folder.path(), Policy::default(), LocalLimits::default());
    let refused = create(&forge, &copy_of(source.url(), owner())).await;
    let Err(ForgeError::Rejected(sentence)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(sentence, UrlError::FileNotAllowed.to_string());
    // Not one packet goes to a service of this machine.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = GitUrl::parse(&format!("https://{host}:{}/x", listener.local_addr().unwrap().port())).unwrap();
        let refused = forge.check(&url).await;
        assert!(matches!(refused, Err(ForgeError::Rejected(_))), "{host}: {refused:?}");
    }
    let knock = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(knock.is_err(), "somebody connected");
}

/// Were a value taken for an option or a helper, the file would be there.
#[tokio::test]
async fn nothing_given_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let proof = folder.path().join("proof");
    let touch = format!("touch${{IFS}}{}", proof.display());
    for text in [
        format!("ext::{touch}"),
        format!("--upload-pack={touch}"),
        format!("-u{touch}"),
        format!("ssh://-oProxyCommand={touch}/x"),
        format!("-oProxyCommand={touch}:x"),
        format!("fd::7/{touch}"),
    ] {
        assert!(GitUrl::parse(&text).is_err(), "{text}");
    }
    for text in [
        format!("--output={}", proof.display()),
        "-h".to_owned(),
        "--all".to_owned(),
    ] {
        assert!(GitRef::parse(&text).is_err(), "{text}");
    }
    assert!(!proof.exists());
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = GitUrl::parse(&format!("http://{}/x", listener.local_addr().unwrap())).unwrap();
    let limits = LocalLimits {
        check_timeout: Duration::from_millis(300),
        ..LocalLimits::default()
    };
    let error = forge_with(folder.path(), open_policy(), limits).check(&url).await;
    assert!(matches!(error, Err(ForgeError::Unavailable { .. })), "{error:?}");
}

#[tokio::test]
async fn only_branches_and_tags_are_copied() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    source.git(&["update-ref", "refs/pull/1/head", "HEAD"]);
    source.git(&["update-ref", "refs/notes/commits", "HEAD"]);
    source.git(&["checkout", "--quiet", "--detach", "feature/one"]);
    let forge = local_forge(folder.path());
    let made = create(&forge, &copy_of(source.url(), owner())).await.unwrap();
    let refs = Worktree(made.clone_from.into()).git(&["for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/heads/feature/one\nrefs/heads/main\nrefs/tags/v1");
    assert_eq!(made.default_branch.as_deref(), Some("feature/one"));
}

#[tokio::test]
async fn hooks_and_settings_of_a_source_run_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = Worktree::with_history(&folder.path().join("source"));
    let proof = plant(&source.0.join(".git"), folder.path());
    let forge = local_forge(folder.path());
    let made = create(&forge, &copy_of(source.url(), owner())).await.unwrap();
    assert!(!names_in(made.clone_from.as_ref()).contains(&"hooks".to_owned()));
    assert_eq!(std::fs::read_to_string(&proof).unwrap_or_default(), "");
}

/// The name would lead nowhere: git goes where the check said.
#[tokio::test]
async fn git_goes_to_the_address_that_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let git = Git::new(GitOptions::in_folder(folder.path()));
    let loopback: IpAddr = "127.0.0.1".parse().unwrap();
    let ask = |url: String| {
        let route = Route {
            url: GitUrl::parse(&url).unwrap(),
            addresses: vec![loopback],
        };
        let command = git
            .command("ls-remote")
            .args(["--end-of-options", route.url.as_str()])
            .remote(&route);
        tokio::spawn(command.timeout(Duration::from_secs(20)).run())
    };
    let server = MockServer::start().await;
    let answer = ask(format!("http://name.invalid:{}/x", server.address().port()))
        .await
        .unwrap()
        .err();
    assert!(
        matches!(&answer, Some(GitError::Failed { message, .. }) if message.contains("not found")),
        "{answer:?}"
    );
    assert!(
        server.received_requests().await.unwrap()[0].headers["host"]
            .to_str()
            .unwrap()
            .starts_with("name.invalid")
    );

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asking = ask(format!(
        "ssh://git@name.invalid:{}/x",
        listener.local_addr().unwrap().port()
    ));
    let came = tokio::time::timeout(Duration::from_secs(20), listener.accept()).await;
    assert!(came.is_ok(), "ssh went elsewhere: {:?}", asking.await.unwrap().err());
    asking.abort();
    crate::support::git::eventually("ssh is gone", || processes_in(folder.path()).is_empty()).await;
}
