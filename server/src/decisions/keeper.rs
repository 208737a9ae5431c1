//! What happens to decisions without anybody doing something: time runs out, agents are gone.

use std::time::Duration;

use entity::decision::{Answer, Ask, DecisionState, WithdrawnBecause};
use futures_util::StreamExt;
use sea_orm::DbErr;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Decisions, store};
use crate::events::{Actor, Filter, Kind};

/// Looks again even when nothing was told.
const PERIOD: Duration = Duration::from_secs(60);
/// So many are refused in one transaction.
const BATCH: u64 = 100;

pub struct Keeper(Decisions);

impl Keeper {
    pub fn new(decisions: Decisions) -> Self {
        Self(decisions)
    }

    /// Until `stop`. It wakes for each new request and each change of a project, and when the next one runs out.
    pub async fn run(self, stop: CancellationToken) {
        let filter = Filter {
            projects: Vec::new(),
            kinds: vec![Kind::DecisionRequested, Kind::ProjectChanged],
        };
        let kept = async {
            loop {
                let news = match self.0.events.clone().follow(None, filter.clone()).await {
                    Ok(news) => Some(news),
                    Err(error) => {
                        tracing::warn!(?error, "the event log cannot be followed");
                        None
                    }
                };
                let Some(news) = news else {
                    tokio::time::sleep(PERIOD).await;
                    continue;
                };
                let mut news = std::pin::pin!(news);
                loop {
                    let pause = self.pass().await.unwrap_or_else(|error| {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "decisions cannot be looked after"
                        );
                        PERIOD
                    });
                    if let Ok(None | Some(Err(_))) = timeout(pause, news.next()).await {
                        break;
                    }
                }
            }
        };
        stop.run_until_cancelled(kept).await;
    }

    /// One look; gives the time until the next is needed.
    async fn pass(&self) -> Result<Duration, DbErr> {
        self.0.leave_resting_projects().await?;
        self.0.expire().await?;
        let next = store::next_expiry(self.0.db.reader()).await?;
        let left = next.map(|at| at - self.0.clock.now());
        Ok(left.map_or(PERIOD, |left| left.to_std().unwrap_or_default().min(PERIOD)))
    }
}

impl Decisions {
    /// Refuses what nobody answered in time. The agent is told why, and goes on; a question cannot be refused with
    /// words, so its turn ends.
    pub async fn expire(&self) -> Result<(), DbErr> {
        loop {
            let now = self.clock.now();
            let mut tx = self.events.begin(Actor::Server).await?;
            let overdue = store::overdue(&*tx, now, BATCH).await?;
            if overdue.is_empty() {
                return Ok(());
            }
            for row in overdue {
                let waited = (now - row.created_at).num_minutes();
                let answer = match row.ask {
                    Ask::Permission(_) => Answer::Reject {
                        message: Some(unanswered(waited)),
                    },
                    Ask::Question { .. } => Answer::Dismiss,
                };
                store::close(&mut tx, row.id, DecisionState::Expired, answer, None, now).await?;
            }
            tx.commit().await?;
            self.wake_bridges();
        }
    }

    /// An agent that does not run waits for nothing. Bridges see one go; this is for those that went while no bridge was
    /// there to see it.
    async fn leave_resting_projects(&self) -> Result<(), DbErr> {
        let resting = store::projects_at_rest(self.db.reader()).await?;
        if resting.is_empty() {
            return Ok(());
        }
        let mut tx = self.events.begin(Actor::Server).await?;
        let which = store::of_projects(&resting);
        store::withdraw_undelivered(&mut tx, which, WithdrawnBecause::AgentEnded, self.clock.now()).await?;
        tx.commit().await.map(|_| ())
    }
}

fn unanswered(minutes: i64) -> String {
    let time = match minutes {
        ..1 => "in time".to_owned(),
        1 => "within a minute".to_owned(),
        minutes => format!("within {minutes} minutes"),
    };
    format!(
        "Nobody answered {time}, so this was refused. Go on without it, or end here and say what you would have done."
    )
}
