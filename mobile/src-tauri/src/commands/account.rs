//! Pairing and signing out. The token goes from the server to the keychain, and not by here.

use serde::Serialize;
use tauri::State;

use crate::{
    account::Account,
    device::Device,
    error::Failure,
    links,
    session::{Access, Session},
};

/// What the screens may know of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    account: Option<ShownAccount>,
    /// Why the account is gone when the program ends; nothing if it is kept.
    keychain_problem: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownAccount {
    server: String,
    installation: Option<String>,
    device_id: String,
    device_name: String,
}

impl From<Access> for Shown {
    fn from(access: Access) -> Self {
        let account = access.account.map(|account| ShownAccount {
            server: account.server,
            installation: account.installation,
            device_id: account.device_id,
            device_name: account.device_name,
        });
        Self {
            account,
            keychain_problem: access.problem,
        }
    }
}

#[tauri::command]
pub async fn account(session: State<'_, Session>) -> Result<Shown, Failure> {
    Ok(session.access().await?.into())
}

/// Takes a pairing link, whichever way it came, and tells which server it leads to. Nothing changes before `enter`.
#[tauri::command]
pub async fn pair(session: State<'_, Session>, link: String, device_name: String) -> Result<String, Failure> {
    let link = links::read(&link)?;
    let redeemed = link.redeem(&device_name).await?;
    session.hold(Account {
        server: link.server().as_str().trim_end_matches('/').to_owned(),
        installation: Some(redeemed.installation.clone()),
        device_id: redeemed.device.id,
        device_name: redeemed.device.name,
        token: redeemed.token,
    });
    Ok(redeemed.installation)
}

/// Signs in as the device that the last pairing link has made.
#[tauri::command]
pub async fn enter(session: State<'_, Session>, device: State<'_, Device>) -> Result<Shown, Failure> {
    let account = session.take_held().ok_or_else(Failure::signed_out)?;
    let access = session.begin(account).await?;
    // What the screens still have to keep is another account's.
    device.close().await;
    Ok(access.into())
}

/// The server forgets the device that the last pairing link has made.
#[tauri::command]
pub async fn refuse(session: State<'_, Session>) -> Result<(), Failure> {
    let account = session.take_held().ok_or_else(Failure::signed_out)?;
    account.client()?.revoke_device(&account.device_id).await?;
    Ok(())
}

/// Signs out of this device, and removes all that was kept for it. The server is told before, by the screens.
#[tauri::command]
pub async fn forget(session: State<'_, Session>, device: State<'_, Device>) -> Result<(), Failure> {
    let cleared = device.clear().await;
    session.end().await?;
    cleared
}
