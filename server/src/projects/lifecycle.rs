//! Which changes a user may ask for, and what a project's state is called meanwhile. Pure.

use entity::{
    operation::{OperationKind, StepName},
    project::{Desired, ProjectStatus},
};

/// A change that a user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    Start,
    Stop,
    Restart,
    Sleep,
    Wake,
    Delete,
}

/// A project that is being deleted takes no further orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the project is being deleted")]
pub struct BeingDeleted;

impl Request {
    /// What is wanted after it.
    pub fn apply(self, desired: Desired) -> Result<Desired, BeingDeleted> {
        match (desired, self) {
            // Asking again is harmless, and may say otherwise about the repository.
            (_, Self::Delete) => Ok(Desired::Deleted),
            (Desired::Deleted, _) => Err(BeingDeleted),
            (_, Self::Start | Self::Restart | Self::Wake) => Ok(Desired::Running),
            (_, Self::Stop) => Ok(Desired::Stopped),
            // Sleep is no wish of its own: it is how a project runs of which nothing is asked.
            (desired, Self::Sleep) => Ok(desired),
        }
    }

    pub fn operation(self) -> OperationKind {
        match self {
            Self::Start => OperationKind::StartProject,
            Self::Stop => OperationKind::StopProject,
            Self::Restart => OperationKind::RestartProject,
            Self::Sleep => OperationKind::SleepProject,
            Self::Wake => OperationKind::WakeProject,
            Self::Delete => OperationKind::DeleteProject,
        }
    }
}

/// The steps that an operation is expected to take.
pub fn steps(kind: OperationKind) -> &'static [StepName] {
    match kind {
        OperationKind::CreateProject => &[
            StepName::Repository,
            StepName::Container,
            StepName::Workspace,
            StepName::Start,
            StepName::Ready,
        ],
        OperationKind::StartProject | OperationKind::WakeProject => &[StepName::Start, StepName::Ready],
        OperationKind::StopProject | OperationKind::SleepProject => &[StepName::Stop],
        OperationKind::RestartProject => &[StepName::Stop, StepName::Start, StepName::Ready],
        OperationKind::DeleteProject => &[StepName::RemoveContainer, StepName::RemoveRepository],
    }
}

/// What a project is called on its way.
pub fn under_way(desired: Desired, is_asleep: bool, is_new: bool) -> ProjectStatus {
    match desired {
        Desired::Running if is_asleep => ProjectStatus::Sleeping,
        Desired::Running if is_new => ProjectStatus::Creating,
        Desired::Running => ProjectStatus::Starting,
        Desired::Stopped => ProjectStatus::Stopping,
        Desired::Deleted => ProjectStatus::Deleting,
    }
}

/// What it is called when it has arrived.
pub fn arrived(desired: Desired, is_asleep: bool) -> ProjectStatus {
    match desired {
        Desired::Running if is_asleep => ProjectStatus::Sleeping,
        Desired::Running => ProjectStatus::Running,
        Desired::Stopped => ProjectStatus::Stopped,
        Desired::Deleted => ProjectStatus::Deleting,
    }
}

/// What cancelling an operation means for its project: back to where it was.
pub fn undo(kind: OperationKind) -> Option<Request> {
    match kind {
        OperationKind::CreateProject => Some(Request::Delete),
        OperationKind::StartProject => Some(Request::Stop),
        OperationKind::StopProject => Some(Request::Start),
        // It ran before and it shall run: nothing to undo but the retirement.
        OperationKind::RestartProject => Some(Request::Start),
        // What is half removed cannot be put back; falling asleep and waking are over in a moment.
        OperationKind::DeleteProject | OperationKind::SleepProject | OperationKind::WakeProject => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_being_deleted_takes_no_other_order() {
        for request in [
            Request::Start,
            Request::Stop,
            Request::Restart,
            Request::Sleep,
            Request::Wake,
        ] {
            assert_eq!(request.apply(Desired::Deleted), Err(BeingDeleted));
        }
        assert_eq!(Request::Delete.apply(Desired::Deleted), Ok(Desired::Deleted));
    }

    #[test]
    fn orders_say_what_is_wanted() {
        for desired in [Desired::Running, Desired::Stopped] {
            assert_eq!(Request::Start.apply(desired), Ok(Desired::Running));
            assert_eq!(Request::Restart.apply(desired), Ok(Desired::Running));
            assert_eq!(Request::Wake.apply(desired), Ok(Desired::Running));
            assert_eq!(Request::Sleep.apply(desired), Ok(desired));
            assert_eq!(Request::Stop.apply(desired), Ok(Desired::Stopped));
            assert_eq!(Request::Delete.apply(desired), Ok(Desired::Deleted));
        }
    }
}
