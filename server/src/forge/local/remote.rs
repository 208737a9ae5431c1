//! Asking another server what it has.

use super::LocalForge;
use crate::forge::{
    ForgeError, RemoteCheck,
    git::remote_args,
    login::Login,
    policy::{Route, RouteError},
    reference::GitRef,
    url::GitUrl,
};

/// About a hundred thousand refs.
const MAX_ANSWER: usize = 8 << 20;

/// What a server says of a repository.
pub(super) struct Advertised {
    pub(super) check: RemoteCheck,
    is_sha256: bool,
}

impl LocalForge {
    pub(super) async fn route(&self, url: &GitUrl) -> Result<Route, ForgeError> {
        self.policy.route(url).await.map_err(|error| match error {
            RouteError::Lookup { .. } => ForgeError::Unavailable {
                message: error.to_string(),
                source: Some(Box::new(error)),
            },
            _ => ForgeError::Rejected(error.to_string()),
        })
    }

    /// With the login it took, if any.
    pub(super) async fn look_at(&self, route: &Route) -> Result<(Advertised, Option<Login>), ForgeError> {
        let mut login = self.logins.login(&route.url).await;
        let mut there = self.refs_at(route, login.as_ref()).await;
        // A login that is no good is refused even where none is needed.
        if matches!(there, Err(ForgeError::LoginRequired(_)))
            && login.is_some()
            && !self.logins.still_holds(&route.url).await
        {
            login = None;
            there = self.refs_at(route, None).await;
        }
        match (there, self.logins.invitation(&route.url)) {
            (Err(ForgeError::LoginRequired(message)), Some(invitation)) if login.is_none() => {
                Err(ForgeError::AccountNeeded(format!("{message}: {invitation}")))
            }
            (there, _) => Ok((there?, login)),
        }
    }

    async fn refs_at(&self, route: &Route, login: Option<&Login>) -> Result<Advertised, ForgeError> {
        let command = self
            .git
            .command("ls-remote")
            .arg("--symref")
            .args(remote_args(&route.url))
            .args(["HEAD", "refs/heads/*", "refs/tags/*"])
            .remote(route)
            .login(route, login)
            .timeout(self.limits.check_timeout)
            .output_limit(MAX_ANSWER);
        let output = command.run().await.map_err(|error| error.about(route.url.as_str()))?;
        Ok(Advertised::parse(&output.text()))
    }
}

impl Advertised {
    /// Lines of `id TAB name`, and before HEAD's one of `ref: target TAB HEAD` where the server tells.
    fn parse(text: &str) -> Self {
        let (mut branches, mut tags, mut head_id, mut head) = (Vec::new(), Vec::new(), None, None);
        let mut is_sha256 = false;
        for (value, name) in text.lines().filter_map(|line| line.split_once('\t')) {
            if let Some(target) = value.strip_prefix("ref: ") {
                if name == "HEAD" {
                    head = target.strip_prefix("refs/heads/").map(str::to_owned);
                }
                continue;
            }
            is_sha256 |= value.len() == 64;
            if name == "HEAD" {
                head_id = Some(value);
            } else if let Some(branch) = name.strip_prefix("refs/heads/") {
                branches.push((branch, value));
            } else if let Some(tag) = name.strip_prefix("refs/tags/").filter(|tag| !tag.ends_with("^{}")) {
                tags.push(tag.to_owned());
            }
        }
        let is_branch = |name: &str| branches.iter().any(|(branch, _)| *branch == name);
        let default_branch = head
            .filter(|head| is_branch(head))
            // A detached HEAD: the branch it stands on.
            .or_else(|| {
                branches
                    .iter()
                    .find(|(_, id)| Some(*id) == head_id)
                    .map(|(branch, _)| (*branch).to_owned())
            })
            .or_else(|| {
                ["main", "master"]
                    .into_iter()
                    .find(|name| is_branch(name))
                    .map(str::to_owned)
            })
            .or_else(|| branches.first().map(|(branch, _)| (*branch).to_owned()));
        let branches = branches.into_iter().map(|(branch, _)| branch.to_owned()).collect();
        Self {
            check: RemoteCheck {
                default_branch,
                branches,
                tags,
            },
            is_sha256,
        }
    }

    pub(super) fn object_format(&self) -> &'static str {
        if self.is_sha256 { "sha256" } else { "sha1" }
    }

    pub(super) fn has_refs(&self) -> bool {
        !(self.check.branches.is_empty() && self.check.tags.is_empty())
    }

    pub(super) fn likely_default(&self) -> Option<&str> {
        self.check.default_branch.as_deref()
    }

    /// False when fetching would be in vain. Whether a commit is there shows only then.
    pub(super) fn may_have(&self, reference: &GitRef) -> bool {
        let name = reference.as_str();
        let is_in = |names: &[String], prefix: &str| {
            let short = name.strip_prefix(prefix).unwrap_or(name);
            names.iter().any(|one| one == short || one == name)
        };
        reference.may_be_commit()
            || is_in(&self.check.branches, "refs/heads/")
            || is_in(&self.check.tags, "refs/tags/")
            || (name == "HEAD" && self.check.default_branch.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";
    const OTHER: &str = "9876543210987654321098765432109876543210";

    fn advertised(lines: &[(&str, &str)]) -> Advertised {
        Advertised::parse(&lines.iter().map(|(a, b)| format!("{a}\t{b}\n")).collect::<String>())
    }

    #[test]
    fn reads_what_a_server_says() {
        let there = advertised(&[
            ("ref: refs/heads/dev", "HEAD"),
            (ID, "HEAD"),
            (ID, "refs/heads/dev"),
            (OTHER, "refs/heads/main"),
            (ID, "refs/tags/v1"),
            (OTHER, "refs/tags/v1^{}"),
        ]);
        let check = RemoteCheck {
            default_branch: Some("dev".into()),
            branches: vec!["dev".into(), "main".into()],
            tags: vec!["v1".into()],
        };
        assert_eq!(there.check, check);
        for (name, there_is) in [
            ("dev", true),
            ("refs/heads/main", true),
            ("v1", true),
            ("refs/tags/v1", true),
            ("HEAD", true),
            (ID, true),
            ("absent", false),
            ("refs/tags/dev", false),
        ] {
            assert_eq!(there.may_have(&GitRef::parse(name).unwrap()), there_is, "{name}");
        }
    }

    #[test]
    fn finds_a_default_where_head_tells_none() {
        for (lines, wanted) in [
            (
                &[(OTHER, "HEAD"), (ID, "refs/heads/a"), (OTHER, "refs/heads/b")][..],
                Some("b"),
            ),
            (&[(ID, "refs/heads/a"), (ID, "refs/heads/master")], Some("master")),
            (&[(ID, "refs/heads/a"), (ID, "refs/heads/b")], Some("a")),
            (&[("ref: refs/heads/gone", "HEAD"), (ID, "refs/heads/a")], Some("a")),
            (&[], None),
        ] {
            assert_eq!(advertised(lines).likely_default(), wanted);
        }
    }
}
