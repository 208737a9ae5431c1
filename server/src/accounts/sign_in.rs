//! Beginning to sign in by a code, and giving it up. What comes in between is for [`Poller`](super::Poller).

use chrono::TimeDelta;
use entity::{
    github_login::{self, LoginState},
    ids::GithubLoginId,
};

use super::{Accounts, Error, store};
use crate::{
    caller::{Caller, Scope},
    events::Actor,
    idempotency::{self, Attempt, Claim},
};

/// A code that is good for less is not worth typing in.
const FRESH: TimeDelta = TimeDelta::minutes(2);
const REMEMBERED: TimeDelta = TimeDelta::days(1);

impl Accounts {
    /// Begins to sign in: the answer has a code to type in at GitHub. One that is under way is gone on with.
    pub async fn begin_login(&self, caller: &Caller, client_id: Option<&str>) -> Result<github_login::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("beginGithubLogin", client_id, &())?;
        if !self.can_sign_in() {
            return Err(Error::NoApp);
        }
        let _beginning = self.beginning.lock().await;
        if let Some(login) = self.begun(caller, attempt.as_ref(), None).await? {
            return Ok(login);
        }
        let code = self.github.begin().await?;
        let (id, now) = (GithubLoginId::generate(), self.clock.now());
        let interval = TimeDelta::from_std(code.interval).unwrap_or(FRESH);
        let row = github_login::Model {
            id,
            device_id: caller.device,
            state: LoginState::Pending,
            device_code: Some(self.seal.seal(&code_purpose(id), &code.device_code)?),
            token: None,
            user_code: code.user_code,
            verification_url: code.verification_url,
            interval_seconds: i32::try_from(interval.num_seconds()).unwrap_or(i32::MAX),
            next_poll_at: now + interval,
            created_at: now,
            expires_at: now + TimeDelta::from_std(code.expires_in).unwrap_or(FRESH),
            problem: None,
        };
        let login = self.begun(caller, attempt.as_ref(), Some(row)).await?;
        self.tell();
        login.ok_or(Error::NoLogin)
    }

    /// The sign-in that this attempt began, or that is under way anyway; or else `new` becomes it.
    async fn begun(
        &self,
        caller: &Caller,
        attempt: Option<&Attempt>,
        new: Option<github_login::Model>,
    ) -> Result<Option<github_login::Model>, Error> {
        let tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt, &self.clock).await? {
            return Ok(Some(store::login(&*tx, id).await?.ok_or(Error::NoLogin)?));
        }
        let now = self.clock.now();
        let pending = store::pending(&*tx).await?;
        let is_fresh = |login: &github_login::Model| login.token.is_some() || login.expires_at - now > FRESH;
        let login = match (pending.iter().find(|login| is_fresh(login)), new) {
            (Some(login), _) => login.clone(),
            (None, Some(new)) => {
                for stale in pending {
                    store::settle(&*tx, stale.id, LoginState::Expired, None).await?;
                }
                store::forget_logins(&*tx, now - REMEMBERED).await?;
                store::insert_login(&*tx, new.clone()).await?;
                new
            }
            (None, None) => return Ok(None),
        };
        idempotency::keep(&tx, caller, attempt, &login.id).await?;
        tx.commit().await?;
        Ok(Some(login))
    }

    pub async fn login(&self, id: GithubLoginId) -> Result<Option<github_login::Model>, Error> {
        Ok(store::login(self.db.reader(), id).await?)
    }

    /// Gives up a sign-in. One that has ended stays as it is.
    pub async fn cancel_login(
        &self,
        caller: &Caller,
        id: GithubLoginId,
        client_id: Option<&str>,
    ) -> Result<github_login::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("cancelGithubLogin", client_id, &id)?;
        let tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::New = idempotency::claim::<()>(&tx, caller, attempt.as_ref(), &self.clock).await? {
            store::settle(&*tx, id, LoginState::Cancelled, None).await?;
            idempotency::keep(&tx, caller, attempt.as_ref(), &()).await?;
        }
        let login = store::login(&*tx, id).await?.ok_or(Error::NoLogin)?;
        tx.commit().await?;
        self.tell();
        Ok(login)
    }
}

pub(super) fn code_purpose(id: GithubLoginId) -> String {
    format!("github_login.device_code {id}")
}

pub(super) fn token_purpose(id: GithubLoginId) -> String {
    format!("github_login.token {id}")
}
