//! What to do next for a project: a pure function of what is wanted and what was seen.
//!
//! It remembers nothing. However a project came to where it is (a killed server, a lost answer, a container that died),
//! the next step follows from what is there now, and once nothing is left to do the project is as wanted.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{operation::StepName, project::Desired};
use uuid::Uuid;

/// What is wanted of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub desired: Desired,
    /// A run that must have ended.
    pub retired_run: Option<Uuid>,
    pub keep_repository: bool,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub repository: RepositorySeen,
    pub container: ContainerSeen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositorySeen {
    Absent,
    /// Being filled, or a filling broke off.
    Incomplete,
    Complete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerSeen {
    Absent,
    /// Not running; ended by itself or as asked.
    Down {
        has_workspace: bool,
    },
    Up {
        has_workspace: bool,
        run: Uuid,
        agent: AgentSeen,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSeen {
    Healthy {
        version: String,
    },
    /// Does not answer, or not yet.
    Silent,
    /// Answers, and it is not the agent that we started.
    Stranger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    CreateRepository,
    CreateContainer,
    FillWorkspace,
    Start,
    AwaitAgent,
    Stop,
    RemoveContainer,
    RemoveRepository,
    /// Gives the repository up without deleting it.
    ReleaseRepository,
    /// Everything outside is gone: the project's row may go too.
    Forget,
    /// It is as wanted.
    Rest,
}

impl Action {
    /// The step by which users know it.
    pub fn step(self) -> Option<StepName> {
        Some(match self {
            Self::CreateRepository => StepName::Repository,
            Self::CreateContainer => StepName::Container,
            Self::FillWorkspace => StepName::Workspace,
            Self::Start => StepName::Start,
            Self::AwaitAgent => StepName::Ready,
            Self::Stop => StepName::Stop,
            Self::RemoveContainer => StepName::RemoveContainer,
            Self::RemoveRepository | Self::ReleaseRepository => StepName::RemoveRepository,
            Self::Forget | Self::Rest => return None,
        })
    }
}

pub fn next(wanted: &Wanted, seen: &Seen) -> Action {
    match wanted.desired {
        Desired::Running => towards_running(wanted, seen),
        Desired::Stopped => match seen.container {
            ContainerSeen::Up { .. } => Action::Stop,
            // What was never made is not made now: a start will.
            ContainerSeen::Absent | ContainerSeen::Down { .. } => Action::Rest,
        },
        Desired::Deleted => match (&seen.container, seen.repository) {
            (ContainerSeen::Down { .. } | ContainerSeen::Up { .. }, _) => Action::RemoveContainer,
            (ContainerSeen::Absent, RepositorySeen::Complete) if wanted.keep_repository => Action::ReleaseRepository,
            (ContainerSeen::Absent, RepositorySeen::Complete | RepositorySeen::Incomplete) => Action::RemoveRepository,
            (ContainerSeen::Absent, RepositorySeen::Absent) => Action::Forget,
        },
    }
}

fn towards_running(wanted: &Wanted, seen: &Seen) -> Action {
    if seen.repository != RepositorySeen::Complete {
        return Action::CreateRepository;
    }
    match &seen.container {
        ContainerSeen::Absent => Action::CreateContainer,
        ContainerSeen::Down { has_workspace: false } => Action::FillWorkspace,
        ContainerSeen::Down { has_workspace: true } => Action::Start,
        // An agent must not run without its workspace, nor past its retirement, nor be somebody else.
        ContainerSeen::Up {
            has_workspace: false, ..
        }
        | ContainerSeen::Up {
            agent: AgentSeen::Stranger,
            ..
        } => Action::Stop,
        ContainerSeen::Up { run, .. } if Some(*run) == wanted.retired_run => Action::Stop,
        ContainerSeen::Up {
            agent: AgentSeen::Silent,
            ..
        } => Action::AwaitAgent,
        ContainerSeen::Up {
            agent: AgentSeen::Healthy { .. },
            ..
        } => Action::Rest,
    }
}

/// How long a creation must wait for an earlier one that was never answered: until then that may still take effect, and
/// a second one would make two. `None` when it may be asked for now.
pub fn wait_before_create(intent_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    let until = intent_until.filter(|until| *until > now)?;
    (until - now).to_std().ok()
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted() -> impl Strategy<Value = Wanted> {
        let desired = prop_oneof![Just(Desired::Running), Just(Desired::Stopped), Just(Desired::Deleted)];
        (desired, proptest::option::of(0..3u128), any::<bool>()).prop_map(|(desired, retired, keep_repository)| {
            Wanted {
                desired,
                retired_run: retired.map(Uuid::from_u128),
                keep_repository,
            }
        })
    }

    fn seen() -> impl Strategy<Value = Seen> {
        let repository = prop_oneof![
            Just(RepositorySeen::Absent),
            Just(RepositorySeen::Incomplete),
            Just(RepositorySeen::Complete)
        ];
        let agent = prop_oneof![
            Just(AgentSeen::Silent),
            Just(AgentSeen::Stranger),
            Just(AgentSeen::Healthy {
                version: "1.18.33".to_owned()
            })
        ];
        let container = prop_oneof![
            Just(ContainerSeen::Absent),
            any::<bool>().prop_map(|has_workspace| ContainerSeen::Down { has_workspace }),
            (any::<bool>(), 0..3u128, agent).prop_map(|(has_workspace, run, agent)| ContainerSeen::Up {
                has_workspace,
                run: Uuid::from_u128(run),
                agent
            }),
        ];
        (repository, container).prop_map(|(repository, container)| Seen { repository, container })
    }

    /// The world after an action that did what it says.
    fn after(action: Action, seen: &Seen) -> Seen {
        let mut seen = seen.clone();
        let has_workspace = match seen.container {
            ContainerSeen::Down { has_workspace } | ContainerSeen::Up { has_workspace, .. } => has_workspace,
            ContainerSeen::Absent => false,
        };
        match action {
            Action::CreateRepository => seen.repository = RepositorySeen::Complete,
            Action::RemoveRepository | Action::ReleaseRepository => seen.repository = RepositorySeen::Absent,
            Action::CreateContainer => seen.container = ContainerSeen::Down { has_workspace: false },
            Action::FillWorkspace => seen.container = ContainerSeen::Down { has_workspace: true },
            Action::RemoveContainer => seen.container = ContainerSeen::Absent,
            Action::Stop => seen.container = ContainerSeen::Down { has_workspace },
            Action::Start => {
                let run = Uuid::from_u128(99);
                seen.container = ContainerSeen::Up {
                    has_workspace,
                    run,
                    agent: AgentSeen::Silent,
                };
            }
            Action::AwaitAgent => {
                if let ContainerSeen::Up { agent, .. } = &mut seen.container {
                    *agent = AgentSeen::Healthy {
                        version: "1.18.33".to_owned(),
                    };
                }
            }
            Action::Forget | Action::Rest => {}
        }
        seen
    }

    proptest! {
        #[test]
        fn every_world_comes_to_rest_as_wanted(wanted in wanted(), start in seen()) {
            let mut world = start;
            let mut steps = 0;
            loop {
                let action = next(&wanted, &world);
                if matches!(action, Action::Rest | Action::Forget) {
                    break;
                }
                world = after(action, &world);
                steps += 1;
                prop_assert!(steps <= 8, "no end in sight at {world:?}");
            }
            let gone = Seen { repository: RepositorySeen::Absent, container: ContainerSeen::Absent };
            match wanted.desired {
                Desired::Running => {
                    let ContainerSeen::Up { has_workspace, run, agent } = &world.container else {
                        return Err(TestCaseError::fail("it does not run"));
                    };
                    prop_assert!(*has_workspace);
                    prop_assert_ne!(Some(*run), wanted.retired_run);
                    let is_healthy = matches!(agent, AgentSeen::Healthy { .. });
                    prop_assert!(is_healthy, "it rests with another agent");
                    prop_assert_eq!(world.repository, RepositorySeen::Complete);
                }
                Desired::Stopped => {
                    let is_up = matches!(world.container, ContainerSeen::Up { .. });
                    prop_assert!(!is_up);
                }
                Desired::Deleted => prop_assert_eq!(world, gone),
            }
        }

        #[test]
        fn nothing_is_removed_unless_it_shall_be_deleted(wanted in wanted(), seen in seen()) {
            let action = next(&wanted, &seen);
            let removes = matches!(
                action,
                Action::RemoveContainer | Action::RemoveRepository | Action::ReleaseRepository | Action::Forget
            );
            prop_assert_eq!(removes, wanted.desired == Desired::Deleted);
            if wanted.keep_repository && seen.repository == RepositorySeen::Complete {
                prop_assert_ne!(action, Action::RemoveRepository);
            }
        }
    }
}
