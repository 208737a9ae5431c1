//! The inbox.

use async_graphql::{
    Context, MaybeUndefined, Object, SimpleObject,
    connection::{Connection, OpaqueCursor},
};
use chrono::{DateTime, Utc};
use entity::{decision, ids::DecisionId};
use uuid::Uuid;

use super::{Decision, DecisionState, load_decision};
use crate::{
    caller::Scope,
    db::Database,
    decisions::store::{self, Of},
    graphql::{ContextExt, Id, PageArguments, Result},
};

/// What else a list of decisions says.
#[derive(SimpleObject)]
pub struct DecisionConnectionFields {
    /// How many there are in all; counted only when asked for.
    total_count: i32,
}

pub type DecisionConnection = Connection<OpaqueCursor<(DateTime<Utc>, Uuid)>, Decision, DecisionConnectionFields>;

/// Decisions in the order they were asked for: those that are pending unless told otherwise, of every state with null.
/// Not by a default of the argument, which the library forgets where a variable is left out.
pub async fn decisions(
    ctx: &Context<'_>,
    of: Of,
    state: MaybeUndefined<DecisionState>,
    page: PageArguments,
) -> Result<DecisionConnection> {
    let db = ctx.service::<Database>()?.reader();
    let state = match state {
        MaybeUndefined::Undefined => Some(DecisionState::Pending),
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(state) => Some(state),
    };
    let state = state.map(decision::DecisionState::from);
    let page = page.check::<(DateTime<Utc>, Uuid)>()?;
    let list = store::list(of, state).cursor_by((decision::Column::CreatedAt, decision::Column::Id));
    let rows = page.read(list, db).await?;
    let total_count = if ctx.look_ahead().field("totalCount").exists() {
        i32::try_from(store::count(db, of, state).await?).unwrap_or(i32::MAX)
    } else {
        0
    };
    let key = |row: &decision::Model| (row.created_at, row.id.0);
    Ok(rows.connection(DecisionConnectionFields { total_count }, key, Decision::from))
}

#[derive(Default)]
pub struct DecisionQuery;

#[Object]
impl DecisionQuery {
    /// One decision; null when there is none, or it went with its session.
    async fn decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: Id<DecisionId>,
    ) -> Result<Option<Decision>> {
        ctx.caller_with(Scope::Read)?;
        load_decision(ctx, id.0).await
    }

    /// The inbox: what the agents of all projects wait for, the longest waiting first.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of every connection")]
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many from the beginning: 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those in this state; those that are pending when left out, of every state when null.")]
        state: MaybeUndefined<DecisionState>,
    ) -> Result<DecisionConnection> {
        ctx.caller_with(Scope::Read)?;
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        decisions(ctx, Of::Everything, state, page).await
    }
}
