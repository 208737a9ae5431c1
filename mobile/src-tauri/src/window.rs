//! The one window. It shows the app's own screens; every other address is for the system's browser.

use tauri::{AppHandle, Manager, Runtime, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_opener::OpenerExt;
use url::Url;

use crate::links::Screen;

const LABEL: &str = "main";

/// With the screen that a link leads to, if there is one.
pub fn open<R: Runtime>(app: &AppHandle<R>, screen: Option<Screen>) -> tauri::Result<()> {
    let config = app.config().app.windows.iter().find(|window| window.label == LABEL);
    let Some(config) = config else {
        return Err(tauri::Error::WindowNotFound);
    };
    let mut config = config.clone();
    if let Some(screen) = screen {
        let (path, fragment) = place(&screen);
        let fragment = fragment.map(|text| format!("#{text}")).unwrap_or_default();
        config.url = WebviewUrl::App(format!("{path}{fragment}").into());
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

/// Shows a page in the system's browser.
pub fn open_outside<R: Runtime>(app: &AppHandle<R>, page: &str) {
    if let Ok(url) = page.parse() {
        hand_over(app, &url);
    }
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

pub fn show_screen<R: Runtime>(app: &AppHandle<R>, screen: &Screen) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    if let Ok(mut url) = window.url() {
        let (path, fragment) = place(screen);
        url.set_path(path);
        url.set_query(None);
        url.set_fragment(fragment.as_deref());
        let _ = window.navigate(url);
    }
    bring_to_front(&window);
}

/// Its path and its fragment. The pairing screen takes the link out of the address, and out of the history.
fn place(screen: &Screen) -> (&'static str, Option<String>) {
    match screen {
        Screen::Pairing(link) => ("/pair", Some(encoded(link))),
        Screen::Github => ("/settings/github", None),
    }
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
