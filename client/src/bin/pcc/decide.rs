//! A decision in words, and its answer from a terminal.

use std::io::Write;

use anyhow::Result;
use client::{
    ErrorCode,
    types::{
        Decision, DecisionAnswerInput, DecisionKind, PermissionAnswerInput, PermissionReply, PermissionRequest,
        Question, QuestionAnswerInput, Risk,
    },
};
use console::Style;

use crate::{
    context::Context,
    lines::Lines,
    output::{Complaint, clean, one_line},
};

/// What is asked as one line.
pub fn summary(decision: &Decision) -> String {
    match &decision.on {
        DecisionKind::PermissionRequest(request) => one_line(&subject(request)),
        DecisionKind::Question(question) => {
            let first = question.prompts.first().map(|prompt| one_line(&prompt.question));
            first.unwrap_or_default()
        }
        DecisionKind::Unknown => "something that this pcc does not know; update it".to_owned(),
    }
}

/// What it is about, whole.
fn subject(request: &PermissionRequest) -> String {
    let named = request.command.as_ref().or(request.url.as_ref());
    match named.or(request.path.as_ref()) {
        Some(subject) if request.tool == "bash" => subject.clone(),
        Some(subject) => format!("{} {subject}", request.tool),
        None => format!("{} {}", request.tool, request.patterns.join(", ")),
    }
}

/// What it risks, as words; empty for a question.
pub fn risks(decision: &Decision) -> String {
    let word = |risk: &Risk| match risk {
        Risk::Reads => "reads".to_owned(),
        Risk::Writes => "writes".to_owned(),
        Risk::Deletes => "deletes".to_owned(),
        Risk::Network => "uses the network".to_owned(),
        Risk::Outside => "leaves the workspace".to_owned(),
        Risk::Unknown => "not clear what it does".to_owned(),
        Risk::Other(name) => name.to_lowercase(),
    };
    decision.risks.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Everything that matters for the answer. Nothing is cut.
pub fn whole(decision: &Decision) -> String {
    let dim = Style::new().for_stderr().dim();
    let session = decision.root_session.as_ref().map_or("", |session| &session.title);
    let place = format!("{} · {}", decision.project.slug, one_line(session));
    let mut text = format!("{}\n", dim.apply_to(place));
    match &decision.on {
        DecisionKind::PermissionRequest(request) => {
            let ask = match request.tool.as_str() {
                "bash" => "Run this command?",
                "edit" => "Change this file?",
                "webfetch" | "websearch" => "Use the network?",
                "external_directory" => "Leave the workspace?",
                "doom_loop" => "The agent seems to go in circles. Let it go on?",
                _ => "Allow this?",
            };
            text.push_str(&format!("{}\n", Style::new().for_stderr().bold().apply_to(ask)));
            for line in clean(&subject(request)).lines() {
                text.push_str(&format!("    {line}\n"));
            }
            if let Some(diff) = &request.diff {
                text.push_str(clean(diff).trim_end());
                text.push_str(if request.is_diff_cut {
                    "\n… the diff is cut\n"
                } else {
                    "\n"
                });
            }
            text.push_str(&format!("{} {}\n", dim.apply_to("risk:"), risks(decision)));
            if let Some(scope) = &request.always_scope {
                text.push_str(&format!("{} {}\n", dim.apply_to("always:"), clean(scope)));
            }
        }
        DecisionKind::Question(_) | DecisionKind::Unknown => {}
    }
    text
}

/// Asks on the terminal; `None` when it is left open.
pub async fn ask(decision: &Decision, lines: &mut Lines) -> Result<Option<DecisionAnswerInput>> {
    eprint!("{}", whole(decision));
    match &decision.on {
        DecisionKind::PermissionRequest(request) => ask_permission(request, lines).await,
        DecisionKind::Question(question) => ask_question(question, lines).await,
        DecisionKind::Unknown => {
            eprintln!("This pcc does not know how to answer it; update it.");
            Ok(None)
        }
    }
}

fn permission(reply: PermissionReply, message: Option<String>) -> DecisionAnswerInput {
    DecisionAnswerInput::Permission(PermissionAnswerInput { reply, message })
}

async fn ask_permission(request: &PermissionRequest, lines: &mut Lines) -> Result<Option<DecisionAnswerInput>> {
    let always = if request.always.is_empty() { "" } else { ", [a]lways" };
    loop {
        prompt(&format!("[y]es, once{always}, [n]o, [l]ater"))?;
        let Some(line) = lines.next().await? else {
            return Ok(None);
        };
        let reply = match line.trim().to_lowercase().as_str() {
            "y" | "yes" | "once" => permission(PermissionReply::Once, None),
            "a" | "always" if !request.always.is_empty() => permission(PermissionReply::Always, None),
            "n" | "no" => {
                prompt("Tell the agent what to do instead (or nothing: its turn ends)")?;
                let words = lines.next().await?.filter(|words| !words.trim().is_empty());
                permission(PermissionReply::Reject, words.map(|words| words.trim().to_owned()))
            }
            "l" | "later" => return Ok(None),
            _ => continue,
        };
        return Ok(Some(reply));
    }
}

async fn ask_question(question: &Question, lines: &mut Lines) -> Result<Option<DecisionAnswerInput>> {
    let mut answers = Vec::new();
    for asked in &question.prompts {
        eprintln!("{}", clean(&asked.question));
        for (number, option) in asked.options.iter().enumerate() {
            eprintln!(
                "  {}  {}  {}",
                number + 1,
                one_line(&option.label),
                one_line(&option.description)
            );
        }
        let several = if asked.is_multiple {
            "numbers, separated by commas"
        } else {
            "a number"
        };
        let own = if asked.is_custom { " or words of your own" } else { "" };
        loop {
            prompt(&format!("{several}{own}, [l]ater"))?;
            let Some(line) = lines.next().await? else {
                return Ok(None);
            };
            let line = line.trim();
            if matches!(line, "l" | "later") {
                return Ok(None);
            }
            let labels: Vec<_> = asked.options.iter().map(|option| option.label.as_str()).collect();
            if let Some(chosen) = chosen(line, &labels, asked.is_multiple, asked.is_custom) {
                answers.push(chosen);
                break;
            }
        }
    }
    Ok(Some(DecisionAnswerInput::Question(QuestionAnswerInput::Answers(
        answers,
    ))))
}

/// What a line chooses: labels, their numbers from 1, or words of one's own; `None` when it is none of that.
pub fn chosen(line: &str, labels: &[&str], is_multiple: bool, is_custom: bool) -> Option<Vec<String>> {
    let one = |text: &str| {
        let label = labels.iter().find(|label| label.eq_ignore_ascii_case(text));
        let numbered = || {
            text.parse::<usize>()
                .ok()?
                .checked_sub(1)
                .and_then(|index| labels.get(index))
        };
        label.or_else(numbered).map(|&label| label.to_owned())
    };
    if let Some(label) = one(line) {
        return Some(vec![label]);
    }
    if is_multiple && let Some(several) = line.split(',').map(|text| one(text.trim())).collect() {
        return Some(several);
    }
    (is_custom && !line.is_empty()).then(|| vec![line.to_owned()])
}

fn prompt(text: &str) -> Result<()> {
    let mut stderr = std::io::stderr();
    write!(stderr, "{text} {} ", Style::new().for_stderr().bold().apply_to(">"))?;
    Ok(stderr.flush()?)
}

/// Decides, and says who was first where somebody was.
pub async fn send(context: &Context, id: &str, answer: DecisionAnswerInput) -> Result<Decision> {
    context.client.decide(id, answer).await.map_err(|error| {
        let failure = error.failure().filter(|failure| failure.code == ErrorCode::Conflict);
        // In JSON the failure says all of it.
        match failure.and_then(|failure| failure.decided.as_ref()) {
            Some(decided) if !context.output.json => {
                let by = decided
                    .decided_by
                    .as_ref()
                    .map(|device| format!(" on {}", one_line(&device.name)));
                let at = decided.decided_at.format("%F %T UTC");
                let state = decided.state.to_lowercase();
                let text = format!("It was {state} before{}, at {at}.", by.unwrap_or_default());
                Complaint::new("CONFLICT", text).into()
            }
            _ => error.into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_chooses_by_number_by_label_or_by_its_own_words() {
        let labels = ["Red", "Blue", "7"];
        let one = |line| chosen(line, &labels, false, false);
        assert_eq!(one("2"), Some(vec!["Blue".to_owned()]));
        assert_eq!(one("blue"), Some(vec!["Blue".to_owned()]));
        // A label goes before a number.
        assert_eq!(one("7"), Some(vec!["7".to_owned()]));
        assert_eq!(one("4"), None);
        assert_eq!(one("0"), None);
        assert_eq!(one("1, 2"), None);
        assert_eq!(
            chosen("1, blue", &labels, true, false),
            Some(vec!["Red".to_owned(), "Blue".to_owned()])
        );
        assert_eq!(chosen("Green", &labels, true, true), Some(vec!["Green".to_owned()]));
        assert_eq!(chosen("", &labels, true, true), None);
    }
}
