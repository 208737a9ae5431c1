//! One long conversation, as an agent that works leaves it behind.

use chrono::TimeDelta;
use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery, Role, Usage},
    part, session,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use server::{
    agent::{PartContent, Tokens, ToolCall, ToolState},
    db::Database,
    sessions::part::Part,
};

use super::{AT_ONCE, analyze, now};

/// A prompt, then nine answers to it: that is how an agent works, one message for each step.
const STEPS: usize = 10;

/// A session of so many messages in this project. An answer has four parts: where its step begins and ends, half a
/// kilobyte of text, and a tool that has printed two kilobytes.
pub async fn conversation(db: &Database, project: ProjectId, messages: usize) -> anyhow::Result<SessionId> {
    let begun_at = now() - TimeDelta::seconds(i64::try_from(messages)?);
    let session = session::Model {
        external_id: Some(format!("ses_of{messages}")),
        last_position: i64::try_from(messages)?,
        ..session::Model::new(project, format!("Of {messages} messages"), begun_at)
    };
    let id = session.id;
    let tx = db.begin().await?;
    session.into_active_model().reset_all().insert(&tx).await?;
    let numbers: Vec<usize> = (0..messages).collect();
    // A message has up to four parts.
    for some in numbers.chunks(AT_ONCE / 4) {
        let (mut rows, mut parts) = (Vec::new(), Vec::new());
        for number in some {
            let position = i64::try_from(*number)? + 1;
            let at = begun_at + TimeDelta::seconds(position);
            let is_prompt = number.is_multiple_of(STEPS);
            let row = message::Model {
                id: MessageId::generate(),
                session_id: id,
                position,
                external_id: Some(format!("msg_{position:012}")),
                role: if is_prompt { Role::User } else { Role::Assistant },
                delivery: is_prompt.then_some(Delivery::Consumed),
                interrupts: false,
                agent: Some("build".to_owned()),
                model: Some("demo/scripted".to_owned()),
                usage: (!is_prompt).then_some(Usage {
                    input: 9_000,
                    output: 300,
                    reasoning: 0,
                    cache_read: 40_000,
                    cache_write: 0,
                    cost: Some(0.01),
                }),
                fault: None,
                created_at: at,
                completed_at: Some(at),
            };
            let contents = if is_prompt { prompt(*number) } else { answer(*number) };
            for (place, content) in contents.into_iter().enumerate() {
                let external_id = format!("prt_{position:012}{place}");
                let content = serde_json::to_value(Part::new(external_id.clone(), content))?;
                parts.push(part::ActiveModel::from(part::Model {
                    message_id: row.id,
                    external_id,
                    content,
                }));
            }
            rows.push(row.into_active_model().reset_all());
        }
        message::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        let parts = parts.into_iter().map(ActiveModelTrait::reset_all);
        part::Entity::insert_many(parts).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    analyze(db).await?;
    Ok(id)
}

fn text(text: String) -> PartContent {
    PartContent::Text {
        text,
        is_synthetic: false,
        is_complete: true,
    }
}

fn prompt(number: usize) -> Vec<PartContent> {
    vec![text(format!(
        "The test number {number} fails: find out why, and mend it."
    ))]
}

fn answer(number: usize) -> Vec<PartContent> {
    let said = "I look at what the test does, and at what it expects instead. ".repeat(8);
    let printed = format!("test {number} ... FAILED, and this is a line of what it has printed\n").repeat(30);
    let tool = ToolCall {
        call_id: format!("call_{number}"),
        tool: "bash".to_owned(),
        state: ToolState::Completed,
        title: Some(format!("Runs the test {number}")),
        input: serde_json::json!({ "command": format!("cargo test --test number_{number}") }),
        output: Some(printed),
        error: None,
        metadata: serde_json::json!({ "exit": 101 }),
        child_session_id: None,
        started_at: Some(now()),
        ended_at: Some(now()),
    };
    vec![
        PartContent::StepStart,
        text(said),
        PartContent::Tool(tool),
        PartContent::StepFinish {
            reason: "tool-calls".to_owned(),
            tokens: Tokens::default(),
            cost: 0.01,
        },
    ]
}
