//! The app around the screens of `../src`: it holds the token, talks to the server for them by the typed `client`, opens
//! pairing links, keeps what has to outlive the screens, and tells of decisions that wait while nobody looks.
//!
//! What always holds: the token never reaches the web view, and is kept in the system's keychain or not at all. The
//! screens can run the operations of `client/operations` and call the commands below, nothing else.

mod account;
mod calls;
mod commands;
mod device;
mod error;
mod keychain;
mod links;
mod notices;
mod session;
#[cfg(test)]
mod tests;
mod window;

use tauri::{Builder, Manager, Runtime, generate_handler};

use crate::{calls::Calls, device::Device, keychain::Keychain, session::Session};

#[cfg(mobile)]
#[tauri::mobile_entry_point]
#[allow(unsafe_code)]
fn start() {
    if let Err(error) = run() {
        eprintln!("error: {error}");
    }
}

/// Until the last window is closed.
pub fn run() -> tauri::Result<()> {
    client::install_tls_provider();
    let builder = Builder::default();
    // First, as its documentation asks for: a second start hands its pairing link to this one and ends.
    #[cfg(desktop)]
    let builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
        window::show(app);
    }));
    commands(builder)
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .manage(Session::new(Keychain::of_this_system()))
        .setup(|app| {
            // Not with what follows a person from computer to computer: most of it is a cache.
            app.manage(Device::new(app.path().app_local_data_dir()?.join("kept")));
            let screen = links::of_start(app.handle());
            window::open(app.handle(), screen)?;
            links::follow(app.handle());
            notices::begin(app.handle());
            Ok(())
        })
        .run(tauri::generate_context!())
}

/// What the screens can call: the same names as in `build.rs` and `capabilities/main.json`.
fn commands<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    use commands::{account, device, files, graph, oauth};
    builder
        .manage(Calls::default())
        .on_page_load(graph::on_page_load)
        .invoke_handler(generate_handler![
            account::account,
            account::pair,
            account::enter,
            account::refuse,
            account::forget,
            graph::run,
            graph::watch,
            graph::cancel,
            oauth::initiate_oauth,
            oauth::poll_oauth,
            files::upload,
            files::save,
            device::device_open,
            device::device_read,
            device::device_write,
            device::device_newest,
            device::device_file,
            device::device_keep_file,
            device::device_clear,
        ])
}
