//! A developer's git against the smart HTTP of the server.

mod bench;

use std::time::Duration;

use server::{
    forge::{
        ForgeError, GitForge, Owner, RepositorySource, RepositorySpec,
        git::{
            Git, GitOptions,
            backend::{BackendLimits, BackendRequest, Service},
        },
        local::LocalForge,
        url::GitUrl,
    },
    http::git::GitHttpLimits,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};
use uuid::Uuid;

use crate::support::git::{Worktree, developer_git, eventually, local_forge, noise, plant};

use bench::{READ_ONLY, Server, TOKEN, http, run};

#[tokio::test]
async fn clone_commit_push_fetch() {
    let server = Server::start().await;
    let (one, two) = (server.clone_to("one", &[]).await, server.clone_to("two", &[]).await);
    assert_eq!(std::fs::read_to_string(one.0.join("README.md")).unwrap(), "# Demo\n");
    let pushed = one.commit("new.txt", b"new", "New");
    run(&one.0, &["push", "--quiet", "origin", "main", "main:topic"])
        .await
        .unwrap();
    assert_eq!(
        *server.access.pushes.lock().unwrap(),
        [("demo".to_owned(), "Phone".to_owned())]
    );
    run(&two.0, &["fetch", "--quiet"]).await.unwrap();
    assert_eq!(two.git(&["rev-parse", "origin/main"]), pushed);
    assert_eq!(two.git(&["rev-parse", "origin/topic"]), pushed);
    let reflog = std::fs::read_to_string(server.access.path.join("logs/refs/heads/main")).unwrap();
    assert!(reflog.lines().last().unwrap().contains("Phone"), "{reflog}");

    // A push that changes nothing, and one that is refused, are no news.
    run(&one.0, &["push", "--quiet", "origin", "main"]).await.unwrap();
    two.commit("other.txt", b"other", "Other");
    let refused = run(
        &two.0,
        &["push", "--quiet", "--force", "origin", "HEAD~1:topic", "main"],
    )
    .await
    .unwrap_err();
    assert!(refused.contains("non-fast-forward"), "{refused}");
    assert_eq!(server.pushes(), 1);
    eventually("git is gone", || server.processes().is_empty()).await;
}

#[tokio::test]
async fn shallow_and_old_and_new_protocol() {
    let server = Server::start().await;
    let work = server.clone_to("work", &[]).await;
    for number in 0..5 {
        work.commit("n.txt", number.to_string().as_bytes(), &format!("Number {number}"));
    }
    run(&work.0, &["push", "--quiet"]).await.unwrap();
    let shallow = server.clone_to("shallow", &["--depth=2"]).await;
    assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]), "2");
    run(&shallow.0, &["fetch", "--quiet", "--unshallow"]).await.unwrap();
    assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]), "6");
    let url = server.url(TOKEN);
    for version in ["0", "1", "2"] {
        let version = format!("protocol.version={version}");
        let refs = run(server.folder.path(), &["-c", &version, "ls-remote", &url])
            .await
            .unwrap();
        assert_eq!(refs.lines().count(), 2, "{refs}");
    }
    // Version 2 is spoken when asked for.
    let request = http()
        .get(format!("{url}/info/refs?service=git-upload-pack"))
        .header("git-protocol", "version=2");
    let answer = request.send().await.unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "application/x-git-upload-pack-advertisement"
    );
    assert!(answer.headers()["cache-control"].to_str().unwrap().contains("no-cache"));
    assert!(answer.text().await.unwrap().contains("version 2"));
}

/// Large pushes come in chunks, after an empty request that asks for the login; large requests to fetch come gzipped.
#[tokio::test]
async fn a_large_push_is_streamed() {
    let server = Server::start().await;
    let work = server.clone_to("work", &[]).await;
    let bytes = noise(50 << 20);
    work.commit("large.bin", &bytes, "Large");
    run(&work.0, &["push", "--quiet"]).await.unwrap();
    assert_eq!(server.pushes(), 1, "the empty request that came first is no push");
    let copy = server.clone_to("copy", &[]).await;
    assert!(std::fs::read(copy.0.join("large.bin")).unwrap() == bytes);
}

#[tokio::test]
async fn many_refs_make_a_gzipped_request() {
    let server = Server::start().await;
    let work = server.clone_to("work", &[]).await;
    for number in 0..60 {
        work.commit("n.txt", number.to_string().as_bytes(), "More");
        work.git(&["branch", &format!("b{number}")]);
    }
    run(&work.0, &["push", "--quiet", "--all"]).await.unwrap();
    // A clone names each of the sixty commits it wants: more than a kilobyte, which git compresses.
    let mut clone = tokio::process::Command::from(developer_git(server.folder.path()));
    clone
        .args(["clone", "--quiet", &server.url(TOKEN), "clone"])
        .env("GIT_TRACE_CURL", "1");
    let clone = clone.output().await.unwrap();
    let trace = String::from_utf8_lossy(&clone.stderr).to_lowercase();
    assert!(
        clone.status.success() && trace.contains("content-encoding: gzip"),
        "{trace}"
    );
    let clone = Worktree(server.path("clone"));
    assert_eq!(
        clone.git(&["rev-parse", "origin/b59"]),
        work.git(&["rev-parse", "main"])
    );
}

#[tokio::test]
async fn tokens_decide() {
    let server = Server::start().await;
    let here = server.folder.path();
    let wrong = run(here, &["ls-remote", &server.url("wrong")]).await.unwrap_err();
    assert!(wrong.contains("Authentication failed"), "{wrong}");
    let none = run(here, &["ls-remote", &format!("http://{}/git/demo.git", server.address)])
        .await
        .unwrap_err();
    assert!(none.contains("could not read Username"), "{none}");

    let work = server.clone_to("work", &[]).await;
    work.commit("x.txt", b"x", "X");
    run(&work.0, &["fetch", "--quiet", &server.url(READ_ONLY)])
        .await
        .unwrap();
    let refused = run(&work.0, &["push", &server.url(READ_ONLY), "main"])
        .await
        .unwrap_err();
    assert!(refused.contains("403"), "{refused}");
    assert_eq!(server.pushes(), 0);

    let url = format!(
        "http://{}/git/demo.git/info/refs?service=git-upload-pack",
        server.address
    );
    let answer = http().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Basic realm=\"pcc\"");
    let answer = http().get(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn only_the_three_requests_of_git_are_answered() {
    let server = Server::start().await;
    for (method, path, status) in [
        ("GET", "absent.git/info/refs?service=git-upload-pack", 404),
        ("GET", "demo/info/refs?service=git-upload-pack", 404),
        ("GET", "demo.git/info/refs", 403),
        ("GET", "demo.git/info/refs?service=git-upload-archive", 403),
        ("GET", "demo.git/info/refs?service=git-upload-pack&x=1", 403),
        ("GET", "demo.git/HEAD", 404),
        ("GET", "demo.git/config", 404),
        ("GET", "demo.git/pcc.json", 404),
        ("GET", "demo.git/objects/info/packs", 404),
        ("GET", "demo.git/git-upload-pack", 405),
        ("HEAD", "demo.git/info/refs?service=git-upload-pack", 405),
        ("POST", "demo.git/info/refs?service=git-upload-pack", 405),
        ("POST", "demo.git/git-upload-archive", 404),
        ("GET", "..%2fdemo.git/info/refs?service=git-upload-pack", 404),
        ("GET", "demo.git%2f..%2fdemo.git/info/refs?service=git-upload-pack", 404),
        ("GET", "demo.git/%2e%2e/demo.git/info/refs?service=git-upload-pack", 404),
        ("GET", "demo.git/info/../../../etc/passwd", 404),
        ("GET", "%2e%2e.git/info/refs?service=git-upload-pack", 404),
        ("GET", "demo%00.git/info/refs?service=git-upload-pack", 404),
        ("GET", ".git/info/refs?service=git-upload-pack", 404),
    ] {
        // By hand: a client library would tidy the path up.
        let request = format!(
            "{method} /git/{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\
             content-length: 0\r\n\r\n"
        );
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{method} {path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_push_beyond_the_limit_is_refused_in_words() {
    let limits = GitHttpLimits {
        max_body_bytes: 1 << 20,
        ..GitHttpLimits::default()
    };
    let server = Server::with(limits).await;
    let work = server.clone_to("work", &[]).await;
    let bytes = noise(8 << 20);
    work.commit("large.bin", &bytes, "Large");
    // In one piece, with its length: refused before it is read.
    let whole = run(&work.0, &["-c", "http.postBuffer=100000000", "push"])
        .await
        .unwrap_err();
    assert!(whole.contains("413"), "{whole}");
    // In chunks: stopped on the way.
    run(&work.0, &["push"]).await.unwrap_err();
    // A little over: git itself says why.
    work.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    work.commit("large.bin", &bytes[..3 << 19], "Less large");
    let sentence = run(&work.0, &["-c", "http.postBuffer=65536", "push"])
        .await
        .unwrap_err();
    assert!(sentence.contains("exceeds maximum allowed size"), "{sentence}");
    assert_eq!(server.pushes(), 0);
    eventually("git is gone", || server.processes().is_empty()).await;
}

/// The agent can write into the repository it pushes to, and the server runs git there.
#[tokio::test]
async fn hooks_and_settings_planted_in_the_repository_do_not_run_in_the_server() {
    let server = Server::start().await;
    let work = server.clone_to("work", &[]).await;
    let proof = plant(&server.access.path, server.folder.path());
    // With an alternate, git asks a program of the settings for its refs.
    let alternates = server.access.path.join("objects/info/alternates");
    std::fs::write(alternates, format!("{}/.git/objects\n", work.0.display())).unwrap();
    work.commit("x.txt", b"x", "X");
    run(&work.0, &["push", "--quiet"]).await.unwrap();
    run(&work.0, &["fetch", "--quiet"]).await.unwrap();
    server.clone_to("copy", &[]).await;
    assert_eq!(std::fs::read_to_string(&proof).unwrap_or_default(), "");
    // The proof is one: by git as it comes, the same push runs them.
    work.commit("y.txt", b"y", "Y");
    run(
        &work.0,
        &["push", "--quiet", server.access.path.to_str().unwrap(), "main"],
    )
    .await
    .unwrap();
    assert!(std::fs::read_to_string(&proof).unwrap().contains("pre-receive"));
}

fn push_head(length: &str) -> String {
    format!(
        "POST /git/demo.git/git-receive-pack HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/x-git-receive-pack-request\r\n{length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_no_process() {
    let server = Server::start().await;
    for head in [
        push_head("content-length: 100000"),
        push_head("transfer-encoding: chunked"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        eventually("git runs", || server.is_serving()).await;
        drop(stream);
        eventually("git is gone", || server.processes().is_empty()).await;
    }
    // The repository can be used as before.
    let work = server.clone_to("work", &[]).await;
    work.commit("x.txt", b"x", "X");
    run(&work.0, &["push", "--quiet"]).await.unwrap();
}

/// Both ways a server ends: its runtime shuts down and ends what it started, or it is killed and can do nothing.
#[tokio::test]
async fn a_server_that_goes_away_leaves_no_process() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.spawn(Server::start()).await.unwrap();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(push_head("content-length: 100000").as_bytes())
        .await
        .unwrap();
    eventually("git runs", || server.is_serving()).await;
    runtime.shutdown_background();
    eventually("git is gone", || server.processes().is_empty()).await;

    // What a kill leaves is a git whose input ends early, and that nobody ends.
    let git = Git::new(GitOptions::in_folder(server.folder.path()));
    let limits = BackendLimits {
        max_body: 1 << 20,
        idle: Duration::from_secs(600),
        total: Duration::from_secs(600),
    };
    let request = BackendRequest {
        repository: &server.access.path,
        service: Service::ReceivePack,
        is_advertisement: false,
        user: "Phone",
        content_type: "application/x-git-receive-pack-request",
        content_length: Some(100_000),
        is_gzip: false,
        protocol: "",
    };
    let cut = futures_util::stream::iter([Ok::<_, std::io::Error>("00".into())]);
    let answer = git.serve_http(&request, limits, cut, async {}).await;
    eventually("git is gone", || server.processes().is_empty()).await;
    drop(answer);
}

/// No broken pipe would end it.
#[tokio::test]
async fn a_client_that_goes_away_ends_a_git_that_is_silent() {
    let server = Server::silent().await;
    let url = format!(
        "http://{}/git/demo.git/info/refs?service=git-upload-pack",
        server.address
    );
    let answer = http().get(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(server.is_serving());
    drop(answer);
    eventually("git is gone", || server.processes().is_empty()).await;
}

#[tokio::test]
async fn a_client_that_stands_still_is_given_up_and_others_wait_their_turn() {
    let limits = GitHttpLimits {
        idle_timeout: Duration::from_secs(4),
        concurrency: 1,
        queue_timeout: Duration::from_millis(200),
        ..GitHttpLimits::default()
    };
    let server = Server::with(limits).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(push_head("content-length: 100000").as_bytes())
        .await
        .unwrap();
    eventually("git runs", || server.is_serving()).await;
    let url = format!(
        "http://{}/git/demo.git/info/refs?service=git-upload-pack",
        server.address
    );
    let busy = http().get(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(
        (busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()),
        (503, "10")
    );
    // It keeps its connection, and still loses its process and its place.
    eventually("git is gone", || server.processes().is_empty()).await;
    let served = http().get(&url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(served.status(), 200);
    drop(stream);
}

/// Two servers of ours: one copies from the other, which asks for a login.
#[tokio::test]
async fn the_forge_is_told_that_a_login_is_missing() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let forge = local_forge(folder.path());
    let url = GitUrl::parse(&format!("http://{}/git/demo.git", server.address)).unwrap();
    let check = forge.check(&url).await.unwrap_err();
    let owner = Owner {
        installation: Uuid::new_v4(),
        project: Uuid::new_v4(),
    };
    let source = RepositorySource::Git { url, reference: None };
    let spec = RepositorySpec {
        owner,
        slug: "copy".to_owned(),
        source,
    };
    let create = forge.create(&spec, &watch::Sender::default()).await.unwrap_err();
    for error in [check, create] {
        assert!(matches!(error, ForgeError::LoginRequired(_)), "{error:?}");
    }
    assert_eq!(forge.inspect(&LocalForge::id_of(owner, "copy")).await.unwrap(), None);
}
