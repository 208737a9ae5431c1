//! What the agent has set itself to do.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::lenient::or_default;
use crate::agent::Todo;

/// More of a list, and characters of one entry, nobody reads.
const MOST: usize = 200;
const LONGEST: usize = 1_000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(deserialize_with = "or_default")]
    content: String,
    status: Value,
    priority: Value,
}

pub(in super::super) fn todos(list: &Value) -> Option<Vec<Todo>> {
    let entries = list.as_array()?.iter().take(MOST);
    Some(
        entries
            .filter_map(|entry| Entry::deserialize(entry).ok())
            .map(|entry| Todo {
                content: entry.content.chars().take(LONGEST).collect(),
                status: known(entry.status),
                priority: known(entry.priority),
            })
            .collect(),
    )
}

/// The model chooses the words, and OpenCode checks them no further than that they are some.
fn known<T: DeserializeOwned + Default>(word: Value) -> T {
    serde_json::from_value(word).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::{TodoPriority, TodoStatus};

    #[test]
    fn words_nobody_knows_are_the_usual_ones() {
        let list = json!([
            { "content": "a", "status": "in_progress", "priority": "high" },
            { "content": "b", "status": "blocked", "priority": 7 },
            "c",
        ]);
        let todo = |content: &str, status, priority| Todo {
            content: content.to_owned(),
            status,
            priority,
        };
        let expected = vec![
            todo("a", TodoStatus::InProgress, TodoPriority::High),
            todo("b", TodoStatus::Pending, TodoPriority::Medium),
        ];
        assert_eq!(todos(&list), Some(expected));
        assert_eq!(todos(&json!({})), None);
    }
}
