//! A mutation sent twice is done once. The client gives it an id; the first result is kept with it, in the transaction
//! that made the result.

use entity::client_mutation::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    caller::Caller,
    clock::Clock,
    events::Tx,
    graphql::{Classify, Code, Failure},
};

/// The id a client gave to one mutation, and what that mutation asks for.
#[derive(Clone, Debug)]
pub struct Attempt {
    id: String,
    fingerprint: [u8; 32],
}

/// Whether a mutation still has to be done.
#[derive(Debug, PartialEq)]
pub enum Claim<R> {
    /// Nobody did it: do it and [`keep`] its result.
    New,
    /// It was done, with this result.
    Done(R),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("clientMutationId is 1 to {MAX_LENGTH} characters long")]
    BadId,
    #[error("this clientMutationId was used before with other content")]
    Mismatch,
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error("a kept result cannot be read")]
    Result(#[from] serde_json::Error),
}

const MAX_LENGTH: usize = 128;

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::BadId => Failure::invalid("clientMutationId", format!("{self}.")),
            Self::Mismatch => Failure::new(Code::IdempotencyMismatch, format!("{self}.")),
            Self::Database(_) | Self::Result(_) => Failure::internal(self),
        }
    }
}

impl Attempt {
    /// `None` when the client gave no id: then each sending is another mutation.
    pub fn new(mutation: &str, id: Option<&str>, input: &impl Serialize) -> Result<Option<Self>, Error> {
        let Some(id) = id else { return Ok(None) };
        if id.is_empty() || id.chars().count() > MAX_LENGTH {
            return Err(Error::BadId);
        }
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(mutation.as_bytes())
            .update(b"\0")
            .update(&serde_json::to_vec(input)?);
        Ok(Some(Self {
            id: id.to_owned(),
            fingerprint: *hasher.finalize().as_bytes(),
        }))
    }
}

/// The first statement of a mutation's transaction. A second one with the same id waits here until the first has
/// committed, and then finds its result.
pub async fn claim<R: DeserializeOwned>(
    tx: &Tx,
    caller: &Caller,
    attempt: Option<&Attempt>,
    clock: &Clock,
) -> Result<Claim<R>, Error> {
    let Some(attempt) = attempt else { return Ok(Claim::New) };
    let row = ActiveModel {
        device_id: Set(caller.device),
        client_mutation_id: Set(attempt.id.clone()),
        fingerprint: Set(attempt.fingerprint.to_vec()),
        result: Set(Value::Null),
        at: Set(clock.now()),
    };
    let key = OnConflict::columns([Column::DeviceId, Column::ClientMutationId])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row)
        .on_conflict(key)
        .exec_without_returning(&**tx)
        .await?;
    if inserted == 1 {
        return Ok(Claim::New);
    }
    let first = Entity::find_by_id((caller.device, attempt.id.clone()))
        .one(&**tx)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the first result of a mutation".to_owned()))?;
    if first.fingerprint != attempt.fingerprint {
        return Err(Error::Mismatch);
    }
    Ok(Claim::Done(serde_json::from_value(first.result)?))
}

/// Keeps the result for whoever sends the mutation again.
pub async fn keep(tx: &Tx, caller: &Caller, attempt: Option<&Attempt>, result: &impl Serialize) -> Result<(), Error> {
    let Some(attempt) = attempt else { return Ok(()) };
    Entity::update_many()
        .col_expr(Column::Result, Expr::value(serde_json::to_value(result)?))
        .filter(Column::DeviceId.eq(caller.device))
        .filter(Column::ClientMutationId.eq(&attempt.id))
        .exec(&**tx)
        .await?;
    Ok(())
}
