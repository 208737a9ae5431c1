//! The account: signed in by a token, looked at, signed out.

use std::sync::Arc;

use entity::{
    github_account::{self, ONLY},
    ids::GithubTokenId,
    problem::{Problem, ProblemCode},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, Notify, watch};

use super::{
    error::{Error, MAX_TOKEN},
    repositories::Listing,
    store,
};
use crate::{
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::{Actor, EventLog},
    github::{GitHub, GitHubError, Site, User},
    idempotency::{self, Attempt, Claim},
    secrets::{self, Seal},
};

#[derive(Clone)]
pub struct Accounts {
    pub(super) db: Database,
    pub(super) events: EventLog,
    pub(super) clock: Clock,
    pub(super) github: Arc<dyn GitHub>,
    pub(super) seal: Seal,
    /// Wakes whoever asks GitHub.
    pub(super) wake: Arc<Notify>,
    /// Says that some sign-in is not as it was.
    pub(super) moved: Arc<watch::Sender<()>>,
    pub(super) listing: Arc<Mutex<Option<Listing>>>,
    /// One begins at a time, so that who comes second finds what the first has begun.
    pub(super) beginning: Arc<Mutex<()>>,
}

impl Accounts {
    pub fn new(db: Database, events: EventLog, clock: Clock, github: Arc<dyn GitHub>, seal: Seal) -> Self {
        Self {
            db,
            events,
            clock,
            github,
            seal,
            wake: Arc::default(),
            moved: Arc::default(),
            listing: Arc::default(),
            beginning: Arc::default(),
        }
    }

    pub fn site(&self) -> &Site {
        self.github.site()
    }

    /// Whether there is an OAuth app to sign in with.
    pub fn can_sign_in(&self) -> bool {
        self.site().client_id.is_some()
    }

    /// The account as it is, with the problem that shows only when its token is looked at.
    pub async fn account(&self) -> Result<Option<github_account::Model>, Error> {
        let Some(mut account) = store::account(self.db.reader()).await? else {
            return Ok(None);
        };
        if account.problem.is_none()
            && let Err(error) = self.token_of(&account)
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the token for GitHub cannot be opened"
            );
            account.problem = Some(self.problem(ProblemCode::GithubLoginRequired, &unreadable(&error)));
        }
        Ok(Some(account))
    }

    /// The account that can be used, with its token.
    pub(super) async fn usable(&self) -> Result<(github_account::Model, SecretString), Error> {
        let account = self.account().await?.ok_or(Error::NoAccount)?;
        if let Some(problem) = &account.problem {
            return Err(Error::Useless(problem.message.clone()));
        }
        let token = self.token_of(&account)?;
        Ok((account, token))
    }

    fn token_of(&self, account: &github_account::Model) -> Result<SecretString, secrets::Error> {
        self.seal.open(&account_purpose(account.token_id), &account.token)
    }

    /// GitHub has refused the token.
    pub(super) async fn revoked(&self, account: &github_account::Model) -> Result<Error, Error> {
        let message = format!(
            "GitHub no longer accepts the token of {}: it has expired or was revoked. Sign in again.",
            account.login
        );
        let problem = self.problem(ProblemCode::GithubLoginRequired, &message);
        let mut tx = self.events.begin(Actor::Server).await?;
        store::note_problem(&mut tx, account.token_id, problem).await?;
        tx.commit().await?;
        Ok(Error::Useless(message))
    }

    /// Signs in with a token that somebody made at GitHub. It is tried there before it is kept.
    pub async fn connect(
        &self,
        caller: &Caller,
        token: &SecretString,
        client_id: Option<&str>,
    ) -> Result<Option<github_account::Model>, Error> {
        caller.require(Scope::Manage)?;
        let token = checked_token(token)?;
        let fingerprint = self.seal.fingerprint("connectGithub", &token)?;
        let attempt = Attempt::new("connectGithub", client_id, &fingerprint)?;
        if self.was_done(caller, attempt.as_ref()).await? {
            return self.account().await;
        }
        let user = match self.github.user(&token).await {
            Err(GitHubError::BadToken) => return Err(Error::RefusedToken),
            user => user?,
        };
        let account = self.account_of(user, &token)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(()) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return self.account().await;
        }
        store::put_account(&mut tx, account.clone()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &()).await?;
        tx.commit().await?;
        Ok(Some(account))
    }

    async fn was_done(&self, caller: &Caller, attempt: Option<&Attempt>) -> Result<bool, Error> {
        let tx = self.events.begin(Actor::Device(caller.device)).await?;
        Ok(matches!(
            idempotency::claim(&tx, caller, attempt, &self.clock).await?,
            Claim::Done(())
        ))
    }

    pub(super) fn account_of(&self, user: User, token: &SecretString) -> Result<github_account::Model, Error> {
        let token_id = GithubTokenId::generate();
        Ok(github_account::Model {
            id: ONLY,
            login: user.login,
            name: user.name,
            scopes: user.scopes,
            token_id,
            token: self.seal.seal(&account_purpose(token_id), token)?,
            connected_at: self.clock.now(),
            problem: None,
        })
    }

    /// Signs out. The answer is who it was.
    pub async fn disconnect(&self, caller: &Caller, client_id: Option<&str>) -> Result<Option<String>, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("disconnectGithub", client_id, &())?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(login) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return Ok(login);
        }
        let login = store::account(&*tx).await?.map(|account| account.login);
        store::remove_account(&mut tx).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &login).await?;
        tx.commit().await?;
        Ok(login)
    }

    pub(super) fn problem(&self, code: ProblemCode, message: &str) -> Problem {
        Problem {
            code,
            message: message.to_owned(),
            since: self.clock.now(),
            next_attempt_at: None,
        }
    }

    /// Some sign-in is not as it was.
    pub(super) fn tell(&self) {
        self.wake.notify_one();
        self.moved.send_replace(());
    }

    pub fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}

fn account_purpose(id: GithubTokenId) -> String {
    format!("github_account.token {id}")
}

/// Where the key lies is for the log.
pub(super) fn unreadable(error: &secrets::Error) -> String {
    let why = match error {
        secrets::Error::Gone(_) | secrets::Error::Foreign | secrets::Error::Damaged(_) => {
            "its key is lost. Sign in again"
        }
        secrets::Error::Exposed(_) => "other users of its machine can read the key. Its log says what to do",
        secrets::Error::Io { .. } | secrets::Error::Randomness(_) => "its key cannot be read. Its log says why",
    };
    format!("This server cannot open its token for GitHub: {why}.")
}

fn checked_token(token: &SecretString) -> Result<SecretString, Error> {
    let token = token.expose_secret().trim();
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && (1..=MAX_TOKEN).contains(&token.len()) {
        Ok(SecretString::from(token))
    } else {
        Err(Error::Token)
    }
}
