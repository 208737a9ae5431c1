//! Readers for fields that may be missing or of any shape.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::agent::Tokens;

/// The default for whatever does not fit.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// A time in milliseconds since 1970.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Millis(pub(super) DateTime<Utc>);

impl TryFrom<f64> for Millis {
    type Error = &'static str;

    fn try_from(millis: f64) -> Result<Self, Self::Error> {
        // Exact up to 2^53; beyond that no time is left that chrono knows.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then out of range")]
        DateTime::from_timestamp_millis(millis as i64)
            .map(Self)
            .ok_or("not a time")
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenCounts {
    #[serde(deserialize_with = "or_default")]
    input: f64,
    #[serde(deserialize_with = "or_default")]
    output: f64,
    #[serde(deserialize_with = "or_default")]
    reasoning: f64,
    #[serde(deserialize_with = "or_default")]
    cache: CacheCounts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CacheCounts {
    #[serde(deserialize_with = "or_default")]
    read: f64,
    #[serde(deserialize_with = "or_default")]
    write: f64,
}

impl From<TokenCounts> for Tokens {
    fn from(counts: TokenCounts) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates; there is no half token"
        )]
        let whole = |count: f64| count as u64;
        Self {
            input: whole(counts.input),
            output: whole(counts.output),
            reasoning: whole(counts.reasoning),
            cache_read: whole(counts.cache.read),
            cache_write: whole(counts.cache.write),
        }
    }
}
