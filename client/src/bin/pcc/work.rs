//! Waiting for durable work, with its steps on the terminal.

use std::{collections::HashSet, time::Duration};

use anyhow::Result;
use client::{
    Accepted, is_finished,
    types::{Operation, OperationState, OperationStep, OperationStepName, OperationStepState, ProjectBy},
};
use console::Style;
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{
    args::OperationWork,
    context::Context,
    output::{Complaint, Output, name, one_line},
};

/// Waits for the work that a mutation began, unless told not to, and prints how the project is then.
pub async fn finish(context: &Context, accepted: Accepted, no_wait: bool) -> Result<()> {
    if no_wait {
        return context.output.value(&accepted, || {
            format!("{} {}", accepted.project.slug, accepted.operation.id)
        });
    }
    let operation = wait(context, accepted.operation).await?;
    let project = context.client.project(ProjectBy::Id(accepted.project.id)).await?;
    context.output.value(
        &json!({ "project": project, "operation": operation }),
        || match &project {
            Some(project) => format!("{} is {}.", project.slug, name(&project.status).to_lowercase()),
            None => format!("{} is deleted.", accepted.project.slug),
        },
    )
}

pub async fn retry(context: &Context, work: &OperationWork) -> Result<()> {
    let operation = context.client.retry_operation(&work.operation).await?;
    let operation = if work.no_wait {
        operation
    } else {
        wait(context, operation).await?
    };
    print(context, &operation)
}

pub async fn cancel(context: &Context, id: &str) -> Result<()> {
    print(context, &context.client.cancel_operation(id).await?)
}

fn print(context: &Context, operation: &Operation) -> Result<()> {
    let text = || {
        format!(
            "{} is {}.",
            name(&operation.kind),
            name(&operation.state).to_lowercase()
        )
    };
    context.output.value(operation, text)
}

/// Shows the operation until it has succeeded; anything else is the problem's sentence.
async fn wait(context: &Context, operation: Operation) -> Result<Operation> {
    let mut progress = Progress::new(context.output);
    let end = context.in_time(async {
        let mut states = context.client.watch_operation(&operation.id);
        let mut last = operation;
        while !is_over(&last) {
            let Some(next) = states.next().await else { break };
            last = next?;
            progress.show(&last);
        }
        Ok(last)
    });
    let last = end.await;
    progress.bar.finish_and_clear();
    let last = last?;
    match last.state {
        OperationState::Succeeded => Ok(last),
        OperationState::Canceled => Err(Complaint::new("CANCELED", "The operation was canceled.").into()),
        _ => Err(complaint(&last).into()),
    }
}

/// Also over, for who waits: what waits for a person and not for a next attempt.
fn is_over(operation: &Operation) -> bool {
    let waits_for_a_person = || {
        operation
            .problem
            .as_ref()
            .is_some_and(|problem| problem.next_attempt_at.is_none())
    };
    is_finished(operation) || (operation.state == OperationState::Waiting && waits_for_a_person())
}

fn complaint(operation: &Operation) -> Complaint {
    match &operation.problem {
        Some(problem) => Complaint::new(name(&problem.code), problem.message.clone()),
        None => Complaint::new("FAILED", format!("{} did not succeed.", name(&operation.kind))),
    }
}

/// A step in words, with its detail.
pub fn step_text(step: &OperationStep) -> String {
    let label = match &step.name {
        OperationStepName::Repository => "preparing the repository",
        OperationStepName::Container => "creating the container",
        OperationStepName::Workspace => "filling the workspace",
        OperationStepName::Start => "starting the agent",
        OperationStepName::Ready => "waiting for the agent",
        OperationStepName::Stop => "stopping the agent",
        OperationStepName::RemoveContainer => "removing the container",
        OperationStepName::RemoveRepository => "removing the repository",
        OperationStepName::Other(name) => name,
    };
    match &step.detail {
        Some(detail) => format!("{label}: {}", one_line(detail)),
        None => label.to_owned(),
    }
}

struct Progress {
    output: Output,
    bar: ProgressBar,
    told: HashSet<String>,
}

impl Progress {
    fn new(output: Output) -> Self {
        let bar = if output.json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        let style = ProgressStyle::with_template("{spinner} [{pos}/{len}] {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            output,
            bar,
            told: HashSet::new(),
        }
    }

    fn show(&mut self, operation: &Operation) {
        let is_done =
            |step: &&OperationStep| matches!(step.state, OperationStepState::Done | OperationStepState::Skipped);
        self.bar.set_length(operation.steps.len() as u64);
        self.bar
            .set_position(operation.steps.iter().filter(is_done).count() as u64);
        for step in operation
            .steps
            .iter()
            .filter(|step| step.state == OperationStepState::Done)
        {
            if self.told.insert(name(&step.name)) {
                let mark = Style::new().for_stderr().green().apply_to("✓");
                self.tell(&format!("{mark} {}", step_text(step)));
            }
        }
        let running = operation
            .steps
            .iter()
            .find(|step| step.state == OperationStepState::Running);
        let waiting = operation.problem.as_ref().map(|problem| one_line(&problem.message));
        self.bar
            .set_message(waiting.or(running.map(step_text)).unwrap_or_default());
    }

    /// A line that stays. The bar prints it above itself, and nothing where there is no terminal.
    fn tell(&self, line: &str) {
        if self.bar.is_hidden() {
            self.output.note(line)
        } else {
            self.bar.println(line)
        }
    }
}
