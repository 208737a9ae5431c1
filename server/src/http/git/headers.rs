//! What is read from the headers of a request, and how far it is believed.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;

use super::Refusal;

/// git clients send the likes of `version=2`.
const MAX_PROTOCOL: usize = 64;

/// The password of Basic, whatever the user name, or a bearer token.
pub(super) fn token(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        decoded.split_once(':')?.1.to_owned()
    } else {
        return None;
    };
    (!token.is_empty()).then(|| token.into())
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

pub(super) fn content_length(headers: &HeaderMap, is_advertisement: bool) -> Option<u64> {
    if is_advertisement {
        Some(0)
    } else {
        text(headers, header::CONTENT_LENGTH.as_str()).parse().ok()
    }
}

pub(super) fn is_gzip(headers: &HeaderMap) -> Result<bool, Refusal> {
    match text(headers, header::CONTENT_ENCODING.as_str()) {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(Refusal::Encoding),
    }
}

/// It becomes an environment variable of git, which reads it as a list of `key=value`.
pub(super) fn protocol(headers: &HeaderMap) -> &str {
    let protocol = text(headers, "git-protocol");
    let plain = protocol
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"=:.-".contains(&b));
    if plain && protocol.len() <= MAX_PROTOCOL {
        protocol
    } else {
        ""
    }
}

/// A device's name as git takes it for an author's.
pub(super) fn reflog_name(user: &str) -> String {
    let name: String = user
        .chars()
        .filter(|c| !c.is_control() && !"<>\n".contains(*c))
        .take(64)
        .collect();
    if name.trim().is_empty() {
        "device".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret;

    use super::*;

    fn token_of(value: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        token(&headers).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn takes_the_token_from_the_password_or_the_bearer() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(token_of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token_of("bearer  abc ").as_deref(), Some("abc"));
        assert_eq!(token_of(&basic("anyone:a:b")).as_deref(), Some("a:b"));
        for nothing in [
            &basic("token:"),
            &basic("token"),
            "Basic %%%",
            "Bearer ",
            "Digest x",
            "Basic",
        ] {
            assert_eq!(token_of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_name_with_anything_in_it_is_a_reflog_name() {
        assert_eq!(reflog_name("Eve <e@x>\n"), "Eve e@x");
        assert_eq!(reflog_name("\0\n"), "device");
    }
}
