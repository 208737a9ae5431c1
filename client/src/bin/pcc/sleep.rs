//! Agents that sleep: putting to sleep, waking, and how that is said.

use anyhow::Result;
use client::types::{Project, ProjectStatus, SleepReason, SleepSetting};

use crate::{
    args::{SleepAfter, Work},
    context::Context,
    output::{name, one_line},
    work,
};

pub async fn sleep(context: &Context, work: &Work, after: Option<SleepAfter>) -> Result<()> {
    let project = context.project(&work.target).await?;
    let Some(after) = after else {
        return work::finish(context, context.client.sleep_project(&project.id).await?, work.no_wait).await;
    };
    let seconds = match after {
        SleepAfter::Default => None,
        SleepAfter::Never => Some(0),
        SleepAfter::Seconds(seconds) => Some(seconds),
    };
    let setting = context.client.set_sleep_setting(&project.id, seconds).await?;
    context
        .output
        .value(&setting, || format!("{} sleeps {}.", project.slug, when(&setting)))
}

pub async fn wake(context: &Context, work: &Work) -> Result<()> {
    let project = context.project(&work.target).await?;
    work::finish(context, context.client.wake_project(&project.id).await?, work.no_wait).await
}

/// When an agent sleeps, in words.
pub fn when(setting: &SleepSetting) -> String {
    let whose = if setting.is_own { "" } else { ", as the server has it" };
    match setting.after_seconds {
        None => format!("never by itself{whose}"),
        Some(seconds) => format!("after {} without work{whose}", time(seconds)),
    }
}

fn time(seconds: i64) -> String {
    for (length, unit) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= length && seconds % length == 0 {
            return format!("{} {unit}", seconds / length);
        }
    }
    format!("{seconds} s")
}

/// Why a project's agent does not run or is not there yet; `None` where sleep has no part in it.
pub fn state(project: &Project) -> Option<String> {
    let sleep = project.sleep.as_ref()?;
    if sleep.waking_since.is_some() {
        // What holds it up says more than that it wakes.
        let held_up = project.problem.as_ref().map(|problem| one_line(&problem.message));
        return Some(held_up.unwrap_or_else(|| "waking, which takes some seconds".to_owned()));
    }
    let because = match sleep.because {
        SleepReason::Idle => "nothing was asked of it",
        SleepReason::Room => "another agent needed the room",
        SleepReason::Asked => "as was asked",
        SleepReason::Other(_) => return None,
    };
    let since = sleep.since.format("%F %R UTC");
    (project.status == ProjectStatus::Sleeping).then(|| format!("since {since}: {because}; a prompt wakes it"))
}

/// What a prompt waits for, while the agent is not there.
pub fn held_up(project: &Project) -> Option<String> {
    let problem = || project.problem.as_ref().map(|problem| one_line(&problem.message));
    match project.status {
        ProjectStatus::Running => None,
        ProjectStatus::Starting if project.sleep.is_some() => {
            Some(problem().unwrap_or_else(|| "the agent wakes, which takes some seconds".to_owned()))
        }
        _ => Some(problem().unwrap_or_else(|| format!("the project is {}", name(&project.status).to_lowercase()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_their_largest_unit() {
        for (seconds, text) in [(90, "90 s"), (1_800, "30 min"), (7_200, "2 h"), (172_800, "2 d")] {
            assert_eq!(time(seconds), text);
        }
    }
}
