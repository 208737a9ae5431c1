//! Projects: list, show, create, start, stop, delete.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use client::{
    Accepted,
    types::{
        CreateProjectInput, DecisionMode, DecisionPolicyInput, GitSourceInput, OperationStepState, Project,
        ProjectDetails, ProjectSourceInput, RepositoryFate,
    },
};
use serde_json::json;

use crate::{
    args::{Allow, New, Target, Work},
    context::Context,
    github,
    output::{Complaint, clean, fields, name, one_line, status_style, table},
    sleep, work,
};

pub async fn list(context: &Context) -> Result<()> {
    let projects = context.client.projects(None, None).await?;
    context.output.value(&projects, || {
        let rows: Vec<_> = projects.iter().map(row).collect();
        table(["PROJECT", "STATUS", "BRANCH", "NOW"], &rows)
    })
}

fn row(project: &Project) -> [String; 4] {
    let status = status_style(&project.status)
        .apply_to(name(&project.status))
        .to_string();
    let branch = project
        .repository
        .as_ref()
        .and_then(|repository| repository.default_branch.as_deref());
    [
        project.slug.clone(),
        status,
        one_line(branch.unwrap_or("-")),
        now(project),
    ]
}

/// What a person wants to know first: what is wrong, or else what is being done.
fn now(project: &Project) -> String {
    if let Some(problem) = &project.problem {
        return one_line(&problem.message);
    }
    let steps = project.operation.iter().flat_map(|operation| &operation.steps);
    let step = steps.into_iter().find(|step| step.state == OperationStepState::Running);
    step.map(work::step_text)
        .or_else(|| sleep::state(project))
        .unwrap_or_default()
}

pub async fn show(context: &Context, target: &Target) -> Result<()> {
    let by = context.project_by(target).await?;
    let details = context.client.project_details(by).await?;
    let details = details.ok_or_else(|| Complaint::no_project(&target.project))?;
    context.output.value(&details, || describe(&details))
}

fn describe(details: &ProjectDetails) -> String {
    let project = &details.project_fields;
    let source = details.source.as_ref();
    let head = source.and_then(|source| source.head.as_ref());
    let head = head.map(|head| {
        format!(
            "{} {}",
            head.oid.chars().take(10).collect::<String>(),
            one_line(&head.subject)
        )
    });
    let branches = source.and_then(|source| source.branches.as_ref());
    let branches = branches.map(|all| {
        all.iter()
            .map(|branch| one_line(&branch.name))
            .collect::<Vec<_>>()
            .join(" ")
    });
    let agent = details.agent.as_ref();
    let usage = agent.and_then(|agent| agent.usage.as_ref());
    let usage = usage.map(|usage| {
        format!(
            "{:.2} cores, {:.0} MiB",
            usage.cpu_cores,
            usage.memory_bytes / f64::from(1 << 20)
        )
    });
    fields(&[
        ("name", Some(one_line(&project.name))),
        ("slug", Some(project.slug.clone())),
        ("id", Some(project.id.clone())),
        ("description", project.description.as_deref().map(one_line)),
        (
            "status",
            Some(
                status_style(&project.status)
                    .apply_to(name(&project.status))
                    .to_string(),
            ),
        ),
        ("sleep", sleep::state(project)),
        ("sleeps", Some(sleep::when(&details.sleep_setting))),
        (
            "problem",
            project.problem.as_ref().map(|problem| one_line(&problem.message)),
        ),
        (
            "operation",
            project
                .operation
                .as_ref()
                .map(|operation| format!("{} {}", name(&operation.kind), operation.id)),
        ),
        ("server", Some(one_line(&project.server.name))),
        (
            "clone url",
            project
                .repository
                .as_ref()
                .map(|repository| one_line(&repository.clone_url)),
        ),
        ("branches", branches.filter(|branches| !branches.is_empty())),
        ("last commit", head),
        (
            "agent",
            agent.map(|agent| format!("{} {}", name(&agent.state), name(&agent.health))),
        ),
        (
            "version",
            agent.and_then(|agent| agent.agent_version.as_deref()).map(one_line),
        ),
        ("usage", usage),
        ("created", Some(project.created_at.format("%F %R UTC").to_string())),
    ])
}

pub async fn create(context: &Context, new: New) -> Result<()> {
    let source = match new.git {
        Some(repository) => ProjectSourceInput::Git(GitSourceInput {
            url: github::clone_url(context, repository).await?,
            ref_: new.r#ref,
        }),
        None => ProjectSourceInput::Empty(true),
    };
    let decision_policy = new.allow.map(|allow| DecisionPolicyInput {
        mode: match allow {
            Allow::Reads => DecisionMode::AllowReads,
            Allow::Edits => DecisionMode::AllowEdits,
            Allow::Everything => DecisionMode::AllowAll,
        },
        rules: Vec::new(),
        wait_seconds: None,
    });
    let input = CreateProjectInput {
        name: new.name,
        slug: new.slug,
        description: None,
        source,
        decision_policy,
        client_mutation_id: None,
    };
    let accepted = context.client.create_project(input).await?;
    work::finish(context, accepted, new.no_wait).await
}

pub async fn start(context: &Context, work: &Work) -> Result<()> {
    let project = context.project(&work.target).await?;
    work::finish(context, context.client.start_project(&project.id).await?, work.no_wait).await
}

pub async fn stop(context: &Context, work: &Work) -> Result<()> {
    let project = context.project(&work.target).await?;
    work::finish(context, context.client.stop_project(&project.id).await?, work.no_wait).await
}

pub async fn restart(context: &Context, work: &Work) -> Result<()> {
    let project = context.project(&work.target).await?;
    work::finish(
        context,
        context.client.restart_project(&project.id).await?,
        work.no_wait,
    )
    .await
}

pub async fn remove(context: &Context, work: &Work, keep_repository: bool, yes: bool) -> Result<()> {
    let project = context.project(&work.target).await?;
    if !yes {
        confirm(&project, keep_repository)?;
    }
    let fate = if keep_repository {
        RepositoryFate::Keep
    } else {
        RepositoryFate::Delete
    };
    let accepted: Accepted = context.client.delete_project(&project.id, fate).await?;
    work::finish(context, accepted, work.no_wait).await
}

fn confirm(project: &Project, keep_repository: bool) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Complaint::usage("Nobody is there to ask: give --yes to delete.").into());
    }
    let fate = if keep_repository {
        "Its repository stays."
    } else {
        "Its repository goes with it."
    };
    let mut stderr = std::io::stderr();
    write!(stderr, "Delete {} and its workspace? {fate} [y/N] ", project.slug)?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Complaint::new("DECLINED", "Nothing was deleted.").into()),
    }
}

pub async fn logs(context: &Context, target: &Target, lines: i64) -> Result<()> {
    let by = context.project_by(target).await?;
    let logs = context.client.project_logs(by, lines).await?;
    let logs = logs.ok_or_else(|| {
        Complaint::new(
            "UNAVAILABLE",
            "There is no log: the agent never ran, or its host does not tell.",
        )
    })?;
    context.output.value(&logs, || {
        logs.iter().map(|line| clean(&line.text).into_owned() + "\n").collect()
    })
}

pub async fn clone_line(context: &Context, target: &Target) -> Result<()> {
    let project = context.project(target).await?;
    let without = || Complaint::not_found("The project has no repository yet.");
    let url = project.repository.ok_or_else(without)?.clone_url;
    let value = json!({ "cloneUrl": url, "user": "pcc" });
    context
        .output
        .value(&value, || format!("git clone {} {}", one_line(&url), project.slug))?;
    context
        .output
        .note("Git asks for a login: the user is `pcc`, the password this device's token.");
    Ok(())
}
