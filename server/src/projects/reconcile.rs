//! What to do next for a project: a pure function of what is wanted and what was seen.
//!
//! It remembers nothing. However a project came to where it is (a killed server, a lost answer, a container that died),
//! the next step follows from what is there now, and once nothing is left to do the project is as wanted.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    operation::StepName,
    project::{Desired, SleepReason},
};
use uuid::Uuid;

/// What is wanted of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub desired: Desired,
    /// A run that must have ended.
    pub retired_run: Option<Uuid>,
    pub keep_repository: bool,
    /// Its agent was found idle and was let go: it is not to run until something is asked of it.
    pub is_asleep: bool,
    /// Why its agent may be let go, if nothing is asked of it.
    pub drowsy: Option<SleepReason>,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub repository: RepositorySeen,
    pub container: ContainerSeen,
    pub occupation: Occupied,
    /// As many agents run as may.
    pub is_full: bool,
}

/// What is asked of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied {
    Nothing,
    /// Something waits to be brought to it, or an operation has not ended. No turn would be lost with it.
    Waiting,
    /// A turn runs, or may.
    InTurn,
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
        weight: Weight,
    },
    /// Does not answer yet.
    Silent,
    /// Has answered in this run, and did not just now.
    Faltering,
    /// The same, several times.
    Hung,
    /// Answers, and it is not the agent that we started.
    Stranger,
    /// Was told to end, and has not yet. It does not come back from there.
    Leaving,
}

/// How much memory an agent uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Fine,
    /// More than it may, and once it was less: another run begins with less.
    Grown,
    /// More than it may, from its start: another run would not help.
    TooHeavy,
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
    /// Lets it go: makes sure that nothing is asked of the agent, and that nothing reaches it from now on.
    Sleep(SleepReason),
    /// The same, to start it again.
    Retire,
    /// Looks again in a moment, before anything is made of it.
    LookAgain,
    /// Nothing can be done about it now: says so.
    Warn(Ailment),
    /// Another agent has to go to sleep first.
    AwaitRoom,
    /// Everything outside is gone: the project's row may go too.
    Forget,
    /// It is as wanted.
    Rest,
}

/// What is wrong with an agent that is left alone because of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ailment {
    Hung,
    Grown,
    TooHeavy,
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
            Self::Sleep(_)
            | Self::Retire
            | Self::LookAgain
            | Self::Warn(_)
            | Self::AwaitRoom
            | Self::Forget
            | Self::Rest => return None,
        })
    }
}

pub fn next(wanted: &Wanted, seen: &Seen) -> Action {
    match wanted.desired {
        Desired::Running if wanted.is_asleep => match seen.container {
            ContainerSeen::Up { .. } => Action::Stop,
            ContainerSeen::Absent | ContainerSeen::Down { .. } => Action::Rest,
        },
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
        ContainerSeen::Down { has_workspace: true } if seen.is_full => Action::AwaitRoom,
        ContainerSeen::Down { has_workspace: true } => Action::Start,
        // An agent must not run without its workspace, nor past its retirement, nor be somebody else. An end that was begun
        // is brought to its end.
        ContainerSeen::Up {
            has_workspace: false, ..
        }
        | ContainerSeen::Up {
            agent: AgentSeen::Stranger | AgentSeen::Leaving,
            ..
        } => Action::Stop,
        ContainerSeen::Up { run, .. } if Some(*run) == wanted.retired_run => Action::Stop,
        ContainerSeen::Up {
            agent: AgentSeen::Silent,
            ..
        } => Action::AwaitAgent,
        ContainerSeen::Up {
            agent: AgentSeen::Hung, ..
        } => match seen.occupation {
            Occupied::InTurn => Action::Warn(Ailment::Hung),
            Occupied::Nothing | Occupied::Waiting => Action::Retire,
        },
        ContainerSeen::Up {
            agent: AgentSeen::Faltering,
            ..
        } => Action::LookAgain,
        ContainerSeen::Up {
            agent: AgentSeen::Healthy { weight, .. },
            ..
        } => match (seen.occupation, wanted.drowsy, weight) {
            (Occupied::Nothing, Some(because), _) => Action::Sleep(because),
            (Occupied::Nothing, None, Weight::Grown) => Action::Retire,
            (_, _, Weight::Fine) => Action::Rest,
            (_, _, Weight::Grown) => Action::Warn(Ailment::Grown),
            (_, _, Weight::TooHeavy) => Action::Warn(Ailment::TooHeavy),
        },
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
        let desired = prop_oneof![
            4 => Just(Desired::Running),
            1 => Just(Desired::Stopped),
            1 => Just(Desired::Deleted)
        ];
        let drowsy = prop_oneof![
            3 => Just(None),
            1 => Just(Some(SleepReason::Idle)),
            1 => Just(Some(SleepReason::Room))
        ];
        let flags = (any::<bool>(), any::<bool>());
        (desired, proptest::option::of(0..3u128), flags, drowsy).prop_map(
            |(desired, retired, (keep_repository, is_asleep), drowsy)| Wanted {
                desired,
                retired_run: retired.map(Uuid::from_u128),
                keep_repository,
                is_asleep,
                drowsy,
            },
        )
    }

    fn seen() -> impl Strategy<Value = Seen> {
        let repository = prop_oneof![
            1 => Just(RepositorySeen::Absent),
            1 => Just(RepositorySeen::Incomplete),
            4 => Just(RepositorySeen::Complete)
        ];
        let agent = prop_oneof![
            Just(AgentSeen::Silent),
            Just(AgentSeen::Stranger),
            Just(AgentSeen::Leaving),
            Just(AgentSeen::Faltering),
            Just(AgentSeen::Hung),
            Just(healthy(Weight::Fine)),
            Just(healthy(Weight::Grown)),
            Just(healthy(Weight::TooHeavy)),
        ];
        let occupation = prop_oneof![Just(Occupied::Nothing), Just(Occupied::Waiting), Just(Occupied::InTurn)];
        let container = prop_oneof![
            1 => Just(ContainerSeen::Absent),
            2 => any::<bool>().prop_map(|has_workspace| ContainerSeen::Down { has_workspace }),
            6 => (any::<bool>(), 0..3u128, agent).prop_map(|(has_workspace, run, agent)| ContainerSeen::Up {
                has_workspace,
                run: Uuid::from_u128(run),
                agent
            }),
        ];
        (repository, container, occupation, any::<bool>()).prop_map(|(repository, container, occupation, is_full)| {
            Seen {
                repository,
                container,
                occupation,
                is_full,
            }
        })
    }

    fn healthy(weight: Weight) -> AgentSeen {
        AgentSeen::Healthy {
            version: "1.18.33".to_owned(),
            weight,
        }
    }

    /// The world, and what is wanted, after an action that did what it says.
    fn after(action: Action, wanted: &mut Wanted, seen: &Seen) -> Seen {
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
                    *agent = healthy(Weight::Fine);
                }
            }
            Action::Sleep(_) => wanted.is_asleep = true,
            Action::Retire => {
                if let ContainerSeen::Up { run, .. } = seen.container {
                    wanted.retired_run = Some(run);
                }
            }
            Action::LookAgain => {
                if let ContainerSeen::Up { agent, .. } = &mut seen.container {
                    *agent = AgentSeen::Hung;
                }
            }
            // Another has made room.
            Action::AwaitRoom => seen.is_full = false,
            Action::Warn(_) | Action::Forget | Action::Rest => {}
        }
        seen
    }

    proptest! {
        // The worlds that matter most are rare.
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn every_world_comes_to_rest_as_wanted(wanted in wanted(), start in seen()) {
            let (mut wanted, mut world) = (wanted, start);
            let mut steps = 0;
            loop {
                let action = next(&wanted, &world);
                if matches!(action, Action::Rest | Action::Forget | Action::Warn(_)) {
                    break;
                }
                world = after(action, &mut wanted, &world);
                steps += 1;
                prop_assert!(steps <= 10, "no end in sight at {world:?}");
            }
            match wanted.desired {
                Desired::Running if wanted.is_asleep => {
                    let is_up = matches!(world.container, ContainerSeen::Up { .. });
                    prop_assert!(!is_up);
                }
                Desired::Running => {
                    let ContainerSeen::Up { has_workspace, run, agent } = &world.container else {
                        return Err(TestCaseError::fail("it does not run"));
                    };
                    prop_assert!(*has_workspace);
                    prop_assert_ne!(Some(*run), wanted.retired_run);
                    let is_left_alone = *agent == AgentSeen::Hung && world.occupation == Occupied::InTurn;
                    let is_healthy = matches!(agent, AgentSeen::Healthy { .. });
                    prop_assert!(is_healthy || is_left_alone, "it rests with another agent");
                    prop_assert_eq!(world.repository, RepositorySeen::Complete);
                }
                Desired::Stopped => {
                    let is_up = matches!(world.container, ContainerSeen::Up { .. });
                    prop_assert!(!is_up);
                }
                Desired::Deleted => {
                    let what_is_left = (world.repository, world.container);
                    prop_assert_eq!(what_is_left, (RepositorySeen::Absent, ContainerSeen::Absent));
                }
            }
        }

        #[test]
        fn an_agent_is_let_go_only_when_nothing_is_asked_of_it(wanted in wanted(), seen in seen()) {
            match next(&wanted, &seen) {
                Action::Sleep(because) => {
                    prop_assert_eq!(seen.occupation, Occupied::Nothing);
                    prop_assert_eq!(wanted.drowsy, Some(because));
                }
                Action::Retire => prop_assert_ne!(seen.occupation, Occupied::InTurn),
                Action::Stop if wanted.desired == Desired::Running && !wanted.is_asleep => {
                    // What stops one in its turn was wanted, or it is no agent of ours.
                    let ContainerSeen::Up { has_workspace, run, agent } = &seen.container else {
                        return Err(TestCaseError::fail("stops what does not run"));
                    };
                    let is_retired = Some(*run) == wanted.retired_run;
                    prop_assert!(!has_workspace || is_retired || matches!(agent, AgentSeen::Stranger | AgentSeen::Leaving));
                }
                action => prop_assert!(!wanted.is_asleep || wanted.desired != Desired::Running || action != Action::Start),
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
