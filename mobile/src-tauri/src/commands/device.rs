//! What this device keeps for the account that is signed in.

use tauri::{
    State,
    ipc::{Request, Response},
};

use super::raw;
use crate::{
    device::{Answer, Device, Read, Write},
    error::Failure,
    session::Session,
};

/// Gives the number that all other commands are to name. Who opened it before has it no more.
#[tauri::command]
pub async fn device_open(session: State<'_, Session>, device: State<'_, Device>) -> Result<u32, Failure> {
    let account = session.access().await?.account.ok_or_else(Failure::signed_out)?;
    device.open(&account.owner()).await
}

#[tauri::command]
pub async fn device_read(device: State<'_, Device>, handle: u32, reads: Vec<Read>) -> Result<Vec<Answer>, Failure> {
    device.read(handle, reads).await
}

#[tauri::command]
pub async fn device_write(device: State<'_, Device>, handle: u32, writes: Vec<Write>) -> Result<(), Failure> {
    device.write(handle, writes).await
}

/// The newest messages of a session, oldest first.
#[tauri::command]
pub async fn device_newest(
    device: State<'_, Device>,
    handle: u32,
    session: String,
    count: u32,
) -> Result<Answer, Failure> {
    device.newest(handle, session, count).await
}

/// Its bytes, or null.
#[tauri::command]
pub async fn device_file(device: State<'_, Device>, handle: u32, id: String) -> Result<Response, Failure> {
    Ok(match device.file(handle, id).await? {
        Some(content) => Response::new(content),
        None => Response::new("null".to_owned()),
    })
}

/// It comes as bytes; `handle` and `id` are in headers.
#[tauri::command]
pub async fn device_keep_file(device: State<'_, Device>, request: Request<'_>) -> Result<(), Failure> {
    let handle = raw::header(request.headers(), "handle")?
        .parse()
        .map_err(Failure::here)?;
    let id = raw::header(request.headers(), "id")?;
    device.keep_file(handle, id, raw::content(&request)?).await
}

#[tauri::command]
pub async fn device_clear(device: State<'_, Device>) -> Result<(), Failure> {
    device.clear().await
}
