//! The account, the sign-in, and what there is to pick from.

use async_graphql::{Context, Enum, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{
    github_account,
    github_login::{self, LoginState},
    ids::GithubLoginId,
};

use crate::{
    accounts::Accounts,
    github::{Repository, Site},
    graphql::{ContextExt, Id, Result},
    operations::graphql::Problem,
};

/// The account at GitHub for which this server lists and clones repositories: one for the whole server.
#[derive(SimpleObject)]
pub struct GithubAccount {
    /// Its name in addresses.
    login: String,
    /// What the person is called; null when they do not say.
    name: Option<String>,
    /// What its token may do, as GitHub names it; `repo` is what private repositories need. Empty for tokens that have
    /// permissions of another kind.
    scopes: Vec<String>,
    /// Since when.
    connected_at: DateTime<Utc>,
    /// Why it is of no use any more: revoked, or the server's key is lost. Sign in again. Null as long as it is.
    problem: Option<Problem>,
}

impl From<github_account::Model> for GithubAccount {
    fn from(row: github_account::Model) -> Self {
        Self {
            login: row.login,
            name: row.name,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            connected_at: row.connected_at,
            problem: row.problem.map(Problem),
        }
    }
}

/// The account; `None` when nobody has signed in.
pub async fn load_github_account(ctx: &Context<'_>) -> Result<Option<GithubAccount>> {
    let account = Box::pin(ctx.service::<Accounts>()?.account()).await?;
    Ok(account.map(Into::into))
}

/// How one signs in to GitHub here.
#[derive(SimpleObject)]
pub struct GithubSetup {
    /// Whether `beginGithubLogin` works: whether the server has an OAuth app to sign in with. `connectGithub` always does.
    can_sign_in: bool,
    /// What is GitHub to this server: https://github.com, or a company's own.
    url: String,
    /// The page there on which a token for `connectGithub` is made.
    token_url: String,
}

impl From<&Site> for GithubSetup {
    fn from(site: &Site) -> Self {
        let mut token_url = site.url.clone();
        token_url.set_path("settings/tokens/new");
        token_url.set_query(Some("scopes=repo&description=Portable+Command+Center"));
        Self {
            can_sign_in: site.client_id.is_some(),
            url: site.url.origin().ascii_serialization(),
            token_url: token_url.into(),
        }
    }
}

/// A sign-in: somebody types the code in at GitHub, and the server asks there whether they did, until it is settled. The
/// device need not stay awake for it.
#[derive(SimpleObject)]
pub struct GithubLogin {
    /// Its id.
    id: Id<GithubLoginId>,
    /// How far it is.
    state: GithubLoginState,
    /// What to type in.
    user_code: String,
    /// Where.
    verification_url: String,
    /// Until when the code is good.
    expires_at: DateTime<Utc>,
    /// Why it failed, or while it is pending why it takes longer; null otherwise.
    problem: Option<Problem>,
}

impl From<github_login::Model> for GithubLogin {
    fn from(row: github_login::Model) -> Self {
        Self {
            id: Id(row.id),
            state: row.state.into(),
            user_code: row.user_code,
            verification_url: row.verification_url,
            expires_at: row.expires_at,
            problem: row.problem.map(Problem),
        }
    }
}

/// How far a sign-in is. All but the first are its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "LoginState")]
pub enum GithubLoginState {
    /// Nobody has typed the code in yet.
    Pending,
    /// Signed in.
    Approved,
    /// The person said no.
    Denied,
    /// Nobody typed the code in while it was good.
    Expired,
    /// It was given up here.
    Cancelled,
    /// It did not work out; its problem says why.
    Failed,
}

/// A repository at GitHub that the account reaches.
#[derive(SimpleObject)]
pub struct GithubRepository {
    /// Its owner and its name, with a slash between.
    full_name: String,
    /// What it says of itself; null when it says nothing.
    description: Option<String>,
    /// Whether it is seen by its people only.
    is_private: bool,
    /// Whether it is a copy of somebody else's.
    is_fork: bool,
    /// Whether it is kept for reading only.
    is_archived: bool,
    /// The branch a clone starts on; null when GitHub does not tell.
    default_branch: Option<String>,
    /// When it was last pushed to; null for never.
    pushed_at: Option<DateTime<Utc>>,
    /// Make a project from it with this, as `source.git.url`.
    clone_url: String,
}

impl From<Repository> for GithubRepository {
    fn from(repository: Repository) -> Self {
        Self {
            full_name: repository.full_name,
            description: repository.description,
            is_private: repository.is_private,
            is_fork: repository.is_fork,
            is_archived: repository.is_archived,
            default_branch: repository.default_branch,
            pushed_at: repository.pushed_at,
            clone_url: repository.clone_url,
        }
    }
}
