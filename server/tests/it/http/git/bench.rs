//! A server of one repository, and a developer's git.

use std::{
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use server::{
    forge::{
        GitForge, Owner, RepositorySource, RepositorySpec,
        git::{Git, GitOptions},
    },
    http::git::{GitAccess, GitAccessDecision, GitHttpLimits, router},
};
use tokio::{net::TcpListener, sync::watch};
use uuid::Uuid;

use crate::support::git::{Worktree, developer_git, local_forge, processes_in};

pub const TOKEN: &str = "secret-token";
pub const READ_ONLY: &str = "read-only-token";

/// One repository, `demo`; two tokens.
pub struct Access {
    pub path: PathBuf,
    pub pushes: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl GitAccess for Access {
    async fn authorize(&self, token: Option<&SecretString>, slug: &str, write: bool) -> GitAccessDecision {
        match token.map(|token| token.expose_secret()) {
            Some(TOKEN) | Some(READ_ONLY) if slug != "demo" => GitAccessDecision::NotFound,
            Some(READ_ONLY) if write => GitAccessDecision::Forbidden,
            Some(TOKEN) | Some(READ_ONLY) => GitAccessDecision::Allow {
                path: self.path.clone(),
                user: "Phone".to_owned(),
            },
            _ => GitAccessDecision::NeedLogin,
        }
    }

    async fn pushed(&self, slug: &str, user: &str) {
        self.pushes.lock().unwrap().push((slug.to_owned(), user.to_owned()));
    }
}

pub struct Server {
    pub folder: tempfile::TempDir,
    pub address: SocketAddr,
    pub access: Arc<Access>,
    pub task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(GitHttpLimits::default()).await
    }

    pub async fn with(limits: GitHttpLimits) -> Self {
        Self::with_program(limits, |_| None).await
    }

    /// `program` may put a script of its own in the place of git.
    pub async fn with_program(limits: GitHttpLimits, program: impl FnOnce(&Path) -> Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let forge = local_forge(folder.path());
        let owner = Owner {
            installation: Uuid::new_v4(),
            project: Uuid::new_v4(),
        };
        let source = RepositorySource::Empty {
            title: "Demo".to_owned(),
        };
        let spec = RepositorySpec {
            owner,
            slug: "demo".to_owned(),
            source,
        };
        let made = forge.create(&spec, &watch::Sender::default()).await.unwrap();
        let access = Arc::new(Access {
            path: forge.path(&made.id).await.unwrap(),
            pushes: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let git = match program(folder.path()) {
            Some(program) => Git::new(GitOptions {
                program,
                ..GitOptions::in_folder(folder.path())
            }),
            None => forge.git().clone(),
        };
        let routes = router(git, access.clone(), limits);
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            folder,
            address,
            access,
            task,
        }
    }

    /// In git's place stands a program that begins to answer, and then neither reads nor writes.
    pub async fn silent() -> Self {
        Self::with_program(GitHttpLimits::default(), |folder| {
            let script = folder.join("silent.sh");
            let lines = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nsleep 600\ntrue\n";
            std::fs::write(&script, lines).unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
            Some(script)
        })
        .await
    }

    pub fn url(&self, token: &str) -> String {
        format!("http://me:{token}@{}/git/demo.git", self.address)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn clone_to(&self, name: &str, options: &[&str]) -> Worktree {
        let url = self.url(TOKEN);
        let mut args = vec!["clone", "--quiet"];
        args.extend(options);
        args.extend([url.as_str(), name]);
        run(self.folder.path(), &args).await.unwrap();
        Worktree(self.path(name))
    }

    /// git's processes at work for this server: all have the repository's folder in their environment.
    pub fn processes(&self) -> Vec<String> {
        processes_in(&self.access.path)
    }

    pub fn is_serving(&self) -> bool {
        self.processes().iter().any(|command| command.contains("http-backend"))
    }

    pub fn pushes(&self) -> usize {
        self.access.pushes.lock().unwrap().len()
    }
}

/// git, without holding up the server that runs in this very process.
pub async fn run(folder: &Path, args: &[&str]) -> Result<String, String> {
    let output = tokio::process::Command::from(developer_git(folder))
        .args(args)
        .kill_on_drop(true)
        .output()
        .await;
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &said)
    } else {
        Err(said)
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}
