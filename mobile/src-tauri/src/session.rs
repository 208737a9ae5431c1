//! The account that is signed in, with its client: what every command works for.

use std::sync::{Mutex as StdMutex, PoisonError};

use client::Client;
use tokio::sync::{Mutex, watch};

use crate::{
    account::Account,
    error::Failure,
    keychain::{Keychain, Problem},
};

pub struct Session {
    keychain: Keychain,
    /// One change at a time, and the keychain with it.
    changing: Mutex<Access>,
    client: watch::Sender<Option<Client>>,
    /// What a pairing link has made, until the screens say what becomes of it.
    held: StdMutex<Option<Account>>,
}

/// What this device may do, and how well that is kept.
#[derive(Clone, Default)]
pub struct Access {
    /// The keychain was looked into.
    is_known: bool,
    pub account: Option<Account>,
    /// Why the account is gone when the program ends.
    pub problem: Option<Problem>,
}

impl Session {
    pub fn new(keychain: Keychain) -> Self {
        Self {
            keychain,
            changing: Mutex::default(),
            client: watch::Sender::new(None),
            held: StdMutex::default(),
        }
    }

    pub fn hold(&self, account: Account) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(account);
    }

    pub fn take_held(&self) -> Option<Account> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// For one request.
    pub fn client(&self) -> Result<Client, Failure> {
        self.client.borrow().clone().ok_or_else(Failure::signed_out)
    }

    /// The present one, then each that takes its place.
    pub fn clients(&self) -> watch::Receiver<Option<Client>> {
        self.client.subscribe()
    }

    /// What the keychain has, the first time; then what is known.
    pub async fn access(&self) -> Result<Access, Failure> {
        let mut access = self.changing.lock().await;
        if !access.is_known {
            let (account, problem) = match self.keychain.read().await {
                // Of another version of the app: as if there were none.
                Ok(secret) => (secret.and_then(|secret| Account::from_secret(&secret).ok()), None),
                Err(problem) => (None, Some(problem)),
            };
            self.enter(&mut access, account, problem)?;
        }
        Ok(access.clone())
    }

    pub async fn begin(&self, account: Account) -> Result<Access, Failure> {
        let mut access = self.changing.lock().await;
        let kept = match account.to_secret() {
            Ok(secret) => self.keychain.write(secret).await,
            Err(error) => Err(error.to_string()),
        };
        self.enter(&mut access, Some(account), kept.err())?;
        Ok(access.clone())
    }

    /// Signed out in any case; an error says that the keychain still has the token.
    pub async fn end(&self) -> Result<(), Failure> {
        let mut access = self.changing.lock().await;
        // Without a keychain there is nothing in it.
        let was_kept = access.problem.is_none();
        self.enter(&mut access, None, None)?;
        match self.keychain.remove().await {
            Err(problem) if was_kept => Err(Failure::here(problem)),
            _ => Ok(()),
        }
    }

    fn enter(&self, access: &mut Access, account: Option<Account>, problem: Option<Problem>) -> Result<(), Failure> {
        let client = account.as_ref().map(Account::client).transpose()?;
        *access = Access {
            is_known: true,
            account,
            problem,
        };
        self.client.send_replace(client);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use client::SecretString;

    use super::*;
    use crate::keychain::tests::{in_memory, missing};

    fn account() -> Account {
        Account {
            server: "http://127.0.0.1:1/".to_owned(),
            installation: Some("installation".to_owned()),
            device_id: "device".to_owned(),
            device_name: "Phone".to_owned(),
            token: SecretString::from("token"),
        }
    }

    #[tokio::test]
    async fn what_was_paired_is_there_after_the_next_start() {
        let first = Session::new(in_memory());
        assert!(first.access().await.unwrap().account.is_none());
        assert!(first.client().is_err());
        let access = first.begin(account()).await.unwrap();
        assert_eq!(access.problem, None);
        let second = Session::new(first.keychain);
        assert!(second.client().is_err(), "not before the keychain was asked");
        let kept = second.access().await.unwrap().account.unwrap();
        assert_eq!(
            (kept.server.as_str(), kept.device_name.as_str()),
            ("http://127.0.0.1:1/", "Phone")
        );
        assert!(second.client().is_ok());
        second.end().await.unwrap();
        assert!(second.client().is_err());
        let third = Session::new(second.keychain);
        assert!(third.access().await.unwrap().account.is_none());
    }

    #[tokio::test]
    async fn without_a_keychain_it_lasts_as_long_as_the_program() {
        let session = Session::new(missing());
        assert!(session.access().await.unwrap().problem.is_some());
        let access = session.begin(account()).await.unwrap();
        assert!(
            access
                .problem
                .is_some_and(|problem| problem.contains("no such service"))
        );
        assert!(session.client().is_ok());
        assert!(session.access().await.unwrap().account.is_some());
        session.end().await.unwrap();
        assert!(session.client().is_err());
    }
}
