//! What agents used, in the graph.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, SimpleObject,
    dataloader::{DataLoader, Loader},
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::{ProjectId, SessionId};
use sea_orm::DbErr;

use super::store::{self, DAY, Sum};
use crate::{
    db::Database,
    events::EventLog,
    graphql::{ContextExt, Failure, Result, context::request_loader},
};

/// Minutes: no clock on earth is further from UTC.
const MAX_OFFSET: i32 = 14 * 60;
const MAX_DAYS: i32 = 366;
const DAYS: i32 = 30;

/// What answers used together, in tokens.
#[derive(SimpleObject)]
pub struct Usage {
    /// How many answers of a model these are. A turn with tools has several.
    answers: i32,
    /// Read by the model, without what came from its cache.
    input_tokens: f64,
    /// Written by the model.
    output_tokens: f64,
    /// Thought by the model.
    reasoning_tokens: f64,
    /// Read from the provider's cache.
    cache_read_tokens: f64,
    /// Written to the provider's cache.
    cache_write_tokens: f64,
    /// In US dollars, of those answers where it is known; null where it is of none.
    cost_usd: Option<f64>,
}

/// What was used on one day.
#[derive(SimpleObject)]
pub struct UsageOfDay {
    /// The day, such as `2026-11-29`.
    date: String,
    /// What was used.
    usage: Usage,
}

impl From<Sum> for Usage {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 tokens")]
    fn from(sum: Sum) -> Self {
        Self {
            answers: i32::try_from(sum.answers).unwrap_or(i32::MAX),
            input_tokens: sum.input as f64,
            output_tokens: sum.output as f64,
            reasoning_tokens: sum.reasoning as f64,
            cache_read_tokens: sum.cache_read as f64,
            cache_write_tokens: sum.cache_write as f64,
            cost_usd: sum.cost,
        }
    }
}

/// Of a project, all of it or since a time.
pub async fn of_project(ctx: &Context<'_>, project: ProjectId, since: Option<DateTime<Utc>>) -> Result<Usage> {
    let since = since.map_or(0, |since| since.timestamp_millis());
    load(ctx, Since { project, since }).await
}

/// Of a project, on the present day of somebody whose clock is so many minutes ahead of UTC.
pub async fn today(ctx: &Context<'_>, project: ProjectId, utc_offset: Option<i32>) -> Result<Usage> {
    let offset = checked_offset(utc_offset)?;
    let now = ctx.service::<EventLog>()?.now().timestamp_millis();
    let since = (now + offset).div_euclid(DAY) * DAY - offset;
    load(ctx, Since { project, since }).await
}

/// Of a project, by day.
pub async fn by_day(
    ctx: &Context<'_>,
    project: ProjectId,
    days: Option<i32>,
    utc_offset: Option<i32>,
) -> Result<Vec<UsageOfDay>> {
    let days = days.unwrap_or(DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(Failure::invalid("days", format!("days is 1 to {MAX_DAYS}.")));
    }
    let offset = checked_offset(utc_offset)?;
    let now = ctx.service::<EventLog>()?.now().timestamp_millis();
    let first = (now + offset).div_euclid(DAY) - i64::from(days) + 1;
    let db = ctx.service::<Database>()?.reader();
    let rows = Box::pin(store::by_day(db, project, first * DAY - offset, offset)).await?;
    let date = |day: i64| DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::try_days(day)?);
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(UsageOfDay {
                date: date(row.key)?.format("%F").to_string(),
                usage: row.sum.into(),
            })
        })
        .collect())
}

/// In milliseconds.
fn checked_offset(minutes: Option<i32>) -> Result<i64> {
    let minutes = minutes.unwrap_or_default();
    if (-MAX_OFFSET..=MAX_OFFSET).contains(&minutes) {
        Ok(i64::from(minutes) * 60_000)
    } else {
        Err(Failure::invalid(
            "utcOffset",
            format!("utcOffset is -{MAX_OFFSET} to {MAX_OFFSET} minutes."),
        ))
    }
}

/// Of a session.
pub async fn of_session(ctx: &Context<'_>, session: SessionId) -> Result<Usage> {
    load(ctx, session).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Since {
    project: ProjectId,
    /// Milliseconds since 1970.
    since: i64,
}

/// Loads sums; made for each request by [`UsageLoader::for_request`].
pub struct UsageLoader {
    db: Database,
}

impl UsageLoader {
    pub fn for_request(db: &Database) -> DataLoader<Self> {
        request_loader::<SessionId, _>(Self { db: db.clone() })
    }
}

impl Loader<SessionId> for UsageLoader {
    type Value = Sum;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[SessionId]) -> Result<HashMap<SessionId, Sum>, Arc<DbErr>> {
        let rows = store::of_sessions(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.key, row.sum)).collect())
    }
}

impl Loader<Since> for UsageLoader {
    type Value = Sum;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[Since]) -> Result<HashMap<Since, Sum>, Arc<DbErr>> {
        let mut by_time: HashMap<i64, Vec<ProjectId>> = HashMap::new();
        for key in keys {
            by_time.entry(key.since).or_default().push(key.project);
        }
        let mut found = HashMap::new();
        // Aliases may ask for several times; as a rule there is one.
        for (since, projects) in by_time {
            let rows = store::of_projects(self.db.reader(), &projects, since).await?;
            found.extend(rows.into_iter().map(|row| {
                (
                    Since {
                        project: row.key,
                        since,
                    },
                    row.sum,
                )
            }));
        }
        Ok(found)
    }
}

/// Who used nothing has no row.
async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Usage>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    UsageLoader: Loader<K, Value = Sum, Error = Arc<DbErr>>,
{
    let loader = ctx
        .data_opt::<DataLoader<UsageLoader>>()
        .ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))?;
    let sum = Box::pin(loader.load_one(key)).await;
    Ok(sum
        .map_err(|error| Failure::internal(&*error))?
        .unwrap_or_default()
        .into())
}
