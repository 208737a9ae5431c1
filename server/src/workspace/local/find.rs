//! Finding files by a few letters of their path.

use frizbee::{Config, Matcher};

use super::listing::Listing;
use crate::workspace::FoundFiles;

pub(super) fn find(listing: &Listing, query: &str, limit: usize) -> FoundFiles {
    let paths = &listing.paths;
    let is_partial = !listing.is_whole;
    let query: String = query.chars().filter(|c| !c.is_whitespace()).collect();
    if query.is_empty() {
        return FoundFiles {
            paths: paths.iter().take(limit).cloned().collect(),
            is_partial,
        };
    }
    let mut matches = Matcher::new(query.as_str(), &Config::default()).match_list(paths);
    // The better score first; of equal ones the shorter path, then the alphabet.
    matches.sort_by(|a, b| {
        let (one, other) = (&paths[a.index as usize], &paths[b.index as usize]);
        b.score
            .cmp(&a.score)
            .then(one.len().cmp(&other.len()))
            .then(one.cmp(other))
    });
    let best = matches
        .iter()
        .take(limit)
        .map(|found| paths[found.index as usize].clone());
    FoundFiles {
        paths: best.collect(),
        is_partial,
    }
}
