//! Signing in to GitHub and out.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::GithubLoginId;

use super::types::{GithubAccount, GithubLogin};
use crate::{
    accounts::Accounts,
    graphql::{ContextExt, Id, Result, id::id_text},
};

/// What `beginGithubLogin` takes.
#[derive(InputObject)]
pub struct BeginGithubLoginInput {
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `beginGithubLogin`.
#[derive(SimpleObject)]
pub struct BeginGithubLoginPayload {
    /// The sign-in, with the code to type in. Follow it with the subscription `githubLogin`.
    github_login: GithubLogin,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// Names what `cancelGithubLogin` is about.
#[derive(InputObject)]
pub struct CancelGithubLoginInput {
    /// Which sign-in.
    id: Id<GithubLoginId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `cancelGithubLogin`.
#[derive(SimpleObject)]
pub struct CancelGithubLoginPayload {
    /// The sign-in: cancelled, or as it had ended before.
    github_login: GithubLogin,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What `connectGithub` signs in with.
#[derive(InputObject)]
pub struct ConnectGithubInput {
    /// A personal access token: classic with the scope `repo`, or fine-grained with the permissions Contents and Metadata. It
    /// is kept sealed and never told again.
    token: String,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `connectGithub`.
#[derive(SimpleObject)]
pub struct ConnectGithubPayload {
    /// The account whose token it is; null when it was sent again after somebody had signed out.
    github_account: Option<GithubAccount>,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

/// What `disconnectGithub` takes.
#[derive(InputObject)]
pub struct DisconnectGithubInput {
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `disconnectGithub`.
#[derive(SimpleObject)]
pub struct DisconnectGithubPayload {
    /// Who it was; null when nobody was signed in.
    login: Option<String>,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Begins to sign in to GitHub: a code to type in there, while the server asks whether it was, over its own restarts.
    /// When a sign-in is under way already, the answer is that one. It takes the place of the present account only when it
    /// is approved.
    async fn begin_github_login(
        &self,
        ctx: &Context<'_>,
        input: BeginGithubLoginInput,
    ) -> Result<BeginGithubLoginPayload> {
        let client_id = input.client_mutation_id;
        let accounts = ctx.service::<Accounts>()?;
        let login = accounts.begin_login(ctx.caller()?, id_text(&client_id)).await?;
        Ok(BeginGithubLoginPayload {
            github_login: login.into(),
            client_mutation_id: client_id,
        })
    }

    /// Gives a sign-in up.
    async fn cancel_github_login(
        &self,
        ctx: &Context<'_>,
        input: CancelGithubLoginInput,
    ) -> Result<CancelGithubLoginPayload> {
        let client_id = input.client_mutation_id;
        let accounts = ctx.service::<Accounts>()?;
        let login = accounts
            .cancel_login(ctx.caller()?, input.id.0, id_text(&client_id))
            .await?;
        Ok(CancelGithubLoginPayload {
            github_login: login.into(),
            client_mutation_id: client_id,
        })
    }

    /// Signs in to GitHub with a token that was made there, in place of the present account. It is tried first.
    async fn connect_github(&self, ctx: &Context<'_>, input: ConnectGithubInput) -> Result<ConnectGithubPayload> {
        let (client_id, token) = (input.client_mutation_id, input.token.into());
        let accounts = ctx.service::<Accounts>()?;
        let account = accounts.connect(ctx.caller()?, &token, id_text(&client_id)).await?;
        Ok(ConnectGithubPayload {
            github_account: account.map(Into::into),
            client_mutation_id: client_id,
        })
    }

    /// Signs out of GitHub: the server forgets its token. Projects stay as they are.
    async fn disconnect_github(
        &self,
        ctx: &Context<'_>,
        input: DisconnectGithubInput,
    ) -> Result<DisconnectGithubPayload> {
        let client_id = input.client_mutation_id;
        let accounts = ctx.service::<Accounts>()?;
        let login = accounts.disconnect(ctx.caller()?, id_text(&client_id)).await?;
        Ok(DisconnectGithubPayload {
            login,
            client_mutation_id: client_id,
        })
    }
}
