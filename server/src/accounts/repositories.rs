//! The repositories that the account reaches, to pick from.
//!
//! Somebody who types a name asks with every letter. So what GitHub says is kept in memory for a minute, and is asked for
//! page by page, no further than an answer needs.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::GithubTokenId;
use serde::{Deserialize, Serialize};

use super::{
    Accounts,
    error::{Error, MAX_SEARCH},
};
use crate::{
    caller::{Caller, Scope},
    github::{GitHubError, Repository},
    graphql::page::{Page, Rows},
};

const KEPT: TimeDelta = TimeDelta::minutes(1);
/// Pages of a hundred. Whoever reaches more finds the rest by its address.
const MAX_PAGES: u32 = 50;

/// What the list is ordered by; those that were never pushed to come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pushed_at: Option<DateTime<Utc>>,
    id: u64,
}

impl From<&Repository> for Key {
    fn from(repository: &Repository) -> Self {
        Self {
            pushed_at: repository.pushed_at,
            id: repository.id,
        }
    }
}

/// As much of GitHub's list as was asked for.
#[derive(Debug)]
pub struct Listing {
    token: GithubTokenId,
    read_at: DateTime<Utc>,
    repositories: Vec<Repository>,
    seen: HashSet<u64>,
    /// The page that was not read yet; `None` when all were.
    next: Option<u32>,
}

impl Listing {
    fn new(token: GithubTokenId, read_at: DateTime<Utc>) -> Self {
        Self {
            token,
            read_at,
            repositories: Vec::new(),
            seen: HashSet::new(),
            next: Some(1),
        }
    }

    /// A push moves everything by one, so that the end of a page comes again at the beginning of the next.
    fn add(&mut self, page: crate::github::Page<Repository>) {
        let new = page.items.into_iter().filter(|one| self.seen.insert(one.id));
        self.repositories.extend(new);
        self.next = page.next.filter(|next| *next <= MAX_PAGES);
    }

    /// Those behind the cursor whose names have all the words in them.
    fn matching<'a>(&'a self, words: &'a [String], after: Option<&Key>) -> impl Iterator<Item = &'a Repository> {
        self.repositories[self.position(after)..].iter().filter(move |one| {
            let name = one.full_name.to_lowercase();
            words.iter().all(|word| name.contains(word))
        })
    }

    /// Behind the one with this key; one that is not there any more has left a place in the order.
    fn position(&self, after: Option<&Key>) -> usize {
        let Some(after) = after else { return 0 };
        let is_it = |one: &Repository| Key::from(one) == *after;
        let is_later = |one: &Repository| one.pushed_at < after.pushed_at;
        let exact = self.repositories.iter().position(is_it).map(|at| at + 1);
        exact
            .or_else(|| self.repositories.iter().position(is_later))
            .unwrap_or(self.repositories.len())
    }
}

impl Accounts {
    /// A page of them, those pushed to last first.
    pub async fn repositories(
        &self,
        caller: &Caller,
        search: Option<&str>,
        page: Page<Key>,
    ) -> Result<Rows<Repository>, Error> {
        caller.require(Scope::Manage)?;
        let search = search.unwrap_or_default();
        if search.chars().count() > MAX_SEARCH {
            return Err(Error::Search);
        }
        let words: Vec<String> = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let (account, token) = self.usable().await?;
        // One asks GitHub; who types on meanwhile waits, and finds what was read.
        let mut kept = self.listing.lock().await;
        let now = self.clock.now();
        let is_fresh = |kept: &Listing| kept.token == account.token_id && now - kept.read_at < KEPT;
        if !kept.as_ref().is_some_and(is_fresh) {
            *kept = None;
        }
        let listing = kept.get_or_insert_with(|| Listing::new(account.token_id, now));
        let wanted = usize::try_from(page.asked()).unwrap_or(usize::MAX);
        loop {
            let found: Vec<_> = listing
                .matching(&words, page.after.as_ref())
                .take(wanted)
                .cloned()
                .collect();
            let next = listing.next.filter(|_| found.len() < wanted);
            let Some(next) = next else { return Ok(page.of(found)) };
            match self.github.repositories(&token, next).await {
                Err(GitHubError::BadToken) => return Err(self.revoked(&account).await?),
                more => listing.add(more?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(id: u64, minute: Option<i64>) -> Repository {
        Repository {
            id,
            full_name: format!("Me/Repo-{id}"),
            description: None,
            is_private: false,
            is_fork: false,
            is_archived: false,
            default_branch: None,
            pushed_at: minute.and_then(|minute| DateTime::from_timestamp(minute * 60, 0)),
            clone_url: String::new(),
        }
    }

    fn listing(pages: &[&[(u64, Option<i64>)]]) -> Listing {
        let mut listing = Listing::new(GithubTokenId::generate(), DateTime::UNIX_EPOCH);
        for page in pages {
            listing.add(crate::github::Page {
                items: page.iter().map(|(id, minute)| repository(*id, *minute)).collect(),
                next: None,
            });
        }
        listing
    }

    fn ids(listing: &Listing, search: &[&str], after: Option<Key>) -> Vec<u64> {
        let words: Vec<_> = search.iter().map(|&word| word.to_owned()).collect();
        listing.matching(&words, after.as_ref()).map(|one| one.id).collect()
    }

    #[test]
    fn what_moves_from_page_to_page_is_there_once() {
        let listing = listing(&[&[(1, Some(9)), (2, Some(8))], &[(2, Some(8)), (3, None)]]);
        assert_eq!(ids(&listing, &[], None), [1, 2, 3]);
    }

    #[test]
    fn a_cursor_goes_on_behind_its_place() {
        // Two were pushed to in the same minute, and GitHub has them in an order of its own.
        let listing = listing(&[&[(5, Some(9)), (1, Some(7)), (4, Some(7)), (2, Some(3)), (3, None)]]);
        let after = |id, minute| ids(&listing, &[], Some(Key::from(&repository(id, minute))));
        assert_eq!(after(1, Some(7)), [4, 2, 3]);
        assert_eq!(after(4, Some(7)), [2, 3]);
        assert_eq!(after(8, Some(5)), [2, 3], "it is gone");
        assert_eq!(after(4, Some(1)), [3], "it was pushed to since");
        assert_eq!(after(3, None), [0; 0]);
        assert_eq!(after(9, None), [0; 0]);
    }

    #[test]
    fn words_are_searched_for_in_any_case_and_order() {
        let listing = listing(&[&[(1, None), (12, None)]]);
        assert_eq!(ids(&listing, &["1", "me/"], None), [1, 12]);
        assert_eq!(ids(&listing, &["repo-12"], None), [12]);
        assert_eq!(ids(&listing, &["x"], None), [0; 0]);
    }
}
