//! Asking GitHub whether a code was typed in.
//!
//! At GitHub's pace, which outlasts a restart, and never in the middle of a shutdown: an answer that is not read to its end
//! may have been the token.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    github_login::{self, LoginState},
    problem::ProblemCode,
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{
    Accounts, Error,
    sign_in::{code_purpose, token_purpose},
    store,
};
use crate::{
    events::{Actor, Payload},
    github::{GitHubError, Polled, User},
    graphql::sentence,
};

/// Looks again even when nothing was told.
const PERIOD: Duration = Duration::from_secs(60);
/// After a failure, where GitHub does not say more.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(10);
const AFTER_LIMIT: TimeDelta = TimeDelta::minutes(1);
/// What `slow_down` means where it does not say.
const SLOWER: i32 = 5;
/// A token that was given is not given up as soon as the code.
const WITH_TOKEN: TimeDelta = TimeDelta::hours(1);

pub struct Poller(Accounts);

impl Poller {
    pub fn new(accounts: Accounts) -> Self {
        Self(accounts)
    }

    /// Until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        if let Err(error) = self.0.tell_of_a_lost_key().await {
            warn(&error);
        }
        loop {
            let pause = self.0.pass(&stop).await.unwrap_or_else(|error| {
                warn(&error);
                PERIOD
            });
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

fn warn(error: &Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "signing in to GitHub does not go on"
    );
}

impl Accounts {
    /// A key is lost while no server runs: whoever shows the account reads it again.
    async fn tell_of_a_lost_key(&self) -> Result<(), Error> {
        let stored = store::account(self.db.reader()).await?;
        let seen = self.account().await?;
        if stored != seen {
            let mut tx = self.events.begin(Actor::Server).await?;
            tx.emit(Payload::GithubAccountChanged);
            tx.commit().await?;
        }
        Ok(())
    }

    /// One look; gives the time until the next is needed.
    async fn pass(&self, stop: &CancellationToken) -> Result<Duration, Error> {
        for login in store::pending(self.db.reader()).await? {
            if !stop.is_cancelled() && due(&login) <= self.clock.now() {
                self.step(&login).await?;
            }
        }
        let now = self.clock.now();
        let next = store::pending(self.db.reader()).await?;
        let next = next.iter().map(due).min();
        Ok(next.map_or(PERIOD, |at| (at - now).to_std().unwrap_or_default().min(PERIOD)))
    }

    async fn step(&self, login: &github_login::Model) -> Result<(), Error> {
        let now = self.clock.now();
        let last = match login.token {
            Some(_) => login.expires_at + WITH_TOKEN,
            None => login.expires_at,
        };
        if last <= now {
            return self.settle(login, LoginState::Expired, None).await;
        }
        let next = now + seconds(login.interval_seconds);
        if !store::take_turn(self.db.writer(), login, next).await? {
            return Ok(());
        }
        let opened = match (&login.token, &login.device_code) {
            (Some(token), _) => self.seal.open(&token_purpose(login.id), token),
            (None, Some(code)) => self.seal.open(&code_purpose(login.id), code),
            (None, None) => return self.fail(login, "Nothing is left to ask with. Begin again.").await,
        };
        match (opened, &login.token) {
            (Err(error), _) => {
                warn(&error.into());
                self.fail(login, "This server cannot open what it has kept of it. Begin again.")
                    .await
            }
            (Ok(token), Some(_)) => self.finish(login, &token).await,
            (Ok(code), None) => self.ask(login, &code).await,
        }
    }

    async fn ask(&self, login: &github_login::Model, code: &SecretString) -> Result<(), Error> {
        match self.github.poll(code).await {
            Ok(Polled::Granted(token)) => {
                let sealed = self.seal.seal(&token_purpose(login.id), &token)?;
                if store::keep_token(self.db.writer(), login.id, sealed).await? {
                    self.finish(login, &token).await?;
                }
                Ok(())
            }
            Ok(Polled::Pending) if login.problem.is_none() => Ok(()),
            Ok(Polled::Pending) => {
                self.put_off(login, login.interval_seconds, TimeDelta::zero(), None)
                    .await
            }
            Ok(Polled::SlowDown(asked)) => {
                let asked = asked.and_then(|asked| i32::try_from(asked.as_secs()).ok());
                let slower = asked.unwrap_or(login.interval_seconds.saturating_add(SLOWER));
                self.put_off(login, slower, TimeDelta::zero(), None).await
            }
            Ok(Polled::Denied) => self.settle(login, LoginState::Denied, None).await,
            Ok(Polled::Expired) => self.settle(login, LoginState::Expired, None).await,
            Err(error) => self.failed(login, &error).await,
        }
    }

    /// Learns whose token it is, and signs them in.
    async fn finish(&self, login: &github_login::Model, token: &SecretString) -> Result<(), Error> {
        match self.github.user(token).await {
            Ok(user) => self.approve(login, user, token).await,
            Err(error) => self.failed(login, &error).await,
        }
    }

    async fn approve(&self, login: &github_login::Model, user: User, token: &SecretString) -> Result<(), Error> {
        let account = self.account_of(user, token)?;
        let mut tx = self.events.begin(Actor::Device(login.device_id)).await?;
        if store::settle(&*tx, login.id, LoginState::Approved, None).await? {
            store::put_account(&mut tx, account).await?;
            tx.commit().await?;
            self.tell();
        }
        Ok(())
    }

    async fn failed(&self, login: &github_login::Model, error: &GitHubError) -> Result<(), Error> {
        tracing::warn!(error = error as &dyn std::error::Error, "GitHub did not do as asked");
        let pause = match error {
            GitHubError::BadToken | GitHubError::Refused(_) => {
                let message = format!("{} Begin again.", sentence(error));
                return self.fail(login, &message).await;
            }
            GitHubError::Limited { retry_after } => {
                let asked = retry_after.and_then(|after| TimeDelta::from_std(after).ok());
                asked.unwrap_or(AFTER_LIMIT).max(AFTER_FAILURE)
            }
            GitHubError::Unavailable { .. } => AFTER_FAILURE,
        };
        self.put_off(login, login.interval_seconds, pause, Some(error)).await
    }

    /// Until after a pause, or the interval if that is longer.
    async fn put_off(
        &self,
        login: &github_login::Model,
        interval: i32,
        pause: TimeDelta,
        error: Option<&GitHubError>,
    ) -> Result<(), Error> {
        let next = self.clock.now() + seconds(interval).max(pause);
        let problem = error.map(|error| entity::problem::Problem {
            next_attempt_at: Some(next),
            ..self.problem(ProblemCode::Unavailable, &sentence(error))
        });
        store::put_off(self.db.writer(), login.id, interval, next, problem.as_ref()).await?;
        self.moved.send_replace(());
        Ok(())
    }

    async fn fail(&self, login: &github_login::Model, message: &str) -> Result<(), Error> {
        self.settle(login, LoginState::Failed, Some(message)).await
    }

    async fn settle(&self, login: &github_login::Model, state: LoginState, why: Option<&str>) -> Result<(), Error> {
        let problem = why.map(|why| self.problem(ProblemCode::Rejected, why));
        store::settle(self.db.writer(), login.id, state, problem.as_ref()).await?;
        self.moved.send_replace(());
        Ok(())
    }
}

/// When something has to be done about it.
fn due(login: &github_login::Model) -> DateTime<Utc> {
    match login.token {
        Some(_) => login.next_poll_at,
        None => login.next_poll_at.min(login.expires_at),
    }
}

fn seconds(seconds: i32) -> TimeDelta {
    TimeDelta::seconds(seconds.into())
}
