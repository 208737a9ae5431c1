//! The account at GitHub: the real server and client against a double of GitHub, with real git.

mod cloning;
mod faults;
mod key;
mod repositories;
mod sign_in;
mod tokens;

use std::path::Path;

use client::{Error, ErrorCode, types::*};
use fakes::github::{Fault, GitHub, Options, Order, Place, Repository};
use futures_util::{StreamExt, stream::BoxStream};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::support::{database::Kind, server::TestServer, until::until};

/// A server, and the GitHub it knows.
struct Both {
    github: GitHub,
    server: TestServer,
}

impl Both {
    async fn new(kind: Kind, options: Options) -> Self {
        let github = GitHub::start(options).await.unwrap();
        let (url, api, id) = (github.url(), github.api_url(), Options::default().client_id);
        let environment = [
            ("PCC_AGENT_COMMAND", "no-such-opencode"),
            ("PCC_FORGE_ALLOW_LOOPBACK", "true"),
            ("PCC_FORGE_ALLOW_HTTP", "true"),
            ("PCC_GITHUB_CLIENT_ID", id.as_str()),
            ("PCC_GITHUB_URL", &url),
            ("PCC_GITHUB_API_URL", &api),
            ("PCC_LOG_LEVEL", "debug"),
        ];
        let server = TestServer::with(kind, &json!({}), &environment).await;
        Self { github, server }
    }

    async fn start(kind: Kind) -> Self {
        Self::new(kind, Options::default()).await
    }

    async fn account(&self) -> Option<GithubAccount> {
        self.server.client().github().await.unwrap().github_account
    }

    /// What is told of the account from this cursor on.
    fn changes(&self, after: client::Cursor) -> BoxStream<'static, Result<Event, Error>> {
        let filter = EventFilter {
            projects: None,
            kinds: Some(vec![ChangeKind::GithubAccountChanged]),
        };
        self.server.client().follow(Some(after), Some(filter))
    }

    async fn begin(&self) -> GithubLogin {
        self.server.client().begin_github_login().await.unwrap()
    }

    async fn settled(&self, login: &GithubLogin) -> GithubLogin {
        self.server.client().wait_for_github_login(&login.id).await.unwrap()
    }

    async fn connect(&self) -> String {
        let token = self.github.make_token();
        let account = self.server.client().connect_github(&token.clone().into()).await;
        assert_eq!(account.unwrap().unwrap().login, "octo");
        token
    }

    fn fail(&self, place: Place, faults: impl IntoIterator<Item = Fault>) {
        self.github.order(Order::Fail {
            place,
            faults: faults.into_iter().collect(),
        });
    }

    /// How often this was asked for.
    fn asked(&self, path: &str) -> usize {
        self.github.seen().iter().filter(|seen| seen.path == path).count()
    }

    async fn was_asked(&self, path: &str, times: usize) {
        until(path, async || (self.asked(path) >= times).then_some(())).await;
    }

    /// No token that GitHub gave is anywhere that the server writes: its folder, its database, its log.
    async fn assert_no_token_is_left(&self) {
        let tokens = self.github.tokens();
        assert!(!tokens.is_empty(), "there is nothing to look for");
        let mut files = 0;
        look_into(self.server.data().parent().unwrap(), &mut |path, content| {
            files += 1;
            for token in &tokens {
                // As it is, and as git sends it.
                for secret in [token.clone(), base64(&format!("x-access-token:{token}"))] {
                    let is_here = content.windows(secret.len()).any(|window| window == secret.as_bytes());
                    assert!(!is_here, "{}", path.display());
                }
            }
        });
        assert!(files > 3, "the server's files were not found");
        if self.server.database_url().starts_with("postgres:") {
            self.assert_no_token_is_in_a_row(&tokens).await;
        }
    }

    /// PostgreSQL keeps its rows elsewhere. Bytes are shown in hex.
    async fn assert_no_token_is_in_a_row(&self, tokens: &[String]) {
        let db = sea_orm::Database::connect(self.server.database_url()).await.unwrap();
        let mut count = 0;
        for table in ["client_mutation", "event", "github_account", "github_login"] {
            let all = format!("SELECT CAST(t AS text) AS shown FROM {table} AS t");
            let all = Statement::from_string(db.get_database_backend(), all);
            for row in db.query_all_raw(all).await.unwrap() {
                let shown: String = row.try_get("", "shown").unwrap();
                count += 1;
                for token in tokens {
                    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
                    assert!(!shown.contains(token) && !shown.contains(&hex), "{table}");
                }
            }
        }
        assert!(count > 0, "there are no rows");
    }
}

const POLL: &str = "/login/oauth/access_token";
const USER: &str = "/api/v3/user";
const REPOSITORIES: &str = "/api/v3/user/repos";

fn base64(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
    STANDARD_NO_PAD.encode(text)
}

fn look_into(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => look_into(&path, look),
            Ok(kind) if kind.is_file() => look(&path, &std::fs::read(&path).unwrap_or_default()),
            _ => {}
        }
    }
}

fn repository(full_name: &str, private: bool, pushed_at: Option<&str>) -> Repository {
    Repository {
        full_name: full_name.to_owned(),
        description: None,
        private,
        fork: false,
        archived: false,
        pushed_at: pushed_at.map(str::to_owned),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    match result {
        Err(Error::Refused(failure)) => failure.code,
        other => panic!("{other:?}"),
    }
}

fn message(problem: &Option<Problem>) -> &str {
    problem.as_ref().map_or("", |problem| &problem.message)
}
