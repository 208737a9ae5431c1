//! What a bridge hears of requests, made into rows. Hearing something twice, or late, changes nothing.

use entity::{
    decision::{self, DecisionState, WithdrawnBecause},
    ids::{DecisionId, ProjectId, SessionId},
    session,
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Decisions, ask, risk, service, store};
use crate::{
    agent::{AgentAsk, Settlement},
    events::{Actor, Tx},
};

/// Whose requests they are.
#[derive(Clone, Copy, Debug)]
pub struct Agent<'a> {
    pub project: ProjectId,
    pub run: Uuid,
    /// The folder it works in.
    pub workspace: &'a str,
}

impl Decisions {
    /// A request, in a session whose outermost one is `root`. In one transaction with its event; where the policy
    /// decides, the row comes with the server's answer and nobody is asked.
    pub async fn asked(
        &self,
        agent: Agent<'_>,
        session: &session::Model,
        root: SessionId,
        told: &AgentAsk,
    ) -> Result<(), DbErr> {
        if store::by_external(self.db.reader(), agent.project, &told.id)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let policy = store::policy(self.db.reader(), agent.project).await?;
        let ask = ask::from_agent(told);
        let risks = risk::of(&ask, agent.workspace);
        let answer = service::judged(&policy, &ask, &risks.0);
        let now = self.clock.now();
        let is_judged = answer.is_some();
        let row = decision::Model {
            id: DecisionId::generate(),
            project_id: agent.project,
            session_id: session.id,
            root_session_id: root,
            external_id: told.id.clone(),
            agent_run: agent.run,
            ask,
            risks,
            state: if is_judged {
                DecisionState::Decided
            } else {
                DecisionState::Pending
            },
            delivery: is_judged.then_some(decision::AnswerDelivery::Queued),
            decided_at: is_judged.then_some(now),
            answer,
            decided_by: None,
            withdrawn_because: None,
            is_tried: false,
            created_at: now,
            expires_at: service::expiry(&policy, now).filter(|_| !is_judged),
        };
        let actor = if is_judged { Actor::Server } else { Actor::Agent };
        let mut tx = self.events.begin(actor).await?;
        store::insert(&mut tx, row).await?;
        tx.commit().await?;
        if is_judged {
            self.wake_bridges();
        }
        Ok(())
    }

    /// The agent says that a request has its answer.
    pub async fn settled(&self, project: ProjectId, request: &str, settlement: Settlement) -> Result<(), DbErr> {
        let Some(row) = store::by_external(self.db.reader(), project, request).await? else {
            return Ok(());
        };
        let is_ours = row
            .answer
            .as_ref()
            .is_some_and(|answer| ask::is_accepted(answer) == (settlement == Settlement::Accepted));
        if is_ours {
            return store::delivered(self.db.writer(), row.id).await;
        }
        self.withdraw(&row, WithdrawnBecause::SettledElsewhere).await
    }

    /// Its turn is over: nobody waits for what was asked in it.
    pub async fn turn_ended(&self, session: SessionId) -> Result<(), DbErr> {
        let mut tx = self.events.begin(Actor::Agent).await?;
        store::withdraw(
            &mut tx,
            store::asked_in(session),
            WithdrawnBecause::TurnEnded,
            self.clock.now(),
        )
        .await?;
        tx.commit().await.map(|_| ())
    }

    /// Nobody waits for it any more, whether it was answered or not.
    pub async fn withdraw(&self, row: &decision::Model, because: WithdrawnBecause) -> Result<(), DbErr> {
        let mut tx = self.events.begin(Actor::Agent).await?;
        store::withdraw_undelivered(&mut tx, store::one(row.id), because, self.clock.now()).await?;
        tx.commit().await.map(|_| ())
    }

    /// An agent has ended, and with it all it waited for.
    pub async fn agent_ended(&self, project: ProjectId, run: Uuid) -> Result<(), DbErr> {
        let mut tx = self.events.begin(Actor::Server).await?;
        let which = store::of_run(project, run);
        store::withdraw_undelivered(&mut tx, which, WithdrawnBecause::AgentEnded, self.clock.now()).await?;
        tx.commit().await.map(|_| ())
    }

    /// An agent runs: what earlier runs waited for is gone.
    pub async fn agent_began(&self, project: ProjectId, run: Uuid) -> Result<(), DbErr> {
        let mut tx = self.events.begin(Actor::Server).await?;
        let which = store::of_other_runs(project, run);
        store::withdraw_undelivered(&mut tx, which, WithdrawnBecause::AgentEnded, self.clock.now()).await?;
        tx.commit().await.map(|_| ())
    }
}

/// A session is deleted, and with it what it and its sub-agents wait for.
pub async fn session_deleted(tx: &mut Tx, session: SessionId, at: chrono::DateTime<chrono::Utc>) -> Result<(), DbErr> {
    store::withdraw_undelivered(tx, store::below(session), WithdrawnBecause::SessionDeleted, at).await
}
