//! The reconciler's rules in a world that fights back: answers are lost, creations take effect late, agents die, users
//! change their minds, the server is killed between any two steps. Whatever happened, once the world is quiet everything
//! is as wanted, nothing was there twice, and nothing of anybody else's was touched. No agent is let go in its turn, and
//! every prompt reaches one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::projects::lifecycle::{self, Request};

/// Without work for so long, it may sleep.
const SLEEP_AFTER: TimeDelta = TimeDelta::seconds(20);

/// How long after its call a creation may take effect. The host tells it, and intents stand so long.
const LATE: i64 = 30;

/// What happens next.
#[derive(Clone, Debug)]
enum Event {
    Ask(Request),
    /// The reconciler looks and does one step, and the world does this with it.
    Step(Outcome),
    /// So many seconds go by.
    Time(i64),
    AgentDies,
    AgentFallsSilent,
    /// It uses too much memory from now on.
    AgentGrows,
    /// Somebody sends a prompt, which wakes it.
    Prompt,
    TurnEnds,
    /// As many other agents run as may, or not.
    Full(bool),
    /// Somebody else's program took the agent's place.
    StrangerComes,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Failed,
    /// It takes effect; the caller is not told, or was killed.
    AnswerLost,
    /// A creation that takes effect after so many seconds; the caller is not told.
    Late(i64),
    /// A prompt comes between the look and what is done.
    Overtaken,
    /// An agent that is stopped has not ended yet, and nobody waits for it any more.
    Abandoned,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    is_ours: bool,
    has_workspace: bool,
    up: Option<(Uuid, AgentSeen)>,
}

/// One project and everything outside.
#[derive(Debug)]
struct World {
    now: DateTime<Utc>,
    // What the server keeps.
    desired: Desired,
    retired_run: Option<Uuid>,
    known_run: Option<Uuid>,
    intent: Option<DateTime<Utc>>,
    is_asleep: bool,
    idle_since: DateTime<Utc>,
    /// Prompts that wait to be sent.
    queued: u32,
    is_forgotten: bool,
    // What is there.
    repository: RepositorySeen,
    containers: Vec<Made>,
    appearing: Vec<DateTime<Utc>>,
    runs: u128,
    /// The run in which a turn goes on.
    turn: Option<Uuid>,
    /// The run that was let go last.
    let_go: Option<Uuid>,
    others_fill_the_room: bool,
}

impl World {
    fn new() -> Self {
        let foreign = Made {
            is_ours: false,
            has_workspace: true,
            up: None,
        };
        Self {
            now: DateTime::UNIX_EPOCH,
            desired: Desired::Running,
            retired_run: None,
            known_run: None,
            intent: None,
            is_asleep: false,
            idle_since: DateTime::UNIX_EPOCH,
            queued: 0,
            is_forgotten: false,
            repository: RepositorySeen::Absent,
            containers: vec![foreign],
            appearing: Vec::new(),
            runs: 0,
            turn: None,
            let_go: None,
            others_fill_the_room: false,
        }
    }

    fn ours(&self) -> impl Iterator<Item = &Made> {
        self.containers.iter().filter(|made| made.is_ours)
    }

    fn our_container(&mut self) -> Option<&mut Made> {
        self.containers.iter_mut().find(|made| made.is_ours)
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            desired: self.desired,
            retired_run: self.retired_run,
            keep_repository: false,
            is_asleep: self.is_asleep,
            drowsy: (self.now - self.idle_since >= SLEEP_AFTER).then_some(SleepReason::Idle),
        }
    }

    fn occupation(&self) -> Occupied {
        match (self.turn, self.queued) {
            (Some(_), _) => Occupied::InTurn,
            (None, 0) => Occupied::Nothing,
            (None, _) => Occupied::Waiting,
        }
    }

    fn run(&self) -> Option<(Uuid, AgentSeen)> {
        self.ours().next().and_then(|made| made.up.clone())
    }

    fn look(&self) -> Seen {
        let container = match self.ours().next() {
            None => ContainerSeen::Absent,
            Some(Made {
                has_workspace,
                up: Some((run, agent)),
                ..
            }) => ContainerSeen::Up {
                has_workspace: *has_workspace,
                run: *run,
                agent: agent.clone(),
            },
            Some(made) => ContainerSeen::Down {
                has_workspace: made.has_workspace,
            },
        };
        Seen {
            repository: self.repository,
            container,
            occupation: self.occupation(),
            is_full: self.others_fill_the_room,
        }
    }

    fn happen(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Ask(request) => self.ask(*request),
            Event::Step(outcome) => self.step(*outcome)?,
            Event::Time(seconds) => self.pass(*seconds),
            Event::AgentDies => {
                if let Some(made) = self.our_container() {
                    made.up = None;
                }
            }
            Event::AgentFallsSilent => match self.run() {
                Some((_, AgentSeen::Healthy { .. })) => self.agent_is(AgentSeen::Faltering),
                _ => self.agent_is(AgentSeen::Silent),
            },
            Event::AgentGrows => {
                if let Some((_, AgentSeen::Healthy { .. })) = self.run() {
                    self.agent_is(healthy(Weight::Grown));
                }
            }
            Event::StrangerComes => self.agent_is(AgentSeen::Stranger),
            Event::Prompt => self.prompt(),
            Event::TurnEnds => self.end_turn(),
            Event::Full(is_full) => self.others_fill_the_room = *is_full,
        }
        self.carry();
        prop_assert!(self.ours().count() <= 1, "made twice: {self:?}");
        let others = self.containers.iter().filter(|made| !made.is_ours).count();
        prop_assert_eq!(others, 1, "somebody else's was touched");
        Ok(())
    }

    fn ask(&mut self, request: Request) {
        if self.is_forgotten {
            return;
        }
        let Ok(desired) = request.apply(self.desired) else {
            return;
        };
        if request == Request::Restart {
            self.retired_run = self.known_run;
        }
        if request != Request::Sleep {
            self.wake();
            self.idle_since = self.now;
        }
        self.desired = desired;
    }

    /// A run that is not stopped yet goes on.
    fn wake(&mut self) {
        if std::mem::take(&mut self.is_asleep) {
            self.let_go = None;
        }
    }

    fn prompt(&mut self) {
        if self.desired != Desired::Deleted {
            self.queued += 1;
            self.wake();
            self.idle_since = self.now;
        }
    }

    fn end_turn(&mut self) {
        if self.turn.take().is_some() {
            self.idle_since = self.now;
        }
    }

    /// As the bridge does it: what waits goes to an agent that answers and was not let go, one turn after the other. A turn
    /// ends with its run.
    fn carry(&mut self) {
        let run = self.run();
        if self.turn != run.as_ref().map(|(run, _)| *run) {
            self.end_turn();
        }
        let Some((run, AgentSeen::Healthy { .. })) = run else {
            return;
        };
        let is_open = self.desired == Desired::Running && !self.is_asleep && self.retired_run != Some(run);
        if is_open && self.turn.is_none() && self.queued > 0 {
            self.queued -= 1;
            self.turn = Some(run);
        }
    }

    fn agent_is(&mut self, agent: AgentSeen) {
        match self.our_container().and_then(|made| made.up.as_mut()) {
            Some((_, now)) if *now != AgentSeen::Leaving => *now = agent,
            _ => {}
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        let now = self.now;
        let due = self.appearing.iter().filter(|at| **at <= now).count();
        self.appearing.retain(|at| *at > now);
        self.containers.extend((0..due).map(|_| Made::new()));
    }

    /// One look and one step, as the reconciler does it.
    fn step(&mut self, outcome: Outcome) -> Result<(), TestCaseError> {
        if self.is_forgotten {
            return Ok(());
        }
        let action = next(&self.wanted(), &self.look());
        self.has_cause(action)?;
        let was_asleep = self.is_asleep;
        if outcome == Outcome::Overtaken {
            self.prompt();
            self.carry();
            // Looked at once more, in the transaction that notes it.
            let is_over = match action {
                Action::Sleep(_) => self.occupation() != Occupied::Nothing,
                Action::Retire => self.occupation() == Occupied::InTurn,
                Action::Stop => was_asleep && !self.is_asleep,
                _ => false,
            };
            if is_over {
                return Ok(());
            }
        }
        if action == Action::CreateContainer {
            if wait_before_create(self.intent, self.now).is_some() {
                return Ok(());
            }
            self.intent = Some(self.now + TimeDelta::seconds(LATE));
            if let Outcome::Late(after) = outcome {
                self.appearing.push(self.now + TimeDelta::seconds(after.min(LATE)));
                return Ok(());
            }
            if outcome == Outcome::Failed {
                self.intent = None;
            }
        }
        if matches!(outcome, Outcome::Failed) {
            return Ok(());
        }
        if action == Action::Stop && (self.is_asleep || self.run().map(|(run, _)| run) == self.let_go) {
            prop_assert_eq!(self.turn, None, "let go in its turn");
        }
        if outcome == Outcome::Abandoned && action == Action::Stop {
            self.agent_is(AgentSeen::Leaving);
            return Ok(());
        }
        self.take_effect(action);
        if outcome == Outcome::Done && action == Action::CreateContainer {
            self.intent = None;
        }
        Ok(())
    }

    /// No step without a reason for it in what is wanted and what is there.
    fn has_cause(&self, action: Action) -> Result<(), TestCaseError> {
        let seen = self.look();
        let is_up = matches!(seen.container, ContainerSeen::Up { .. });
        let shall_run = self.desired == Desired::Running;
        let shall_go = self.desired == Desired::Deleted;
        let has_cause = match action {
            Action::CreateRepository => shall_run && seen.repository != RepositorySeen::Complete,
            Action::CreateContainer => shall_run && seen.container == ContainerSeen::Absent,
            Action::FillWorkspace => shall_run && !is_up && seen.container != ContainerSeen::Absent,
            Action::Start => {
                shall_run && !self.is_asleep && !seen.is_full && !is_up && seen.container != ContainerSeen::Absent
            }
            Action::AwaitRoom => shall_run && seen.is_full && !is_up,
            Action::Sleep(_) => shall_run && self.queued == 0 && self.turn.is_none(),
            Action::Retire => shall_run && self.turn.is_none(),
            Action::LookAgain => self.run().is_some_and(|(_, agent)| agent == AgentSeen::Faltering),
            Action::Warn(_) => self.turn.is_some() || self.queued > 0,
            Action::AwaitAgent => shall_run && is_up,
            Action::Stop => {
                let ContainerSeen::Up {
                    has_workspace,
                    run,
                    agent,
                } = &seen.container
                else {
                    return Err(TestCaseError::fail("stops what does not run"));
                };
                let is_good = *has_workspace
                    && Some(*run) != self.retired_run
                    && !matches!(agent, AgentSeen::Stranger | AgentSeen::Leaving);
                self.desired == Desired::Stopped || (shall_run && (self.is_asleep || !is_good))
            }
            Action::RemoveContainer => shall_go && seen.container != ContainerSeen::Absent,
            Action::RemoveRepository => shall_go && seen.repository != RepositorySeen::Absent,
            Action::ReleaseRepository => false,
            Action::Forget => {
                shall_go && seen.container == ContainerSeen::Absent && seen.repository == RepositorySeen::Absent
            }
            Action::Rest => !shall_go,
        };
        prop_assert!(has_cause, "{action:?} without a cause in {self:?}");
        Ok(())
    }

    fn take_effect(&mut self, action: Action) {
        self.runs += 1;
        let run = Uuid::from_u128(self.runs);
        match action {
            Action::CreateRepository => self.repository = RepositorySeen::Complete,
            Action::RemoveRepository | Action::ReleaseRepository => self.repository = RepositorySeen::Absent,
            Action::CreateContainer => self.containers.push(Made::new()),
            Action::RemoveContainer => self.containers.retain(|made| !made.is_ours),
            Action::FillWorkspace => self
                .our_container()
                .into_iter()
                .for_each(|made| made.has_workspace = true),
            Action::Start => {
                self.our_container()
                    .into_iter()
                    .for_each(|made| made.up = Some((run, AgentSeen::Silent)));
                self.known_run = Some(run);
            }
            Action::AwaitAgent => self.agent_is(healthy(Weight::Fine)),
            Action::Sleep(_) => {
                self.let_go = self.run().map(|(run, _)| run);
                self.is_asleep = true;
            }
            Action::Retire => {
                self.let_go = self.run().map(|(run, _)| run);
                self.retired_run = self.let_go;
            }
            Action::LookAgain => self.agent_is(AgentSeen::Hung),
            Action::Stop => self.our_container().into_iter().for_each(|made| made.up = None),
            // Its row goes with the intent in it; a creation that is still to come is for the sweep.
            Action::Forget => self.is_forgotten = self.appearing.is_empty(),
            Action::Rest | Action::Warn(_) => self.retired_run = None,
            Action::AwaitRoom => {}
        }
    }

    fn is_as_wanted(&self) -> bool {
        match self.desired {
            Desired::Running if self.queued > 0 => false,
            Desired::Running if self.is_asleep => self.ours().all(|made| made.up.is_none()),
            Desired::Running => {
                let made = self.ours().next();
                made.and_then(|made| made.up.as_ref()).is_some_and(|(run, agent)| {
                    matches!(agent, AgentSeen::Healthy { .. }) && Some(*run) != self.retired_run
                })
            }
            Desired::Stopped => self.ours().all(|made| made.up.is_none()),
            Desired::Deleted => self.is_forgotten && self.ours().count() == 0,
        }
    }
}

impl Made {
    fn new() -> Self {
        Self {
            is_ours: true,
            has_workspace: false,
            up: None,
        }
    }
}

fn healthy(weight: Weight) -> AgentSeen {
    AgentSeen::Healthy {
        version: "1.18.33".to_owned(),
        weight,
    }
}

fn event() -> impl Strategy<Value = Event> {
    let request = prop_oneof![
        4 => Just(Request::Start),
        3 => Just(Request::Stop),
        3 => Just(Request::Restart),
        2 => Just(Request::Wake),
        1 => Just(Request::Delete),
    ];
    let outcome = prop_oneof![
        4 => Just(Outcome::Done),
        2 => Just(Outcome::Failed),
        2 => Just(Outcome::AnswerLost),
        2 => (0..=LATE).prop_map(Outcome::Late),
        2 => Just(Outcome::Overtaken),
        2 => Just(Outcome::Abandoned),
    ];
    prop_oneof![
        2 => request.prop_map(Event::Ask),
        8 => outcome.prop_map(Event::Step),
        2 => (1..2 * LATE).prop_map(Event::Time),
        1 => Just(Event::AgentDies),
        1 => Just(Event::AgentFallsSilent),
        1 => Just(Event::AgentGrows),
        2 => Just(Event::Prompt),
        2 => Just(Event::TurnEnds),
        1 => any::<bool>().prop_map(Event::Full),
        1 => Just(Event::StrangerComes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_happened_it_comes_to_what_is_wanted(events in proptest::collection::vec(event(), 0..60)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event)?;
        }
        // Quiet: every call does as asked, turns end, there is room, and time goes by.
        world.happen(&Event::Full(false))?;
        for _ in 0..32 + 8 * world.queued {
            world.happen(&Event::Time(LATE))?;
            world.happen(&Event::Step(Outcome::Done))?;
            world.happen(&Event::TurnEnds)?;
        }
        prop_assert!(world.is_as_wanted(), "{world:?}");
    }

    #[test]
    fn an_order_cannot_bring_back_what_is_being_deleted(requests in proptest::collection::vec(0..6_u8, 0..10)) {
        let all = [
            Request::Start,
            Request::Stop,
            Request::Restart,
            Request::Sleep,
            Request::Wake,
            Request::Delete,
        ];
        let mut desired = Desired::Running;
        let mut is_deleted = false;
        for request in requests {
            let request = all[usize::from(request)];
            desired = request.apply(desired).unwrap_or(desired);
            is_deleted |= request == Request::Delete;
            prop_assert_eq!(desired == Desired::Deleted, is_deleted);
            let steps = lifecycle::steps(request.operation());
            prop_assert!(!steps.is_empty(), "an operation without a step");
        }
    }
}

#[test]
fn an_intent_is_waited_out_and_no_longer() {
    let now = DateTime::UNIX_EPOCH;
    let in_seconds = |seconds| Some(now + TimeDelta::seconds(seconds));
    assert_eq!(wait_before_create(None, now), None);
    assert_eq!(wait_before_create(in_seconds(-1), now), None);
    assert_eq!(wait_before_create(in_seconds(0), now), None);
    assert_eq!(wait_before_create(in_seconds(30), now), Some(Duration::from_secs(30)));
}
