//! Watching a sign-in.

use std::time::Duration;

use async_graphql::{Context, Subscription};
use entity::{github_login::LoginState, ids::GithubLoginId};
use futures_util::{Stream, stream};
use tokio::time::timeout;

use super::types::GithubLogin;
use crate::{
    accounts::Accounts,
    caller::Scope,
    graphql::{ContextExt, Failure, Id, Result},
};

/// Another server over the same database tells nothing.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct AccountSubscription;

#[Subscription]
impl AccountSubscription {
    /// A sign-in to GitHub: as it is now, then each change. Ends with the one that settles it.
    async fn github_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: Id<GithubLoginId>,
    ) -> Result<impl Stream<Item = Result<GithubLogin>>> {
        ctx.caller_with(Scope::Manage)?;
        let accounts = ctx.service::<Accounts>()?.clone();
        let id = id.0;
        accounts.login(id).await?.ok_or_else(|| Failure::not_found("sign-in"))?;
        let moves = accounts.watch();
        Ok(stream::unfold(Some((moves, None)), move |state| {
            let accounts = accounts.clone();
            async move {
                let (mut moves, told) = state?;
                loop {
                    moves.borrow_and_update();
                    let login = match accounts.login(id).await {
                        Ok(login) => login?,
                        Err(error) => return Some((Err(error.into()), None)),
                    };
                    let shown = (login.state, login.problem.clone());
                    if told.as_ref() != Some(&shown) {
                        let next = (login.state == LoginState::Pending).then_some((moves, Some(shown)));
                        return Some((Ok(login.into()), next));
                    }
                    if let Ok(Err(_)) = timeout(LOOK_AGAIN, moves.changed()).await {
                        return None;
                    }
                }
            }
        }))
    }
}
