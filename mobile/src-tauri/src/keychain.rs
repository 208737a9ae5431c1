//! The system's own place for secrets, and the one this app uses. There is no other: without it the token lives as long as
//! the program does, and the screens say so.

use std::{sync::Arc, time::Duration};

use client::SecretString;
use keyring_core::{CredentialStore, Entry, Error};
use secrecy::ExposeSecret;
use tokio::{sync::OnceCell, task::spawn_blocking, time::timeout};

const SERVICE: &str = "app.portablecommandcenter";
const ENTRY: &str = "account";

/// To find the keychain. A session bus that does not answer would be waited for without an end.
const OPEN_WITHIN: Duration = Duration::from_secs(5);
/// To use it: the system may ask a person for a password first.
const USE_WITHIN: Duration = Duration::from_secs(60);

/// Why the keychain cannot be used, for people.
pub type Problem = String;

type Open = fn() -> keyring_core::Result<Arc<CredentialStore>>;

pub struct Keychain {
    open: Open,
    open_within: Duration,
    store: OnceCell<Arc<CredentialStore>>,
}

impl Keychain {
    pub fn of_this_system() -> Self {
        Self::new(store_of_this_system)
    }

    fn new(open: Open) -> Self {
        Self {
            open,
            open_within: OPEN_WITHIN,
            store: OnceCell::new(),
        }
    }

    pub async fn read(&self) -> Result<Option<SecretString>, Problem> {
        self.with_entry(|entry| match entry.get_password() {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    pub async fn write(&self, secret: SecretString) -> Result<(), Problem> {
        self.with_entry(move |entry| entry.set_password(secret.expose_secret()))
            .await
    }

    pub async fn remove(&self) -> Result<(), Problem> {
        self.with_entry(|entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            result => result,
        })
        .await
    }

    async fn with_entry<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let open = || blocking(self.open_within, self.open);
        let store = self.store.get_or_try_init(open).await?.clone();
        blocking(USE_WITHIN, move || work(&Entry::new_in_store(&store, SERVICE, ENTRY)?)).await
    }
}

/// Keychains block, and some cannot be called from an async task at all.
async fn blocking<T: Send + 'static>(
    within: Duration,
    work: impl FnOnce() -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    match timeout(within, spawn_blocking(work)).await {
        Ok(Ok(result)) => result.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the keychain does not answer".to_owned()),
    }
}

#[cfg(target_os = "linux")]
fn store_of_this_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn store_of_this_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "ios")]
fn store_of_this_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::protected::Store::new()?)
}

#[cfg(windows)]
fn store_of_this_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(target_os = "android")]
fn store_of_this_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(android_native_keyring_store::Store::new()?)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// In memory, as the library has it for tests.
    pub fn in_memory() -> Keychain {
        Keychain::new(|| Ok(keyring_core::mock::Store::new()?))
    }

    pub fn missing() -> Keychain {
        Keychain::new(|| Err(Error::NoStorageAccess("no such service".into())))
    }

    #[tokio::test]
    async fn gives_back_what_it_was_given_until_it_is_removed() {
        let keychain = in_memory();
        assert!(keychain.read().await.unwrap().is_none());
        keychain.write(SecretString::from("first")).await.unwrap();
        keychain.write(SecretString::from("second")).await.unwrap();
        assert_eq!(keychain.read().await.unwrap().unwrap().expose_secret(), "second");
        keychain.remove().await.unwrap();
        keychain.remove().await.unwrap();
        assert!(keychain.read().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn says_why_there_is_none() {
        let problem = missing().read().await.unwrap_err();
        assert!(problem.contains("no such service"), "{problem}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_given_up() {
        static BUS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let hangs = BUS.lock().await;
        let mut keychain = Keychain::new(|| {
            drop(BUS.blocking_lock());
            Err(Error::NoDefaultStore)
        });
        keychain.open_within = Duration::from_millis(20);
        assert_eq!(keychain.read().await.unwrap_err(), "the keychain does not answer");
        drop(hangs);
    }
}
