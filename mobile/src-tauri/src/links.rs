//! Pairing links. Everywhere they are addresses of the server, `https://host/pair#CODE`; a link that opens this app has the
//! scheme `pcc` and names that address: `pcc://pair?server=https%3A%2F%2Fhost%2F#CODE`.

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

/// The link that this app was started by.
pub fn of_start<R: Runtime>(app: &AppHandle<R>) -> Option<String> {
    let links = app.deep_link().get_current().ok().flatten()?;
    links.iter().find_map(of_server)
}

/// Shows the pairing screen with each link that comes later. Somebody has to confirm it there: a link alone pairs nothing.
pub fn follow<R: Runtime>(app: &AppHandle<R>) {
    let shown = app.clone();
    app.deep_link().on_open_url(move |event| {
        if let Some(link) = event.urls().iter().find_map(of_server) {
            window::show_pairing(&shown, &link);
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
