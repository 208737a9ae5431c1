//! The scripts of a project's container, outside a container: with the real git, a git host that wants a token, and the
//! real OpenCode.

use std::{
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{interval, timeout},
};

use crate::support::DEADLINE;

const TOKEN: &str = "canary-token";
const PASSWORD: &str = r#"with "quotes" and \ "#;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker").join(name)
}

#[tokio::test]
async fn the_shell_tests_pass() {
    let run = Command::new(script("test-entrypoint.sh")).kill_on_drop(true).output();
    let run = timeout(DEADLINE, run).await.expect("they hang").unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("cases passed"), "{said}");
}

#[tokio::test]
async fn a_private_repository_is_cloned_and_the_real_opencode_is_healthy() {
    let place = Place::new().await;
    let host = GitHost::private(&place.origin()).await;
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let mut container = place.container(&format!("{}/demo.git", host.url), &port);
    let health = |password: &str| {
        let mut check = Command::new(script("healthcheck.sh"));
        check
            .env("OPENCODE_SERVER_PASSWORD", password)
            .env("PORT", &port)
            .kill_on_drop(true);
        async move { check.output().await.unwrap().status.success() }
    };
    let healthy = async {
        let mut pause = interval(std::time::Duration::from_millis(200));
        while !health(PASSWORD).await {
            pause.tick().await;
            if let Some(status) = container.child.try_wait().unwrap() {
                panic!("it ended with {status}: {}", place.said());
            }
        }
    };
    timeout(DEADLINE, healthy)
        .await
        .unwrap_or_else(|_| panic!("not healthy: {}", place.said()));
    assert!(!health("wrong").await, "healthy with a wrong password");
    let cloned = std::fs::read_to_string(place.volume().join("project/file.txt")).unwrap();
    assert_eq!(cloned, "content\n");
    assert!(host.tokens().contains(&TOKEN.to_owned()));
    let config = std::fs::read_to_string(place.volume().join("project/.git/config")).unwrap();
    assert!(!config.contains(TOKEN), "{config}");
}

#[tokio::test]
async fn a_redirect_to_another_host_does_not_get_the_token() {
    let place = Place::new().await;
    let other = GitHost::private(&place.origin()).await;
    let host = GitHost::redirecting(&other.url).await;
    let mut container = place.container(&format!("{}/demo.git", host.url), "4096");
    let status = timeout(DEADLINE, container.child.wait())
        .await
        .expect("it hangs")
        .unwrap();
    assert!(!status.success());
    assert!(place.said().contains("The clone failed"), "{}", place.said());
    assert!(!place.volume().join("project").exists());
    assert!(
        other.requests() > 0,
        "the redirect was not followed, so this proves nothing"
    );
    assert_eq!(other.tokens(), Vec::<String>::new());
}

/// A volume, a repository to clone, and a `PATH` with OpenCode on it.
struct Place(TempDir);

impl Place {
    async fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for folder in ["volume", "bin", "work"] {
            std::fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        symlink(fakes::opencode::binary().unwrap(), place.0.path().join("bin/opencode")).unwrap();
        let work = place.0.path().join("work");
        std::fs::write(work.join("file.txt"), "content\n").unwrap();
        place.git(&["init", "--quiet", "--initial-branch=main"]).await;
        place.git(&["add", "file.txt"]).await;
        place.git(&["commit", "--quiet", "--message=Begin"]).await;
        place.git(&["clone", "--quiet", "--bare", ".", "../demo.git"]).await;
        // What git needs to be served as plain files.
        place.git(&["--git-dir=../demo.git", "update-server-info"]).await;
        place
    }

    async fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(arguments);
        git.current_dir(self.0.path().join("work"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.status().await.unwrap().success(), "git {arguments:?}");
    }

    fn origin(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn volume(&self) -> PathBuf {
        self.0.path().join("volume")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.0.path().join("said")).unwrap_or_default()
    }

    fn container(&self, url: &str, port: &str) -> Container {
        let said = std::fs::File::create(self.0.path().join("said")).unwrap();
        let path = std::env::var("PATH").unwrap();
        let child = Command::new(script("entrypoint.sh"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.0.path().join("bin").display()))
            .env("HOME", self.volume().join("home"))
            .env("OPENCODE_SERVER_PASSWORD", PASSWORD)
            .env("OPENCODE_DISABLE_MODELS_FETCH", "1")
            .env("OPENCODE_DISABLE_AUTOUPDATE", "1")
            .env("PCC_WORKSPACE", self.volume().join("project"))
            .env("PCC_CLONE_URL", url)
            .env("PCC_GIT_TOKEN", TOKEN)
            .env("PCC_BIND", "127.0.0.1")
            .env("PORT", port)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .process_group(0)
            .spawn()
            .unwrap();
        Container { child }
    }
}

struct Container {
    child: Child,
}

impl Drop for Container {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            // It fails only where the group has ended.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Serves repositories as plain files, as git's oldest protocol wants them, and writes down the tokens it was shown.
struct GitHost {
    url: String,
    seen: Arc<Mutex<Vec<Option<String>>>>,
}

impl GitHost {
    /// Demands the token.
    async fn private(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self::serve(move |path, token| match token.as_deref() {
            Some(TOKEN) => match std::fs::read(folder.join(path.trim_start_matches('/'))) {
                Ok(bytes) => Body::from(bytes).into_response(),
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            },
            _ => (
                StatusCode::UNAUTHORIZED,
                [(header::WWW_AUTHENTICATE, "Basic realm=\"git\"")],
            )
                .into_response(),
        })
        .await
    }

    async fn redirecting(to: &str) -> Self {
        let to = to.to_owned();
        Self::serve(move |path, _| Redirect::temporary(&format!("{to}{path}?service=git-upload-pack")).into_response())
            .await
    }

    async fn serve(answer: impl Fn(&str, Option<String>) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request| {
            let token = password(&request);
            record.lock().unwrap().push(token.clone());
            let response = answer(request.uri().path(), token);
            async move { response }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn tokens(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().flatten().cloned().collect()
    }
}

fn password(request: &Request) -> Option<String> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let pair = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (_, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some(password.to_owned())
}
