//! When an agent may sleep, and what wakes it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    operation::{self, OperationKind},
    project::{self, ProjectStatus, SleepReason},
    session,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::Upkeep;
use crate::{
    events::Tx,
    projects::{lease, store},
};

/// A clock that was set far ahead, or a project that rested while nobody looked, is no reason to look all the time.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Whether an agent of which nothing is asked may sleep now, or when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drowse {
    Now(SleepReason),
    In(Duration),
    Never,
}

impl Drowse {
    pub fn reason(self) -> Option<SleepReason> {
        match self {
            Self::Now(because) => Some(because),
            Self::In(_) | Self::Never => None,
        }
    }

    /// How long a project is left alone at most when its agent has not been let go.
    pub fn next_look(self, otherwise: Duration) -> Duration {
        match self {
            // It was refused: something is about to be asked of it, or was just now.
            Self::Now(_) => LOOK_AGAIN.min(otherwise),
            Self::In(left) => left.min(otherwise),
            Self::Never => otherwise,
        }
    }
}

/// Of a project whose agent runs and of which nothing is asked.
pub async fn drowse(
    db: &impl ConnectionTrait,
    upkeep: &Upkeep,
    project: &project::Model,
    open: &[operation::Model],
    now: DateTime<Utc>,
) -> Result<Drowse, DbErr> {
    if open
        .iter()
        .any(|operation| operation.kind == OperationKind::SleepProject)
    {
        return Ok(Drowse::Now(SleepReason::Asked));
    }
    if upkeep.room.is_leaving(project.id) {
        return Ok(Drowse::Now(SleepReason::Room));
    }
    let Some(after) = after(project, upkeep.sleep_after) else {
        return Ok(Drowse::Never);
    };
    let idle = idle_for(db, project, now).await?;
    Ok(match after.checked_sub(idle) {
        Some(left) if !left.is_zero() => Drowse::In(left),
        _ => Drowse::Now(SleepReason::Idle),
    })
}

/// After how long without work the agent of a project sleeps; `None` for never.
pub fn after(project: &project::Model, otherwise: Option<Duration>) -> Option<Duration> {
    match project.sleep_after_seconds {
        None => otherwise,
        Some(seconds) => u64::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs),
    }
}

/// For how long nothing has happened: no session has changed, nor the project itself.
pub async fn idle_for(
    db: &impl ConnectionTrait,
    project: &project::Model,
    now: DateTime<Utc>,
) -> Result<Duration, DbErr> {
    let newest = session::Entity::find()
        .filter(session::Column::ProjectId.eq(project.id))
        .order_by_desc(session::Column::UpdatedAt)
        .one(db)
        .await?;
    let since = newest.map_or(project.updated_at, |session| session.updated_at.max(project.updated_at));
    Ok((now - since).to_std().unwrap_or_default())
}

/// Something is asked of a project's agent: wakes it if it sleeps. In the transaction that asks, which has locked the
/// project. Whether the reconciler has to be woken for it.
pub async fn rouse(tx: &mut Tx, mut project: project::Model, now: DateTime<Utc>) -> Result<bool, DbErr> {
    if !project.is_asleep() {
        return Ok(false);
    }
    begin_to_wake(&mut project, now);
    project.status = ProjectStatus::Starting;
    project.updated_at = now;
    let project = store::save(tx, project).await?;
    lease::demand(&**tx, project.id, now).await?;
    Ok(true)
}

/// It is not to sleep any more, and says so until it has woken.
pub fn begin_to_wake(project: &mut project::Model, now: DateTime<Utc>) {
    if let Some(sleep) = &mut project.sleep {
        sleep.waking_since.get_or_insert(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_sleep_is_not_tried_all_the_time() {
        let minute = Duration::from_secs(60);
        assert_eq!(Drowse::Now(SleepReason::Idle).next_look(minute), LOOK_AGAIN);
        assert_eq!(
            Drowse::In(Duration::from_secs(2)).next_look(minute),
            Duration::from_secs(2)
        );
        assert_eq!(Drowse::In(Duration::from_secs(900)).next_look(minute), minute);
        assert_eq!(Drowse::Never.next_look(minute), minute);
    }
}
