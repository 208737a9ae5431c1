//! The REST API, and the port's one hand.

use async_trait::async_trait;
use reqwest::{
    Client,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    DeviceCode, GitHub, GitHubError, Page, Polled, Repository, Site, User,
    http::{Answer, Limits, odd},
    wire,
};

const VERSION: &str = "2022-11-28";
const PER_PAGE: &str = "100";

pub struct Api {
    pub(super) http: Client,
    pub(super) site: Site,
    pub(super) limits: Limits,
}

impl Api {
    /// `http` comes from [`http_client`](super::http_client).
    pub fn new(http: Client, site: Site, limits: Limits) -> Self {
        Self { http, site, limits }
    }

    /// An address below the site's own.
    pub(super) fn page(&self, path: &str) -> Url {
        below(&self.site.url, path)
    }

    async fn get(&self, token: &SecretString, path: &str, query: &[(&str, &str)]) -> Result<Answer, GitHubError> {
        let mut url = below(&self.site.api_url, path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| GitHubError::BadToken)?;
        bearer.set_sensitive(true);
        let request = self
            .http
            .get(url)
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", VERSION)
            .header(AUTHORIZATION, bearer);
        Answer::to(request, &self.limits).await
    }

    /// One whose address is not the site's is none that could be cloned with its token.
    fn checked(&self, repository: wire::Repository) -> Option<Repository> {
        let clone_url = Url::parse(&repository.clone_url).ok()?;
        (clone_url.origin() == self.site.url.origin()).then_some(Repository {
            id: repository.id,
            full_name: repository.full_name,
            description: repository.description.filter(|text| !text.is_empty()),
            is_private: repository.private,
            is_fork: repository.fork,
            is_archived: repository.archived,
            default_branch: repository.default_branch,
            pushed_at: repository.pushed_at,
            clone_url: repository.clone_url,
        })
    }
}

#[async_trait]
impl GitHub for Api {
    fn site(&self) -> &Site {
        &self.site
    }

    async fn begin(&self) -> Result<DeviceCode, GitHubError> {
        self.begin_login().await
    }

    async fn poll(&self, device_code: &SecretString) -> Result<Polled, GitHubError> {
        self.ask_for_token(device_code).await
    }

    async fn user(&self, token: &SecretString) -> Result<User, GitHubError> {
        let answer = self.get(token, "user", &[]).await?;
        let user: wire::User = answer.json()?;
        if user.login.is_empty() {
            return Err(odd("GitHub's answer names nobody"));
        }
        let scopes = answer.text("x-oauth-scopes").unwrap_or_default();
        Ok(User {
            login: user.login,
            name: user.name.filter(|name| !name.is_empty()),
            scopes: scopes.split(", ").collect::<Vec<_>>().join(" "),
        })
    }

    async fn repositories(&self, token: &SecretString, page: u32) -> Result<Page<Repository>, GitHubError> {
        let number = page.to_string();
        let query = [
            ("per_page", PER_PAGE),
            ("page", &number),
            ("affiliation", "owner,collaborator,organization_member"),
            ("sort", "pushed"),
            ("direction", "desc"),
        ];
        let answer = self.get(token, "user/repos", &query).await?;
        let repositories: Vec<wire::Repository> = answer.json()?;
        let has_next = answer.text("link").is_some_and(|link| link.contains("rel=\"next\""));
        Ok(Page {
            items: repositories
                .into_iter()
                .filter_map(|repository| self.checked(repository))
                .collect(),
            next: has_next.then(|| page.saturating_add(1)),
        })
    }
}

/// `base` may have a path of its own, as a company's GitHub has for its API.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_below_the_site() {
        for (base, wanted) in [
            ("https://api.github.com", "https://api.github.com/user/repos"),
            ("https://git.example/api/v3/", "https://git.example/api/v3/user/repos"),
        ] {
            assert_eq!(below(&base.parse().unwrap(), "user/repos").as_str(), wanted);
        }
    }
}
