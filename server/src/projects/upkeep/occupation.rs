//! What is asked of an agent, by what the rows say.

use entity::{
    decision::{self, AnswerDelivery, DecisionState},
    ids::ProjectId,
    message::{self, Delivery},
    operation::{self, OperationKind, OperationState},
    session::{self, SessionStatus},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
};

use crate::projects::reconcile::Occupied;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupation {
    Nothing,
    /// A prompt waits to be sent.
    Queued,
    /// A copy or a summary of a session waits to be made.
    Session,
    /// An operation has not ended.
    Operation,
    /// A session works, or waits to ask its provider again.
    Turn,
    /// A prompt was sent, and is not answered yet.
    Sent,
    /// A person is asked, or was and the agent does not know the answer yet.
    Decision,
}

impl Occupation {
    /// The weightiest of what there is.
    pub async fn of(db: &impl ConnectionTrait, project: ProjectId) -> Result<Self, DbErr> {
        let works =
            living(project).filter(session::Column::Status.is_in([SessionStatus::Busy, SessionStatus::Retrying]));
        if works.count(db).await? > 0 {
            return Ok(Self::Turn);
        }
        let open = Condition::any()
            .add(decision::Column::State.eq(DecisionState::Pending))
            .add(decision::Column::Delivery.eq(AnswerDelivery::Queued));
        let decisions = decision::Entity::find()
            .filter(decision::Column::ProjectId.eq(project))
            .filter(open);
        if decisions.count(db).await? > 0 {
            return Ok(Self::Decision);
        }
        for (delivery, occupation) in [(Delivery::Sent, Self::Sent), (Delivery::Queued, Self::Queued)] {
            let sessions = living(project).select_only().column(session::Column::Id);
            let prompts = message::Entity::find()
                .filter(message::Column::Delivery.eq(delivery))
                .filter(message::Column::SessionId.in_subquery(sessions.into_query()));
            if prompts.count(db).await? > 0 {
                return Ok(occupation);
            }
        }
        let wanted = Condition::any()
            .add(session::Column::Fork.is_not_null())
            .add(session::Column::Summary.is_not_null());
        if living(project).filter(wanted).count(db).await? > 0 {
            return Ok(Self::Session);
        }
        // To wish that it sleeps keeps nothing awake.
        let operations = operation::Entity::find()
            .filter(operation::Column::ProjectId.eq(project))
            .filter(operation::Column::State.is_in(OperationState::OPEN))
            .filter(operation::Column::Kind.ne(OperationKind::SleepProject));
        if operations.count(db).await? > 0 {
            return Ok(Self::Operation);
        }
        Ok(Self::Nothing)
    }

    pub fn occupied(self) -> Occupied {
        match self {
            Self::Nothing => Occupied::Nothing,
            Self::Queued | Self::Session | Self::Operation => Occupied::Waiting,
            Self::Turn | Self::Sent | Self::Decision => Occupied::InTurn,
        }
    }

    /// Why its agent cannot be let go, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is asked of it",
            Self::Queued => "a prompt waits to be sent",
            Self::Session => "a copy or a summary of a session waits to be made",
            Self::Operation => "an operation has not ended",
            Self::Turn => "it works",
            Self::Sent => "a prompt was sent and is not answered yet",
            Self::Decision => "it waits for a decision",
        }
    }
}

fn living(project: ProjectId) -> sea_orm::Select<session::Entity> {
    session::Entity::find()
        .filter(session::Column::ProjectId.eq(project))
        .filter(session::Column::DeletedAt.is_null())
}
