//! Finding files by a few letters of their path.

use frizbee::{Config, Matcher};

use super::{
    root::Root,
    walk::{Onward, Patience, walk},
};
use crate::workspace::{FoundFiles, WorkspaceError, WorkspacePath};

pub(super) fn find(
    root: &Root,
    query: &str,
    limit: usize,
    patience: &Patience<'_>,
) -> Result<FoundFiles, WorkspaceError> {
    let mut paths = Vec::new();
    let is_whole = walk(root, &WorkspacePath::default(), patience, |_, _, path| {
        paths.push(path.to_owned());
        Onward::Continue(())
    })?;
    let query: String = query.chars().filter(|c| !c.is_whitespace()).collect();
    if query.is_empty() {
        paths.truncate(limit);
        return Ok(FoundFiles {
            paths,
            is_partial: !is_whole,
        });
    }
    let mut matches = Matcher::new(query.as_str(), &Config::default()).match_list(&paths);
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
    Ok(FoundFiles {
        paths: best.collect(),
        is_partial: !is_whole,
    })
}
