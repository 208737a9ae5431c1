//! Where GitHub is, and how one signs in there.

use serde::Deserialize;

use super::Error;
use crate::github::Site;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHub {
    client_id: String,
    url: String,
    api_url: String,
}

impl GitHub {
    pub fn site(&self) -> Result<Site, Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if !self.client_id.bytes().all(is_plain) {
            return Err(Error::GitHubClientId(self.client_id.clone()));
        }
        Ok(Site {
            url: github_url("url", &self.url)?,
            api_url: github_url("api_url", &self.api_url)?,
            client_id: Some(self.client_id.clone()).filter(|id| !id.is_empty()),
        })
    }
}

/// A token is sent there.
fn github_url(key: &'static str, value: &str) -> Result<url::Url, Error> {
    let is_usable = |url: &url::Url| {
        let is_here = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => return false,
        };
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
        // What is cloned from is known by the host alone.
        let is_root = key != "url" || url.path() == "/";
        let has_more = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
        is_safe && is_root && !has_more && url.fragment().is_none()
    };
    let url = url::Url::parse(value).ok().filter(is_usable);
    url.ok_or_else(|| Error::GitHubUrl {
        key,
        value: value.to_owned(),
    })
}
