//! What agents wait for, and what they once waited for.

use chrono::TimeDelta;
use entity::{
    decision::{self, Answer, AnswerDelivery, Ask, DecisionState, Permission, Prompt, PromptOption, Risk, Risks},
    ids::DecisionId,
    project::{self, ProjectStatus},
    session,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use server::db::Database;
use uuid::Uuid;

use super::{AT_ONCE, analyze, now};

/// Closed ones for each that is open: an inbox that was used.
const CLOSED_EACH: usize = 100;

/// So many that are open, each of another project where there are enough: commands, changes of files with their diff, and
/// questions. And many more that are closed.
pub async fn decisions(db: &Database, open: usize) -> anyhow::Result<()> {
    let sessions = session::Entity::find()
        .order_by_asc(session::Column::ProjectId)
        .limit(u64::try_from(open * super::SESSIONS_EACH)?)
        .all(db.reader())
        .await?;
    let spread: Vec<_> = sessions.iter().step_by(super::SESSIONS_EACH).collect();
    anyhow::ensure!(!spread.is_empty(), "there are no sessions");
    let rows: Vec<_> = (0..open * (1 + CLOSED_EACH))
        .zip(spread.into_iter().cycle())
        .map(|(number, session)| row(number, session, number < open))
        .collect();
    let tx = db.begin().await?;
    // Nothing waits at a project that rests, and one that runs is looked for and found to be gone: in trouble they are left
    // alone.
    let in_trouble = project::ActiveModel {
        status: Set(ProjectStatus::Error),
        ..Default::default()
    };
    let waiting = rows.iter().take(open).map(|row| row.project_id);
    project::Entity::update_many()
        .set(in_trouble)
        .filter(project::Column::Id.is_in(waiting))
        .exec(&tx)
        .await?;
    for some in rows.chunks(AT_ONCE) {
        let some = some.iter().map(|row| row.clone().into_active_model().reset_all());
        decision::Entity::insert_many(some).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    analyze(db).await
}

fn row(number: usize, session: &session::Model, is_open: bool) -> decision::Model {
    let at = now() - TimeDelta::seconds(i64::try_from(number).unwrap_or_default());
    let (ask, risks) = asked(number);
    decision::Model {
        id: DecisionId::generate(),
        project_id: session.project_id,
        session_id: session.id,
        root_session_id: session.id,
        external_id: format!("per_{number:012}"),
        agent_run: Uuid::nil(),
        ask,
        risks: Risks(risks),
        state: if is_open {
            DecisionState::Pending
        } else {
            DecisionState::Decided
        },
        answer: (!is_open).then_some(Answer::Once),
        decided_by: None,
        withdrawn_because: None,
        delivery: (!is_open).then_some(AnswerDelivery::Done),
        is_tried: !is_open,
        created_at: at,
        decided_at: (!is_open).then_some(at),
        expires_at: None,
    }
}

fn asked(number: usize) -> (Ask, Vec<Risk>) {
    let permission = Permission {
        always: vec!["*".to_owned()],
        ..Permission::default()
    };
    match number % 3 {
        0 => {
            let permission = Permission {
                tool: "bash".to_owned(),
                patterns: vec![format!("cargo test number_{number}")],
                command: Some(format!("cargo test number_{number}")),
                ..permission
            };
            (Ask::Permission(permission), vec![Risk::Unknown])
        }
        1 => {
            let path = format!("src/number_{number}.rs");
            let permission = Permission {
                tool: "edit".to_owned(),
                patterns: vec![path.clone()],
                diff: Some(format!(
                    "--- {path}\n+++ {path}\n@@ -1,20 +1,20 @@\n{}",
                    "-one\n+two\n".repeat(20)
                )),
                path: Some(path),
                ..permission
            };
            (Ask::Permission(permission), vec![Risk::Writes])
        }
        _ => {
            let option = |label: &str| PromptOption {
                label: label.to_owned(),
                description: "What comes of it, in a sentence of some words.".to_owned(),
            };
            let prompt = Prompt {
                question: "Which of these two is meant?".to_owned(),
                header: "Meaning".to_owned(),
                options: vec![option("The first"), option("The second")],
                is_multiple: false,
                is_custom: true,
            };
            let ask = Ask::Question {
                prompts: vec![prompt],
                call: None,
            };
            (ask, Vec::new())
        }
    }
}
