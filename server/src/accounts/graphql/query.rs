//! Reading the account, and what it reaches.

use async_graphql::{
    Context, Object,
    connection::{Connection, EmptyFields, OpaqueCursor},
};
use entity::ids::GithubLoginId;

use super::types::{GithubAccount, GithubLogin, GithubRepository, GithubSetup, load_github_account};
use crate::{
    accounts::{Accounts, repositories::Key},
    caller::Scope,
    graphql::{ContextExt, Id, PageArguments, Result},
};

pub type GithubRepositoryConnection = Connection<OpaqueCursor<Key>, GithubRepository>;

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The account at GitHub; null when nobody has signed in.
    async fn github_account(&self, ctx: &Context<'_>) -> Result<Option<GithubAccount>> {
        ctx.caller_with(Scope::Read)?;
        load_github_account(ctx).await
    }

    /// How one signs in to GitHub here.
    async fn github_setup(&self, ctx: &Context<'_>) -> Result<GithubSetup> {
        ctx.caller_with(Scope::Read)?;
        Ok(ctx.service::<Accounts>()?.site().into())
    }

    /// A sign-in; null when there is none, or it is long over.
    async fn github_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: Id<GithubLoginId>,
    ) -> Result<Option<GithubLogin>> {
        ctx.caller_with(Scope::Manage)?;
        let login = ctx.service::<Accounts>()?.login(id.0).await?;
        Ok(login.map(Into::into))
    }

    /// The repositories that the account reaches: its own, those it works on, those of its organisations. The one that was
    /// pushed to last comes first. What GitHub says is kept for a minute. Without an account it is a `CONFLICT`.
    async fn github_repositories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Words that owner and name have in them, in any case: at most 100 characters.")]
        search: Option<String>,
        #[graphql(desc = "At most so many: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<GithubRepositoryConnection> {
        let page = PageArguments {
            first,
            after,
            ..PageArguments::default()
        };
        let accounts = ctx.service::<Accounts>()?;
        let found = accounts
            .repositories(ctx.caller()?, search.as_deref(), page.check()?)
            .await?;
        Ok(found.connection(EmptyFields, |one| Key::from(one), GithubRepository::from))
    }
}
