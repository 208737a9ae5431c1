//! The one window. It shows the app's own screens; every other address is for the system's browser.

use tauri::{AppHandle, Manager, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_opener::OpenerExt;
use url::Url;

const LABEL: &str = "main";
const PAIRING: &str = "/pair";

/// With the pairing screen, if there is a link for it.
pub fn open<R: Runtime>(app: &AppHandle<R>, link: Option<&str>) -> tauri::Result<()> {
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    let Some(config) = config else {
        return Err(tauri::Error::WindowNotFound);
    };
    let mut config = config.clone();
    if let Some(link) = link {
        config.url = WebviewUrl::App(format!("{PAIRING}#{}", encoded(link)).into());
    }
    let builder = WebviewWindowBuilder::from_config(app, &config)?;
    let dev_url = app.config().build.dev_url.clone();
    let outside = app.clone();
    let builder = builder.on_navigation(move |url| is_own(url, dev_url.as_ref()) || hand_over(&outside, url));
    #[cfg(desktop)]
    let builder = {
        let outside = app.clone();
        builder.on_new_window(move |url, _features| {
            hand_over(&outside, &url);
            tauri::webview::NewWindowResponse::Deny
        })
    };
    builder.build()?;
    Ok(())
}

/// The screens: `tauri://localhost`, on Windows and Android `http://tauri.localhost`, and Vite's while developing.
fn is_own(url: &Url, dev_url: Option<&Url>) -> bool {
    let is_inside = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    is_inside || (tauri::is_dev() && dev_url.is_some_and(|dev| dev.origin() == url.origin()))
}

/// Links in what agents write. Nothing but web pages and mail leaves: a path or another program's scheme could do harm.
fn hand_over<R: Runtime>(app: &AppHandle<R>, url: &Url) -> bool {
    if matches!(url.scheme(), "http" | "https" | "mailto") {
        let _ = app.opener().open_url(url.as_str(), None::<&str>);
    }
    false
}

/// Brings the window to the front.
pub fn show<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        bring_to_front(&window);
    }
}

#[cfg(desktop)]
fn bring_to_front<R: Runtime>(window: &WebviewWindow<R>) {
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

#[cfg(mobile)]
fn bring_to_front<R: Runtime>(_window: &WebviewWindow<R>) {}

/// The pairing screen with a link. It takes it out of the address, and out of the history.
pub fn show_pairing<R: Runtime>(app: &AppHandle<R>, link: &str) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    if let Ok(mut url) = window.url() {
        url.set_path(PAIRING);
        url.set_query(None);
        url.set_fragment(Some(&encoded(link)));
        let _ = window.navigate(url);
    }
    bring_to_front(&window);
}

/// As `decodeURIComponent` reads it.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Whether somebody looks at it.
pub fn is_seen<R: Runtime>(app: &AppHandle<R>) -> bool {
    let windows = app.webview_windows();
    windows
        .values()
        .any(|window| window.is_focused().unwrap_or(false) && !window.is_minimized().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_screens_are_shown() {
        let own = |url: &str| is_own(&url.parse().unwrap(), None);
        assert!(own("tauri://localhost/projects/a"));
        assert!(own("http://tauri.localhost/pair#x"));
        assert!(!own("https://example.org/"));
        assert!(!own("tauri://example.org/"));
        assert!(!own("file:///etc/passwd"));
        assert!(!own("javascript:alert(1)"));
    }

    #[test]
    fn a_fragment_is_read_back_as_it_was() {
        assert_eq!(
            encoded("https://h:1/pair#A B+c"),
            "https%3A%2F%2Fh%3A1%2Fpair%23A%20B%2Bc"
        );
    }
}
