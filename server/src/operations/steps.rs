//! The steps of an operation as they go. Pure.

use chrono::{DateTime, Utc};
use entity::operation::{Step, StepName, StepState, Steps};

pub fn planned(names: &[StepName]) -> Steps {
    Steps(names.iter().map(|name| pending(*name)).collect())
}

fn pending(name: StepName) -> Step {
    Step {
        name,
        state: StepState::Pending,
        detail: None,
        started_at: None,
        finished_at: None,
    }
}

/// Marks a step as running, adding it when nobody expected it. Steps before it that never ran are passed over.
pub fn begin(steps: &mut Steps, name: StepName, now: DateTime<Utc>) {
    let index = steps.0.iter().position(|step| step.name == name).unwrap_or_else(|| {
        let index = steps
            .0
            .iter()
            .position(|step| step.state == StepState::Pending)
            .unwrap_or(steps.0.len());
        steps.0.insert(index, pending(name));
        index
    });
    for step in &mut steps.0[..index] {
        if step.state == StepState::Pending {
            step.state = StepState::Skipped;
        }
    }
    let step = &mut steps.0[index];
    step.state = StepState::Running;
    step.started_at.get_or_insert(now);
    step.finished_at = None;
}

pub fn describe(steps: &mut Steps, name: StepName, detail: String) {
    if let Some(step) = find(steps, name) {
        step.detail = Some(detail);
    }
}

pub fn finish(steps: &mut Steps, name: StepName, state: StepState, now: DateTime<Utc>) {
    if let Some(step) = find(steps, name) {
        step.state = state;
        step.finished_at = Some(now);
    }
}

/// What did not run by the end was not needed.
pub fn close(steps: &mut Steps, now: DateTime<Utc>) {
    for step in &mut steps.0 {
        match step.state {
            StepState::Pending => step.state = StepState::Skipped,
            StepState::Running => {
                step.state = StepState::Skipped;
                step.finished_at = Some(now);
            }
            StepState::Done | StepState::Failed | StepState::Skipped => {}
        }
    }
}

fn find(steps: &mut Steps, name: StepName) -> Option<&mut Step> {
    steps.0.iter_mut().find(|step| step.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(steps: &Steps) -> Vec<(StepName, StepState)> {
        steps.0.iter().map(|step| (step.name, step.state)).collect()
    }

    #[test]
    fn steps_run_are_passed_over_and_are_added() {
        let now = DateTime::UNIX_EPOCH;
        let mut steps = planned(&[StepName::Stop, StepName::Start, StepName::Ready]);
        begin(&mut steps, StepName::Start, now);
        finish(&mut steps, StepName::Start, StepState::Done, now);
        begin(&mut steps, StepName::Workspace, now);
        assert_eq!(
            states(&steps),
            [
                (StepName::Stop, StepState::Skipped),
                (StepName::Start, StepState::Done),
                (StepName::Workspace, StepState::Running),
                (StepName::Ready, StepState::Pending),
            ]
        );
        close(&mut steps, now);
        assert_eq!(steps.0[2].state, StepState::Skipped);
        assert_eq!(steps.0[3].state, StepState::Skipped);
    }
}
