//! What comes up for decision in the middle of a turn.

use std::{collections::HashSet, io::IsTerminal};

use anyhow::Result;
use client::types::{Decision, Part, ProjectBy, ToolState};
use serde_json::json;

use super::render::Renderer;
use crate::{
    context::Context,
    decide::{ask, risks, send, summary},
    inbox::outcome,
    lines::Lines,
    output::name,
    sleep,
};

pub struct Desk<'a> {
    pub context: &'a Context,
    session: &'a str,
    lines: &'a mut Lines,
    told: HashSet<String>,
    is_interactive: bool,
    /// What was said of the project last.
    held_up: Option<String>,
}

impl<'a> Desk<'a> {
    pub fn new(context: &'a Context, session: &'a str, lines: &'a mut Lines) -> Self {
        Self {
            context,
            session,
            lines,
            told: HashSet::new(),
            is_interactive: !context.output.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            held_up: None,
        }
    }

    /// Says why a prompt waits, where that is because the agent is not there.
    pub async fn look_at_project(&mut self, renderer: &mut Renderer) -> Result<()> {
        let Some(session) = self.context.client.session(self.session).await? else {
            return Ok(());
        };
        let project = self.context.client.project(ProjectBy::Id(session.project.id)).await?;
        let held_up = project.as_ref().and_then(sleep::held_up);
        if let (Some(project), Some(reason)) = (&project, &held_up)
            && held_up != self.held_up
        {
            renderer.event(&json!({ "type": "waiting", "status": name(&project.status), "reason": reason }))?;
            if !self.context.output.json {
                self.context.output.note(&format!("… {reason}"));
            }
        }
        self.held_up = held_up;
        Ok(())
    }

    /// Looks for decisions that came up. A person at a terminal is asked; others are told how to decide.
    pub async fn look(&mut self, renderer: &mut Renderer) -> Result<()> {
        let waiting = self.context.client.session_decisions(self.session).await?;
        for decision in waiting.unwrap_or_default() {
            if !self.told.insert(decision.id.clone()) {
                continue;
            }
            renderer.finish()?;
            renderer.event(&json!({ "type": "decision", "decision": decision }))?;
            if self.is_interactive {
                self.ask(&decision).await?;
            } else {
                let (risks, summary) = (risks(&decision), summary(&decision));
                let risks = if risks.is_empty() { risks } else { format!(" ({risks})") };
                let note = format!(
                    "waiting for a decision{risks}: {summary}\n  pcc inbox, or the id {}",
                    decision.id
                );
                self.context.output.note(&note);
            }
        }
        Ok(())
    }

    async fn ask(&mut self, decision: &Decision) -> Result<()> {
        let Some(answer) = ask(decision, self.lines).await? else {
            self.context.output.note("It waits in the inbox.");
            return Ok(());
        };
        match send(self.context, &decision.id, answer).await {
            Ok(decided) => self.context.output.note(&outcome(&decided)),
            // Somebody else was first: the turn goes on all the same.
            Err(error) => self.context.output.error(&error),
        }
        Ok(())
    }
}

/// Whether a tool may wait for a decision.
pub fn may_wait(part: &Part) -> bool {
    matches!(part, Part::ToolPart(tool) if matches!(tool.state, ToolState::Pending | ToolState::Running))
}
