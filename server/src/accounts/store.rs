//! The account and the sign-ins as rows.

use chrono::{DateTime, Utc};
use entity::{
    github_account::{self, ONLY},
    github_login::{self, LoginState},
    ids::{GithubLoginId, GithubTokenId},
    problem::Problem,
    sealed::Sealed,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, UpdateMany,
    sea_query::{Expr, OnConflict},
};

use crate::events::{Payload, Tx};

pub async fn account(db: &impl ConnectionTrait) -> Result<Option<github_account::Model>, DbErr> {
    github_account::Entity::find_by_id(ONLY).one(db).await
}

/// In place of whoever was there before.
pub async fn put_account(tx: &mut Tx, row: github_account::Model) -> Result<(), DbErr> {
    use github_account::Column;
    let in_place = OnConflict::column(Column::Id)
        .update_columns([
            Column::Login,
            Column::Name,
            Column::Scopes,
            Column::TokenId,
            Column::Token,
            Column::ConnectedAt,
            Column::Problem,
        ])
        .to_owned();
    github_account::Entity::insert(row.into_active_model())
        .on_conflict(in_place)
        .exec_without_returning(&**tx)
        .await?;
    tx.emit(Payload::GithubAccountChanged);
    Ok(())
}

/// Of this token alone, and only the first that is found.
pub async fn note_problem(tx: &mut Tx, token: GithubTokenId, problem: Problem) -> Result<(), DbErr> {
    use github_account::Column;
    let noted = github_account::Entity::update_many()
        .col_expr(Column::Problem, Expr::value(json(&problem)?))
        .filter(Column::TokenId.eq(token))
        .filter(Column::Problem.is_null())
        .exec(&**tx)
        .await?;
    if noted.rows_affected > 0 {
        tx.emit(Payload::GithubAccountChanged);
    }
    Ok(())
}

pub async fn remove_account(tx: &mut Tx) -> Result<(), DbErr> {
    let removed = github_account::Entity::delete_by_id(ONLY).exec(&**tx).await?;
    if removed.rows_affected > 0 {
        tx.emit(Payload::GithubAccountChanged);
    }
    Ok(())
}

pub async fn login(db: &impl ConnectionTrait, id: GithubLoginId) -> Result<Option<github_login::Model>, DbErr> {
    github_login::Entity::find_by_id(id).one(db).await
}

/// Those under way; there is at most one.
pub async fn pending(db: &impl ConnectionTrait) -> Result<Vec<github_login::Model>, DbErr> {
    github_login::Entity::find()
        .filter(github_login::Column::State.eq(LoginState::Pending))
        .order_by_asc(github_login::Column::NextPollAt)
        .all(db)
        .await
}

pub async fn insert_login(db: &impl ConnectionTrait, row: github_login::Model) -> Result<(), DbErr> {
    let row = row.into_active_model();
    github_login::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// What was settled long ago is of no interest to anybody.
pub async fn forget_logins(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<(), DbErr> {
    use github_login::Column;
    github_login::Entity::delete_many()
        .filter(Column::State.ne(LoginState::Pending))
        .filter(Column::CreatedAt.lt(before))
        .exec(db)
        .await?;
    Ok(())
}

fn still_pending(id: GithubLoginId) -> UpdateMany<github_login::Entity> {
    use github_login::Column;
    github_login::Entity::update_many()
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(LoginState::Pending))
}

/// Whoever succeeds asks GitHub now, and nobody before `next`.
pub async fn take_turn(
    db: &impl ConnectionTrait,
    login: &github_login::Model,
    next: DateTime<Utc>,
) -> Result<bool, DbErr> {
    use github_login::Column;
    let taken = still_pending(login.id)
        .col_expr(Column::NextPollAt, Expr::value(next))
        .filter(Column::NextPollAt.eq(login.next_poll_at))
        .exec(db)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// When and how often GitHub is asked from now on, and what keeps it from answering.
pub async fn put_off(
    db: &impl ConnectionTrait,
    id: GithubLoginId,
    interval_seconds: i32,
    next: DateTime<Utc>,
    problem: Option<&Problem>,
) -> Result<(), DbErr> {
    use github_login::Column;
    let problem = problem.map(json).transpose()?;
    still_pending(id)
        .col_expr(Column::IntervalSeconds, Expr::value(interval_seconds))
        .col_expr(Column::NextPollAt, Expr::value(next))
        .col_expr(Column::Problem, Expr::value(problem))
        .exec(db)
        .await?;
    Ok(())
}

/// False when it is settled by now: then nobody wants the token.
pub async fn keep_token(db: &impl ConnectionTrait, id: GithubLoginId, token: Sealed) -> Result<bool, DbErr> {
    use github_login::Column;
    let kept = still_pending(id)
        .col_expr(Column::Token, Expr::value(token))
        .col_expr(Column::DeviceCode, Expr::value(None::<Sealed>))
        .exec(db)
        .await?;
    Ok(kept.rows_affected == 1)
}

/// Ends it, and forgets its secrets. False when it has ended before.
pub async fn settle(
    db: &impl ConnectionTrait,
    id: GithubLoginId,
    state: LoginState,
    problem: Option<&Problem>,
) -> Result<bool, DbErr> {
    use github_login::Column;
    let problem = problem.map(json).transpose()?;
    let settled = still_pending(id)
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::DeviceCode, Expr::value(None::<Sealed>))
        .col_expr(Column::Token, Expr::value(None::<Sealed>))
        .col_expr(Column::Problem, Expr::value(problem))
        .exec(db)
        .await?;
    Ok(settled.rows_affected == 1)
}

fn json(problem: &Problem) -> Result<serde_json::Value, DbErr> {
    serde_json::to_value(problem).map_err(|error| DbErr::Json(error.to_string()))
}
