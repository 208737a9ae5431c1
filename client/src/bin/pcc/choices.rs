//! What the prompts of a project can be asked with.

use anyhow::Result;
use client::types::{AgentMode, Command, Model};
use serde::Serialize;

use crate::{
    args::Target,
    context::Context,
    output::{Complaint, name, one_line, table},
};

pub async fn agents(context: &Context, target: &Target) -> Result<()> {
    let agents = context.client.agents(context.project_by(target).await?).await?;
    list(
        context,
        target,
        agents,
        ["AGENT", "FOR", "MODEL", "WHAT IT IS FOR"],
        |agent| {
            let mode = match agent.mode {
                AgentMode::Primary => "people".to_owned(),
                AgentMode::Subagent => "agents".to_owned(),
                AgentMode::All => "both".to_owned(),
                ref other => name(other),
            };
            let model = agent.model.as_deref().unwrap_or("-");
            [
                marked(&agent.name, agent.is_default),
                mode,
                one_line(model),
                one_line(agent.description.as_deref().unwrap_or_default()),
            ]
        },
    )
}

pub async fn models(context: &Context, target: &Target) -> Result<()> {
    let models = context.client.models(context.project_by(target).await?).await?;
    list(
        context,
        target,
        models,
        ["MODEL", "NAME", "CONTEXT", "PRICE"],
        |model| {
            [
                marked(&model.name, model.is_default),
                one_line(&model.title),
                model.context_tokens.map_or_else(|| "-".to_owned(), tokens),
                price(model),
            ]
        },
    )
}

pub async fn commands(context: &Context, target: &Target) -> Result<()> {
    let commands = context.client.commands(context.project_by(target).await?).await?;
    list(
        context,
        target,
        commands,
        ["COMMAND", "FROM", "WHAT IT DOES"],
        |command| {
            let what = command.description.as_deref().unwrap_or_default();
            [usage(command), name(&command.source), one_line(what)]
        },
    )
}

fn list<T: Serialize, const COLUMNS: usize>(
    context: &Context,
    target: &Target,
    listed: Option<Vec<T>>,
    titles: [&str; COLUMNS],
    row: impl Fn(&T) -> [String; COLUMNS],
) -> Result<()> {
    let listed = listed.ok_or_else(|| Complaint::no_project(&target.project))?;
    context.output.value(&listed, || {
        let rows: Vec<_> = listed.iter().map(row).collect();
        table(titles, &rows)
    })
}

/// A star stands for what is used when nothing is named.
fn marked(name: &str, is_default: bool) -> String {
    let star = if is_default { " *" } else { "" };
    format!("{}{star}", one_line(name))
}

fn usage(command: &Command) -> String {
    let mut words = vec![one_line(&command.name)];
    words.extend(command.arguments.iter().map(|argument| one_line(argument)));
    words.join(" ")
}

fn tokens(count: f64) -> String {
    if count < 1_000.0 {
        format!("{count:.0}")
    } else {
        format!("{:.0}k", count / 1_000.0)
    }
}

/// US dollars for a million tokens read and written.
fn price(model: &Model) -> String {
    match (model.input_cost_usd, model.output_cost_usd) {
        (Some(input), Some(output)) if input + output > 0.0 => format!("${input} / ${output}"),
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_prices_are_short() {
        assert_eq!([500.0, 200_000.0].map(tokens), ["500", "200k"]);
    }
}
