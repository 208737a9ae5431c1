//! What a turn changed in files, as OpenCode sums it up in the prompt of the turn.

use serde::Deserialize;
use serde_json::Value;

use super::lenient::or_default;
use crate::agent::{FileChange, FileChangeKind};

/// Files of one turn, and bytes of one diff, that are taken.
const MOST: usize = 500;
const LONGEST: usize = 256 << 10;

#[derive(Deserialize)]
struct Diff {
    file: String,
    #[serde(default, deserialize_with = "or_default")]
    patch: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    additions: u64,
    #[serde(default, deserialize_with = "or_default")]
    deletions: u64,
    #[serde(default, deserialize_with = "or_default")]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Added,
    #[default]
    Modified,
    Deleted,
}

/// Of an answer the summary is another thing.
pub(super) fn changes(summary: &Value) -> Vec<FileChange> {
    let diffs = summary.get("diffs").and_then(Value::as_array);
    let diffs = diffs.into_iter().flatten().take(MOST);
    diffs
        .filter_map(|diff| Diff::deserialize(diff).ok())
        .map(|diff| FileChange {
            path: diff.file,
            kind: match diff.status {
                Status::Added => FileChangeKind::Added,
                Status::Modified => FileChangeKind::Modified,
                Status::Deleted => FileChangeKind::Deleted,
            },
            additions: diff.additions,
            deletions: diff.deletions,
            patch: diff.patch.filter(|patch| patch.len() <= LONGEST),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_is_taken() {
        let summary = json!({ "diffs": [
            { "file": "a", "patch": "@@", "additions": 2, "deletions": 1, "status": "added" },
            { "file": "b", "patch": "x".repeat(LONGEST + 1), "additions": "many", "status": "moved" },
            { "patch": "of nothing" },
        ] });
        let change = |path: &str, kind, additions, deletions, patch: Option<&str>| FileChange {
            path: path.to_owned(),
            kind,
            additions,
            deletions,
            patch: patch.map(str::to_owned),
        };
        let expected = [
            change("a", FileChangeKind::Added, 2, 1, Some("@@")),
            change("b", FileChangeKind::Modified, 0, 0, None),
        ];
        assert_eq!(changes(&summary), expected);
        assert_eq!(changes(&json!(true)), []);
    }
}
