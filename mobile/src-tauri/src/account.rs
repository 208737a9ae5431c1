//! Who this device is to its server.

use std::time::Duration;

use client::{Client, SecretString, Settings};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// What was paired. Only the keychain and the client see the token.
#[derive(Clone)]
pub struct Account {
    pub server: String,
    /// Which server it is, whatever its address. Accounts of earlier versions do not know.
    pub installation: Option<String>,
    pub device_id: String,
    pub device_name: String,
    pub token: SecretString,
}

/// As it lies in the keychain.
#[derive(Serialize, Deserialize)]
struct Kept {
    server: String,
    #[serde(default)]
    installation: Option<String>,
    device_id: String,
    device_name: String,
    token: String,
}

impl Account {
    /// Whose data it is that the device keeps for it: the same when it is paired again with the same server.
    pub fn owner(&self) -> String {
        let by_device = || format!("{} {}", self.server, self.device_id);
        self.installation.clone().unwrap_or_else(by_device)
    }

    pub fn client(&self) -> Result<Client, Failure> {
        // The screens have rules of their own about repeating, and want to know at once that nothing answers.
        let settings = Settings {
            retry_for: Duration::ZERO,
            // Notifications follow for as long as the app runs.
            give_up_after: Duration::MAX,
            ..Settings::default()
        };
        Ok(Client::with_settings(&self.server, Some(self.token.clone()), settings)?)
    }

    pub fn to_secret(&self) -> Result<SecretString, serde_json::Error> {
        let kept = Kept {
            server: self.server.clone(),
            installation: self.installation.clone(),
            device_id: self.device_id.clone(),
            device_name: self.device_name.clone(),
            token: self.token.expose_secret().to_owned(),
        };
        serde_json::to_string(&kept).map(SecretString::from)
    }

    pub fn from_secret(secret: &SecretString) -> Result<Self, serde_json::Error> {
        let kept: Kept = serde_json::from_str(secret.expose_secret())?;
        Ok(Self {
            server: kept.server,
            installation: kept.installation,
            device_id: kept.device_id,
            device_name: kept.device_name,
            token: SecretString::from(kept.token),
        })
    }
}
