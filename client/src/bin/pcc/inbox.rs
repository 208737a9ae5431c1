//! The inbox: what agents wait for, and answers to it.

use std::io::IsTerminal;

use anyhow::Result;
use client::types::{
    Decision, DecisionAnswerInput, DecisionKind, DecisionState, PermissionAnswerInput, PermissionReply,
    QuestionAnswerInput,
};

use crate::{
    args::InboxAction,
    context::Context,
    decide::{ask, chosen, risks, send, summary},
    lines::Lines,
    output::{Complaint, name, one_line, table},
};

/// No answer is longer. The server has a limit of its own.
const MAX_LINE: u64 = 1 << 16;

pub async fn run(context: &Context, action: Option<InboxAction>) -> Result<()> {
    match action {
        None => show(context).await,
        Some(InboxAction::Allow { decision, always }) => {
            let reply = if always {
                PermissionReply::Always
            } else {
                PermissionReply::Once
            };
            let answer = PermissionAnswerInput { reply, message: None };
            decide(context, &decision, DecisionAnswerInput::Permission(answer)).await
        }
        Some(InboxAction::Deny { decision, message }) => deny(context, &decision, message).await,
        Some(InboxAction::Answer { decision, answers }) => answer(context, &decision, &answers).await,
    }
}

/// On a terminal one after the other is asked; else they are listed.
async fn show(context: &Context) -> Result<()> {
    let waiting = context.client.decisions(DecisionState::Pending).await?;
    let is_interactive = !context.output.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !is_interactive || waiting.is_empty() {
        return context.output.value(&waiting, || list(&waiting));
    }
    let mut lines = Lines::new(MAX_LINE);
    for decision in &waiting {
        let Some(answer) = ask(decision, &mut lines).await? else {
            continue;
        };
        match send(context, &decision.id, answer).await {
            Ok(decided) => context.output.note(&format!("{}\n", outcome(&decided))),
            Err(error) => context.output.error(&error),
        }
    }
    Ok(())
}

fn list(waiting: &[Decision]) -> String {
    if waiting.is_empty() {
        return "Nothing needs you.".to_owned();
    }
    let rows: Vec<_> = waiting
        .iter()
        .map(|decision| {
            [
                decision.id.clone(),
                decision.project.slug.clone(),
                decision.created_at.format("%F %R UTC").to_string(),
                risks(decision),
                summary(decision),
            ]
        })
        .collect();
    table(["DECISION", "PROJECT", "SINCE", "RISK", "ASKS"], &rows)
}

async fn find(context: &Context, id: &str) -> Result<Decision> {
    let found = context.client.decision(id).await?;
    found.ok_or_else(|| Complaint::not_found(format!("There is no decision {id}.")).into())
}

async fn deny(context: &Context, id: &str, message: Option<String>) -> Result<()> {
    let answer = match find(context, id).await?.on {
        DecisionKind::Question(_) if message.is_some() => {
            return Err(Complaint::usage("A question is denied without a message; or answer it.").into());
        }
        DecisionKind::Question(_) => DecisionAnswerInput::Question(QuestionAnswerInput::Reject(true)),
        _ => DecisionAnswerInput::Permission(PermissionAnswerInput {
            reply: PermissionReply::Reject,
            message,
        }),
    };
    decide(context, id, answer).await
}

async fn answer(context: &Context, id: &str, answers: &[String]) -> Result<()> {
    let DecisionKind::Question(question) = find(context, id).await?.on else {
        return Err(Complaint::usage("This is no question: allow or deny it.").into());
    };
    if question.prompts.len() != answers.len() {
        let text = format!("It asks {} things; give an answer to each.", question.prompts.len());
        return Err(Complaint::usage(text).into());
    }
    let mut all = Vec::new();
    for (asked, line) in question.prompts.iter().zip(answers) {
        let labels: Vec<_> = asked.options.iter().map(|option| option.label.as_str()).collect();
        let found = chosen(line.trim(), &labels, asked.is_multiple, asked.is_custom);
        let none = || {
            Complaint::usage(format!(
                "{} takes one of: {}.",
                one_line(&asked.question),
                labels.join(", ")
            ))
        };
        all.push(found.ok_or_else(none)?);
    }
    decide(
        context,
        id,
        DecisionAnswerInput::Question(QuestionAnswerInput::Answers(all)),
    )
    .await
}

async fn decide(context: &Context, id: &str, answer: DecisionAnswerInput) -> Result<()> {
    let decided = send(context, id, answer).await?;
    context.output.value(&decided, || outcome(&decided))
}

/// How it was decided.
pub fn outcome(decision: &Decision) -> String {
    let verb = match &decision.on {
        DecisionKind::PermissionRequest(request) => match request.answer.as_ref().map(|answer| &answer.reply) {
            Some(PermissionReply::Once) => "Allowed once",
            Some(PermissionReply::Always) => "Allowed always",
            Some(PermissionReply::Reject) => "Denied",
            _ => "Decided",
        },
        DecisionKind::Question(question) if question.answers.is_none() => "Not answered",
        DecisionKind::Question(_) => "Answered",
        DecisionKind::Unknown => return name(&decision.state),
    };
    format!("{verb}: {}", summary(decision))
}
