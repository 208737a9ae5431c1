//! Judging a history: what must hold, whatever was killed when.

use std::collections::{BTreeMap, BTreeSet};

use client::types::{DeliveryState, OperationState};

use crate::history::Fact;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// No acknowledged mutation is lost, and every operation ends as asked.
    EndsAsAsked,
    /// A mutation that is sent again is answered as the first time, and not done again.
    OnceOnly,
    /// Events are gapless, unique and in order, and each change has one.
    Events,
    /// Each prompt is exactly once in the agent's own history, or reported as failed or unknown.
    Prompts,
    /// What a stream puts together is the final message.
    Text,
    /// Nobody ends an agent's run but whoever was asked to, and who was asked to restart it has ended it.
    Runs,
    /// No project ever gets two containers.
    OneContainer,
    /// Nothing is left without an owner.
    Leftovers,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub check: Check,
    pub what: String,
}

/// The log as the database has it in the end, and what is left outside.
#[derive(Clone, Debug, Default)]
pub struct Remains {
    pub events: Vec<(i64, String)>,
    pub last_seq: i64,
    /// Operations and messages with an event of the device that asked for them.
    pub ordered: BTreeSet<String>,
    /// Operations the log tells of.
    pub operations: BTreeSet<String>,
    pub leftovers: Vec<String>,
}

pub fn judge(facts: &[Fact], remains: &Remains) -> Vec<Violation> {
    let mut found: Vec<Violation> = facts.iter().filter_map(judge_one).collect();
    let mut violation = |check, what| found.push(Violation { check, what });
    let (mut ordered, mut ended) = (BTreeMap::new(), BTreeSet::new());
    let mut seen: BTreeMap<usize, Vec<(i64, String)>> = BTreeMap::new();
    for fact in facts {
        match fact {
            Fact::Ordered { operation, what, .. } => drop(ordered.insert(operation, what)),
            Fact::Ended { operation, .. } | Fact::StayedAwake { operation } => drop(ended.insert(operation)),
            Fact::Said { message } if !remains.ordered.contains(message) => {
                violation(Check::Events, format!("no event tells of the prompt {message}"));
            }
            Fact::Event { follower, seq, kind } => seen.entry(*follower).or_default().push((*seq, kind.clone())),
            _ => {}
        }
    }
    for (operation, what) in &ordered {
        if !ended.contains(operation) {
            violation(Check::EndsAsAsked, format!("{what} {operation} never ended"));
        }
        if !remains.ordered.contains(*operation) {
            violation(
                Check::Events,
                format!("no event tells that {what} {operation} was ordered"),
            );
        }
    }
    for extra in remains.operations.iter().filter(|known| !ordered.contains_key(known)) {
        violation(
            Check::OnceOnly,
            format!("operation {extra} was never acknowledged to anybody"),
        );
    }
    let numbers = remains.events.iter().map(|(seq, _)| *seq);
    if !numbers.eq(1..=remains.last_seq) {
        let what = format!("the log's numbers are not 1 to {}", remains.last_seq);
        violation(Check::Events, what);
    }
    for (follower, seen) in &seen {
        let first = seen.first().map_or(0, |(seq, _)| *seq);
        let there_are = remains.events.iter().filter(|(seq, _)| *seq >= first);
        if let Some(difference) = difference(seen, there_are.cloned().collect()) {
            violation(Check::Events, format!("follower {follower}: {difference}"));
        }
    }
    found.extend(remains.leftovers.iter().map(|what| Violation {
        check: Check::Leftovers,
        what: what.clone(),
    }));
    found.sort();
    found
}

/// What one fact says by itself.
fn judge_one(fact: &Fact) -> Option<Violation> {
    let violation = |check, what: String| Some(Violation { check, what });
    match fact {
        Fact::Refused { what, why } => violation(Check::EndsAsAsked, format!("{what} was refused: {why}")),
        Fact::Stuck { what } => violation(Check::EndsAsAsked, what.clone()),
        Fact::Ended {
            state: OperationState::Succeeded,
            ..
        } => None,
        Fact::Ended {
            state: OperationState::Canceled,
            is_superseded: true,
            ..
        } => None,
        Fact::Ended {
            operation,
            state,
            problem,
            ..
        } => violation(
            Check::EndsAsAsked,
            format!("{operation} ended as {state:?}: {problem:?}"),
        ),
        Fact::Renamed { wanted, read } if wanted != read => violation(
            Check::EndsAsAsked,
            format!("the acknowledged name {wanted:?} is {read:?}"),
        ),
        Fact::Repeated { what, first, again } if first != again => violation(
            Check::OnceOnly,
            format!("{what}, sent again: {again} instead of {first}"),
        ),
        Fact::Untold { what } => violation(Check::Events, format!("no event told of {what}")),
        Fact::Broken { follower, why } => violation(Check::Events, format!("follower {follower} missed events: {why}")),
        Fact::Run { project, up, later } if up.is_some() && up != later => violation(
            Check::Runs,
            format!("{project}: run {up:?} became {later:?}, and nobody had asked for it"),
        ),
        Fact::Restarted { project, before, after } if before.is_some() && before == after => violation(
            Check::Runs,
            format!("{project}: run {before:?} was to be another after a restart"),
        ),
        Fact::TwoContainers { project } => violation(Check::OneContainer, format!("two for {project}")),
        Fact::Prompted {
            text,
            delivery,
            found,
            answers,
            ..
        } => {
            let is_reported = matches!(delivery, Some(DeliveryState::Failed | DeliveryState::Unknown));
            let is_right = *found == 1 || (*found == 0 && is_reported);
            let what = format!("{text:?} ({delivery:?}): {found} times in the agent's history, {answers} answers");
            if is_right && *answers <= 1 {
                None
            } else {
                violation(Check::Prompts, what)
            }
        }
        Fact::Answered {
            own, stored, streamed, ..
        } => {
            let own = own.trim_end();
            let is_stored = stored.as_ref().is_some_and(|stored| stored.trim_end() == own);
            let odd = streamed.iter().find(|state| !own.starts_with(state.trim_end()));
            let is_last = streamed.last().is_none_or(|last| last.trim_end() == own);
            match odd {
                _ if !is_stored => violation(Check::Text, format!("the agent said {own:?}, stored is {stored:?}")),
                Some(odd) => violation(Check::Text, format!("a stream had {odd:?} of {own:?}")),
                None if !is_last => violation(Check::Text, format!("a stream ended before the end of {own:?}")),
                None => None,
            }
        }
        _ => None,
    }
}

fn difference(seen: &[(i64, String)], there_are: Vec<(i64, String)>) -> Option<String> {
    let at = seen.iter().zip(&there_are).position(|(one, other)| one != other);
    let at = at.unwrap_or_else(|| seen.len().min(there_are.len()));
    let (one, other) = (seen.get(at), there_are.get(at));
    (one != other).then(|| format!("at place {at} it saw {one:?}, the log has {other:?}"))
}
