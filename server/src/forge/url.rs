//! Git URLs that are safe to hand to git.
//!
//! A [`GitUrl`] holds no secret: an address with a password or a token in it is refused, so it can be stored, logged and
//! shown as it is. It never starts with a hyphen, names no remote helper (`ext::…`) and no local path but by `file:`.
//! Whether a server may be reached at all is for [`Policy`](super::policy::Policy) to say.

use std::fmt;

use ::url::{Host, Url};

const MAX_BYTES: usize = 2_048;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GitUrl {
    /// What git gets.
    text: String,
    transport: Transport,
    /// `None` for `file:`.
    host: Option<Host>,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Https,
    Http,
    Ssh,
    File,
}

impl Transport {
    /// Its name in `GIT_ALLOW_PROTOCOL`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Ssh => "ssh",
            Self::File => "file",
        }
    }
}

/// Why an address cannot be used. The sentences never repeat the address: it may hold what should not be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("The address is empty.")]
    Empty,
    #[error("The address is longer than {MAX_BYTES} characters.")]
    TooLong,
    #[error("The address contains a space, a backslash or an invisible character.")]
    Character,
    #[error("The address starts with a hyphen.")]
    LeadingHyphen,
    #[error("Addresses of the form \"helper::address\" run a program and are not allowed. Use https://… or ssh://….")]
    RemoteHelper,
    #[error("This is no git address. Use https://host/path or git@host:path.")]
    Malformed,
    #[error("The scheme \"{0}\" is not supported. Use https:// or ssh://.")]
    Scheme(String),
    #[error(
        "The address contains a user name, a password or a token. Addresses are stored and shown, so leave it out: \
         write https://host/path or ssh://user@host/path."
    )]
    Credentials,
    #[error("The address contains a query or a fragment. Leave out everything from \"?\" or \"#\" on.")]
    Query,
    #[error("The address names no valid host.")]
    Host,
    #[error("The user name in the address is not valid.")]
    User,
    #[error("The address names no repository on its host.")]
    Path,
    #[error("This server is not configured to read repositories from its own disk (forge.allow_file).")]
    FileNotAllowed,
    #[error("This server is not configured to fetch over unencrypted http (forge.allow_http). Use https://.")]
    HttpNotAllowed,
}

impl GitUrl {
    /// Checks the form alone. Spaces around it, as pasting leaves them, are dropped.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(UrlError::TooLong);
        }
        if text.starts_with('-') {
            return Err(UrlError::LeadingHyphen);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlError::Character);
        }
        if is_remote_helper(text) {
            return Err(UrlError::RemoteHelper);
        }
        if text.contains("://") {
            parse_url(text)
        } else {
            parse_scp(text)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// `None` for `file:`.
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Scheme, host and port; `None` where there is no web server.
    pub fn origin(&self) -> Option<String> {
        let host = self.host.as_ref()?;
        let is_web = matches!(self.transport, Transport::Https | Transport::Http);
        is_web.then(|| format!("{}://{host}:{}", self.transport.name(), self.port))
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `ext::sh -c …`, `fd::7`: git runs `git-remote-<helper>` for these.
fn is_remote_helper(text: &str) -> bool {
    text.split_once("::").is_some_and(|(helper, _)| {
        !helper.is_empty() && helper.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

fn parse_url(text: &str) -> Result<GitUrl, UrlError> {
    let url = Url::parse(text).map_err(|error| match error {
        ::url::ParseError::EmptyHost
        | ::url::ParseError::InvalidIpv4Address
        | ::url::ParseError::InvalidIpv6Address => UrlError::Host,
        _ => UrlError::Malformed,
    })?;
    let (transport, default_port) = match url.scheme() {
        "https" => (Transport::Https, 443),
        "http" => (Transport::Http, 80),
        "ssh" => (Transport::Ssh, 22),
        "file" => (Transport::File, 0),
        other => return Err(UrlError::Scheme(other.chars().take(20).collect())),
    };
    if url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    // Over ssh the user is part of the address. Elsewhere a lone "user" is how tokens are passed.
    match (transport, url.username()) {
        (_, "") => {}
        (Transport::Ssh, user) => check_user(user)?,
        _ => return Err(UrlError::Credentials),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(UrlError::Query);
    }
    let host = match (transport, url.host()) {
        (Transport::File, None) => None,
        (Transport::File, Some(_)) | (_, None) => return Err(UrlError::Host),
        (_, Some(host)) => Some(check_host(host.to_owned())?),
    };
    if url.path().trim_matches('/').is_empty() {
        return Err(UrlError::Path);
    }
    // git decodes the path before it uses it.
    let path = url.path().to_ascii_lowercase();
    if ["%0", "%1", "%7f"].iter().any(|encoded| path.contains(encoded)) {
        return Err(UrlError::Character);
    }
    let port = url.port().unwrap_or(default_port);
    let text = String::from(url);
    // Percent encoding has made it longer.
    if text.len() > MAX_BYTES {
        return Err(UrlError::TooLong);
    }
    Ok(GitUrl {
        text,
        transport,
        host,
        port,
    })
}

/// `git@host:path`, as forges show it. Unlike in `ssh://host/path`, the path counts from the user's home.
fn parse_scp(text: &str) -> Result<GitUrl, UrlError> {
    let (authority, path) = split_scp(text).ok_or(UrlError::Malformed)?;
    if authority.contains('/') {
        return Err(UrlError::Malformed); // A path with a colon in it.
    }
    let host = match authority.rsplit_once('@') {
        Some((user, _)) if user.contains(':') => return Err(UrlError::Credentials),
        Some((user, host)) => {
            check_user(user)?;
            host
        }
        None => authority,
    };
    let host = check_host(Host::parse(host).map_err(|_| UrlError::Host)?)?;
    if path.is_empty() || path.starts_with('-') || path.trim_matches('/').is_empty() {
        return Err(UrlError::Path);
    }
    if path.contains(['?', '#']) {
        return Err(UrlError::Query);
    }
    Ok(GitUrl {
        text: text.to_owned(),
        transport: Transport::Ssh,
        host: Some(host),
        port: 22,
    })
}

/// At the first colon, or at the one behind `[…]`, which holds an IPv6 address. `user:password@host:path` is kept in
/// one piece, so that it can be refused for what it is.
fn split_scp(text: &str) -> Option<(&str, &str)> {
    let from = match (text.find('@'), text.find('/')) {
        (Some(at), slash) if slash.is_none_or(|slash| at < slash) => at + 1,
        _ => 0,
    };
    let host_end = match text[from..].strip_prefix('[') {
        Some(_) => from + text[from..].find("]:")? + 1,
        None => from + text[from..].find(':')?,
    };
    Some((&text[..host_end], &text[host_end + 1..]))
}

fn check_user(user: &str) -> Result<(), UrlError> {
    let is_plain = user.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if is_plain && !user.is_empty() && user.len() <= 64 && !user.starts_with('-') {
        Ok(())
    } else {
        Err(UrlError::User)
    }
}

/// The parser leaves the host of a scheme it does not know (`ssh`) as it stands, so `-oProxyCommand=…` would pass there.
fn check_host(host: Host) -> Result<Host, UrlError> {
    let Host::Domain(name) = &host else { return Ok(host) };
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if is_name && !name.is_empty() && name.len() <= 253 && !name.starts_with(['-', '.']) && !name.contains("..") {
        Ok(host)
    } else {
        Err(UrlError::Host)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepted(text: &str) -> (String, Transport, Option<String>, u16) {
        let url = GitUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (
            url.to_string(),
            url.transport,
            url.host.map(|h| h.to_string()),
            url.port,
        )
    }

    #[test]
    fn takes_the_addresses_forges_show() {
        use Transport::*;
        for (text, transport, host, port) in [
            ("https://github.com/rust-lang/log.git", Https, Some("github.com"), 443),
            (
                "  https://git.home.lan:3000/me/repo  ",
                Https,
                Some("git.home.lan"),
                3000,
            ),
            ("HTTPS://GitHub.com/a/b", Https, Some("github.com"), 443),
            ("http://10.0.0.5/me/repo", Http, Some("10.0.0.5"), 80),
            ("https://[2001:db8::1]/a", Https, Some("[2001:db8::1]"), 443),
            ("git@github.com:rust-lang/log.git", Ssh, Some("github.com"), 22),
            ("host.lan:repo.git", Ssh, Some("host.lan"), 22),
            ("git@[2001:db8::1]:repo.git", Ssh, Some("[2001:db8::1]"), 22),
            ("git@host:a:b", Ssh, Some("host"), 22),
            ("ssh://git@host:2222/repo.git", Ssh, Some("host"), 2222),
            ("ssh://host/~/repo.git", Ssh, Some("host"), 22),
            ("file:///srv/git/a.git", File, None, 0),
        ] {
            let (_, t, h, p) = accepted(text);
            assert_eq!((t, h.as_deref(), p), (transport, host, port), "{text}");
        }
        assert_eq!(accepted(" git@host:path/x.git").0, "git@host:path/x.git");
    }

    #[test]
    fn refuses_each_trap_with_its_own_reason() {
        use UrlError::*;
        for (text, error) in [
            ("", Empty),
            ("   ", Empty),
            ("--upload-pack=touch${IFS}x", LeadingHyphen),
            ("-oProxyCommand=x:y", LeadingHyphen),
            ("ext::sh -c id", Character),
            ("ext::sh", RemoteHelper),
            ("fd::17", RemoteHelper),
            ("https::https://example.com/x", RemoteHelper),
            ("https://example.com/a\0b", Character),
            ("https://example.com/a\nb", Character),
            ("https://example.com/a\u{202f}b", Character),
            ("https:\\\\example.com\\a", Character),
            ("https://me:secret@example.com/x", Credentials),
            ("https://ghp_0123456789@github.com/x/y", Credentials),
            ("ssh://git:secret@example.com/x", Credentials),
            ("git:secret@example.com:x", Credentials),
            ("https://example.com/x?private_token=abc", Query),
            ("https://example.com/x#readme", Query),
            ("git@example.com:x?token=abc", Query),
            ("https:///x", Path),
            ("https://", Host),
            ("ssh:///x", Host),
            ("ssh://-oProxyCommand=touch%20x/y", Host),
            ("ssh://-x/y", Host),
            ("git@-x:y", Host),
            ("ssh://-x@host/y", User),
            ("-x@host:y", LeadingHyphen),
            ("ssh://host/a%00b", Character),
            ("https://host/a%0Ab", Character),
            ("host:-x", Path),
            ("https://example.com", Path),
            ("https://example.com/", Path),
            ("file://server/share", Host),
            ("file:///", Path),
            ("/srv/git/a.git", Malformed),
            ("../a:b", Malformed),
            ("./a", Malformed),
            ("repo", Malformed),
            ("git://example.com/x", Scheme("git".into())),
            ("ftp://example.com/x", Scheme("ftp".into())),
            ("javascript://x/y", Scheme("javascript".into())),
        ] {
            assert_eq!(GitUrl::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(
            GitUrl::parse(&format!("https://e.com/{}", "x".repeat(2_048))),
            Err(TooLong)
        );
    }

    #[test]
    fn no_sentence_repeats_the_secret() {
        for text in [
            "https://me:hunter2@example.com/x",
            "me:hunter2@example.com:x",
            "https://hunter2@example.com/x",
        ] {
            let error = GitUrl::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn fuzz_addresses() {
        crate::fuzzing::fuzz("git_url", |input| {
            let Ok(url) = GitUrl::parse(&String::from_utf8_lossy(input)) else {
                return;
            };
            let text = url.as_str();
            assert!(!text.starts_with('-') && !is_remote_helper(text), "{text}");
            assert!(text.chars().all(|c| !c.is_control() && !c.is_whitespace()), "{text:?}");
            let host = url.host().map(ToString::to_string).unwrap_or_default();
            assert!(!host.starts_with('-'), "{text}");
            assert_eq!(url.transport() == Transport::File, url.host().is_none(), "{text}");
            assert_eq!(
                GitUrl::parse(text),
                Ok(url.clone()),
                "what is stored is read back as the same"
            );
        });
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = GitUrl::parse(&text);
        }

        #[test]
        fn what_passes_is_harmless(text in "(https?://|ssh://|file://|ext::|)[-a-z0-9@:/._~%?#=\\[\\] ]{0,24}") {
            if let Ok(url) = GitUrl::parse(&text) {
                let text = url.as_str();
                prop_assert!(!text.starts_with('-'), "{text}");
                prop_assert!(!is_remote_helper(text), "{text}");
                prop_assert!(!text.contains(['?', '#', ' ', '\0']), "{text}");
                prop_assert!(url.transport() == Transport::File || url.host().is_some(), "{text}");
                // Passing twice changes nothing: what is stored is read back as the same.
                prop_assert_eq!(GitUrl::parse(text), Ok(url.clone()));
            }
        }
    }
}
