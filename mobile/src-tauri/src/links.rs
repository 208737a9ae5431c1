//! Links that open this app; they have the scheme `pcc`. Pairing links are everywhere addresses of the server,
//! `https://host/pair#CODE`, and one of this app names that address: `pcc://pair?server=https%3A%2F%2Fhost%2F#CODE`. The other
//! one is `pcc://settings/github`: that screen, which shows how far a sign-in is.

use client::PairingLink;
use tauri::{AppHandle, Runtime};
use tauri_plugin_deep_link::DeepLinkExt;
use url::Url;

use crate::{error::Failure, window};

const SCHEME: &str = "pcc";

/// Reads a link of either kind.
pub fn read(text: &str) -> Result<PairingLink, Failure> {
    let link = Url::parse(text.trim()).ok().and_then(|link| of_server(&link));
    link.as_deref().unwrap_or(text).parse().map_err(Failure::here)
}

/// The server's own address of a link that opens this app.
fn of_server(link: &Url) -> Option<String> {
    if link.scheme() != SCHEME || link.host_str() != Some("pair") {
        return None;
    }
    let (_, server) = link.query_pairs().find(|(name, _)| name == "server")?;
    let code = link.fragment()?;
    Some(format!("{}/pair#{code}", server.trim_end_matches('/')))
}

/// A screen of this app, as its links lead there. Whatever the link says, somebody has to confirm it on that screen: a link
/// alone does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// With the server's own address of a pairing link.
    Pairing(String),
    Github,
}

fn screen(link: &Url) -> Option<Screen> {
    let is_github = link.scheme() == SCHEME && link.host_str() == Some("settings") && link.path() == "/github";
    if is_github {
        return Some(Screen::Github);
    }
    of_server(link).map(Screen::Pairing)
}

/// Where the link leads that this app was started by.
pub fn of_start<R: Runtime>(app: &AppHandle<R>) -> Option<Screen> {
    let links = app.deep_link().get_current().ok().flatten()?;
    links.iter().find_map(screen)
}

/// Shows the screen of each link that comes later.
pub fn follow<R: Runtime>(app: &AppHandle<R>) {
    let shown = app.clone();
    app.deep_link().on_open_url(move |event| {
        if let Some(screen) = event.urls().iter().find_map(screen) {
            window::show_screen(&shown, &screen);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_name_the_same_server() {
        for (text, server) in [
            ("https://example.org/pair#K7QF-M2XA", "https://example.org/"),
            (
                "pcc://pair?server=https%3A%2F%2Fexample.org%2F#K7QF-M2XA",
                "https://example.org/",
            ),
            (
                " pcc://pair?server=http%3A%2F%2F127.0.0.1%3A3001#K7QF-M2XA\n",
                "http://127.0.0.1:3001/",
            ),
            (
                "pcc://pair?server=https%3A%2F%2Fexample.org%2Fpcc%2F#K7QF-M2XA",
                "https://example.org/pcc",
            ),
        ] {
            assert_eq!(read(text).unwrap().server().as_str(), server, "{text}");
        }
    }

    #[test]
    fn a_link_leads_to_a_screen_of_this_app_or_nowhere() {
        let screen = |link: &str| screen(&link.parse().unwrap());
        assert_eq!(screen("pcc://settings/github"), Some(Screen::Github));
        let pairing = "https://example.org/pair#K7QF".to_owned();
        assert_eq!(
            screen("pcc://pair?server=https%3A%2F%2Fexample.org#K7QF"),
            Some(Screen::Pairing(pairing))
        );
        for link in [
            "pcc://settings",
            "pcc://settings/log",
            "https://settings/github",
            "pcc://pair",
        ] {
            assert_eq!(screen(link), None, "{link}");
        }
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "pcc://pair?server=https%3A%2F%2Fexample.org",
            "pcc://pair#K7QF-M2XA",
            "pcc://elsewhere?server=https%3A%2F%2Fexample.org#K7QF-M2XA",
            "pcc://pair?server=file%3A%2F%2F%2Fetc#K7QF-M2XA",
            "K7QF-M2XA",
        ] {
            assert!(matches!(read(text), Err(Failure::Here { .. })), "{text}");
        }
    }
}
