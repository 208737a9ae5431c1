//! What is in a repository.
//!
//! Only plumbing is asked: what it prints does not depend on settings, which the agent can write.

use std::path::Path;

use chrono::DateTime;

use super::LocalForge;
use crate::forge::{Branch, Commit, ForgeError, git::GitError, reference::GitRef};

const READ_LIMIT: usize = 8 << 20;
/// Of a commit's first line. Some tools put everything there.
const MAX_SUBJECT: usize = 500;

impl LocalForge {
    /// The branch HEAD names, where it exists. Someone who pushes `master` into an empty repository leaves HEAD on a
    /// `main` that never comes, and every clone without files: then HEAD follows.
    pub(super) async fn default_branch(&self, folder: &Path) -> Result<Option<String>, ForgeError> {
        let head = self
            .ask(self.inside(folder, "symbolic-ref").args(["--quiet", "HEAD"]))
            .await?;
        let head = head
            .as_deref()
            .and_then(|head| head.trim().strip_prefix("refs/heads/"))
            .map(str::to_owned);
        if let Some(branch) = &head
            && self.commit_of(folder, &format!("refs/heads/{branch}")).await?.is_some()
        {
            return Ok(head);
        }
        let branches = self.read_branches(folder).await?;
        let preferred = ["main", "master"]
            .into_iter()
            .find(|name| branches.iter().any(|b| b.name == **name));
        let Some(branch) = preferred.or(branches.first().map(|branch| branch.name.as_str())) else {
            return Ok(None);
        };
        self.set_head(folder, branch).await?;
        Ok(Some(branch.to_owned()))
    }

    pub(super) async fn read_branches(&self, folder: &Path) -> Result<Vec<Branch>, ForgeError> {
        let format =
            "%(objectname)%00%(contents:subject)%00%(authorname)%00%(committerdate:unix)%00%(refname:lstrip=2)";
        let command = self
            .inside(folder, "for-each-ref")
            .arg("--sort=-committerdate")
            .arg(format!("--count={}", self.limits.max_listed))
            .arg(format!("--format={format}"))
            .arg("refs/heads/")
            .output_limit(READ_LIMIT);
        let output = command.run().await.map_err(|error| error.about("the repository"))?;
        let branch = |line: &str| {
            let (head, name) = line.rsplit_once('\0')?;
            Some(Branch {
                name: name.to_owned(),
                head: parse_commit(head)?,
            })
        };
        Ok(output.text().lines().filter_map(branch).collect())
    }

    pub(super) async fn read_commits(
        &self,
        folder: &Path,
        reference: Option<&GitRef>,
        limit: usize,
    ) -> Result<Vec<Commit>, ForgeError> {
        let from = match reference {
            Some(reference) => self.resolve(folder, reference).await?.ok_or_else(|| {
                ForgeError::Rejected(format!("the repository has no branch, tag or commit {reference}"))
            })?,
            None => match self.default_branch(folder).await? {
                Some(branch) => format!("refs/heads/{branch}"),
                None => return Ok(Vec::new()),
            },
        };
        let command = self
            .inside(folder, "rev-list")
            .arg("--no-commit-header")
            .arg(format!("--max-count={}", limit.min(self.limits.max_listed)))
            .arg("--format=%H%x00%s%x00%an%x00%ct")
            .args(["--end-of-options", &from, "--"])
            .output_limit(READ_LIMIT);
        let output = command.run().await.map_err(|error| error.about("the repository"))?;
        Ok(output.text().lines().filter_map(parse_commit).collect())
    }

    /// The commit a name stands for: a branch before a tag of the same name, a full ref name, or a commit.
    pub(super) async fn resolve(&self, folder: &Path, reference: &GitRef) -> Result<Option<String>, ForgeError> {
        let name = reference.as_str();
        let mut candidates = vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")];
        if name == "HEAD" || name.starts_with("refs/") || reference.may_be_commit() {
            candidates.push(name.to_owned());
        }
        for candidate in candidates {
            if let Some(id) = self.commit_of(folder, &candidate).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn commit_of(&self, folder: &Path, name: &str) -> Result<Option<String>, ForgeError> {
        let commit = format!("{name}^{{commit}}");
        let command = self
            .inside(folder, "rev-parse")
            .args(["--verify", "--quiet", "--end-of-options", &commit]);
        Ok(self.ask(command).await?.map(|id| id.trim().to_owned()))
    }

    /// For commands that answer "no" by exit code 1.
    async fn ask(&self, command: crate::forge::git::GitCommand) -> Result<Option<String>, ForgeError> {
        match command.run().await {
            Ok(output) => Ok(Some(output.text())),
            Err(GitError::Failed { code: Some(1), .. }) => Ok(None),
            Err(error) => Err(error.about("the repository")),
        }
    }
}

/// `id NUL subject NUL author NUL seconds`. Times out of every calendar, which a commit may claim, become 1970.
fn parse_commit(line: &str) -> Option<Commit> {
    let mut fields = line.split('\0');
    let (id, subject, author, seconds) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let committed_at = seconds
        .parse()
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(Commit {
        id: id.to_owned(),
        subject: subject.chars().take(MAX_SUBJECT).collect(),
        author: author.to_owned(),
        committed_at: committed_at.unwrap_or(DateTime::UNIX_EPOCH),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commits_whatever_they_claim() {
        let commit = parse_commit("abc\0a: b\0A \u{fffd}\x001700000000").unwrap();
        assert_eq!(
            (commit.subject.as_str(), commit.committed_at.timestamp()),
            ("a: b", 1_700_000_000)
        );
        for seconds in ["99999999999999999999", "-1x", ""] {
            assert_eq!(
                parse_commit(&format!("a\0b\0c\0{seconds}")).unwrap().committed_at,
                DateTime::UNIX_EPOCH
            );
        }
        assert_eq!(parse_commit("abc"), None);
    }
}
