//! The checker has to notice each kind of wrong, and to leave right alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use client::types::{DeliveryState, OperationState};
use torture::{
    checker::{Check, Remains, judge},
    history::{Fact, Kind},
};
use uuid::Uuid;

fn ordered(operation: &str) -> Fact {
    Fact::Ordered {
        operation: operation.to_owned(),
        project: "light-1".to_owned(),
        what: "start",
    }
}

fn ended(operation: &str, state: OperationState, is_superseded: bool) -> Fact {
    Fact::Ended {
        operation: operation.to_owned(),
        state,
        problem: None,
        is_superseded,
    }
}

fn event(follower: usize, seq: i64) -> Fact {
    Fact::Event {
        follower,
        seq,
        kind: "project_changed".to_owned(),
    }
}

fn prompted(delivery: DeliveryState, found: usize, answers: usize) -> Fact {
    Fact::Prompted {
        kind: Kind::Light,
        text: "hi".to_owned(),
        delivery: Some(delivery),
        found,
        answers,
    }
}

fn answered(own: &str, stored: Option<&str>, streamed: &[&str]) -> Fact {
    Fact::Answered {
        kind: Kind::Light,
        own: own.to_owned(),
        stored: stored.map(str::to_owned),
        streamed: streamed.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// One operation, three events.
fn remains() -> Remains {
    Remains {
        events: (1..=3).map(|seq| (seq, "project_changed".to_owned())).collect(),
        last_seq: 3,
        ordered: ["one".to_owned()].into(),
        operations: ["one".to_owned()].into(),
        leftovers: Vec::new(),
    }
}

fn right() -> Vec<Fact> {
    let run = Some(Uuid::from_u128(1));
    vec![
        ordered("one"),
        ended("one", OperationState::Succeeded, false),
        event(0, 2),
        event(0, 3),
        prompted(DeliveryState::Consumed, 1, 1),
        prompted(DeliveryState::Unknown, 0, 0),
        answered("so be it", Some("so be it"), &["so", "so be it"]),
        Fact::Run {
            project: "light-1".to_owned(),
            up: run,
            later: run,
        },
    ]
}

/// What is found when something is added to what is right.
fn found(more: Fact) -> Vec<Check> {
    let facts = right().into_iter().chain([more]).collect::<Vec<_>>();
    judge(&facts, &remains())
        .into_iter()
        .map(|violation| violation.check)
        .collect()
}

#[test]
fn what_is_right_is_left_alone() {
    assert_eq!(judge(&right(), &remains()), []);
}

#[test]
fn operations_that_are_lost_or_end_otherwise_are_noticed() {
    assert_eq!(
        found(ordered("two")),
        [Check::EndsAsAsked, Check::Events],
        "no end, no event"
    );
    assert_eq!(found(ended("one", OperationState::Failed, false)), [Check::EndsAsAsked]);
    assert_eq!(
        found(ended("one", OperationState::Canceled, false)),
        [Check::EndsAsAsked]
    );
    assert_eq!(
        found(ended("one", OperationState::Canceled, true)),
        [],
        "something else was asked for"
    );
}

#[test]
fn what_is_done_twice_is_noticed() {
    let again = Fact::Repeated {
        what: "start",
        first: "one".to_owned(),
        again: "two".to_owned(),
    };
    assert_eq!(found(again), [Check::OnceOnly]);
    let mut remains = remains();
    remains.operations.insert("two".to_owned());
    let checks = judge(&right(), &remains).into_iter().map(|violation| violation.check);
    assert_eq!(
        checks.collect::<Vec<_>>(),
        [Check::OnceOnly],
        "one that nobody asked for"
    );
    let project = "light-1".to_owned();
    assert_eq!(found(Fact::TwoContainers { project }), [Check::OneContainer]);
    assert_eq!(found(prompted(DeliveryState::Consumed, 2, 1)), [Check::Prompts]);
    assert_eq!(found(prompted(DeliveryState::Consumed, 1, 2)), [Check::Prompts]);
}

#[test]
fn events_that_are_missing_doubled_or_out_of_order_are_noticed() {
    for seen in [&[1, 3][..], &[1, 2, 2, 3], &[2, 1, 3], &[1, 2], &[1, 2, 3, 4]] {
        let facts: Vec<_> = right()
            .into_iter()
            .chain(seen.iter().map(|seq| event(1, *seq)))
            .collect();
        let checks = judge(&facts, &remains()).into_iter().map(|violation| violation.check);
        assert_eq!(checks.collect::<Vec<_>>(), [Check::Events], "{seen:?}");
    }
    let gap = Remains {
        last_seq: 4,
        ..remains()
    };
    assert!(
        judge(&right(), &gap)
            .iter()
            .all(|violation| violation.check == Check::Events)
    );
    assert!(!judge(&right(), &gap).is_empty());
    let message = "unheard-of".to_owned();
    assert_eq!(found(Fact::Said { message }), [Check::Events]);
    let what = "an end".to_owned();
    assert_eq!(found(Fact::Untold { what }), [Check::Events]);
}

#[test]
fn prompts_and_texts_that_are_lost_or_changed_are_noticed() {
    assert_eq!(found(prompted(DeliveryState::Sent, 0, 0)), [Check::Prompts]);
    assert_eq!(found(prompted(DeliveryState::Queued, 0, 0)), [Check::Prompts]);
    for wrong in [
        answered("so be it", None, &[]),
        answered("so be it", Some("so be"), &["so be it"]),
        answered("so be it", Some("so be it"), &["so so", "so be it"]),
        answered("so be it", Some("so be it"), &["so"]),
    ] {
        assert_eq!(found(wrong.clone()), [Check::Text], "{wrong:?}");
    }
}

#[test]
fn runs_that_end_unasked_and_what_is_left_are_noticed() {
    let later = Some(Uuid::from_u128(2));
    for later in [later, None] {
        let project = "light-1".to_owned();
        let up = Some(Uuid::from_u128(1));
        assert_eq!(found(Fact::Run { project, up, later }), [Check::Runs]);
    }
    let restarted = |after| Fact::Restarted {
        project: "light-1".to_owned(),
        before: Some(Uuid::from_u128(1)),
        after: Some(Uuid::from_u128(after)),
    };
    assert_eq!(found(restarted(2)), []);
    assert_eq!(found(restarted(1)), [Check::Runs]);
    let mut remains = remains();
    remains.leftovers.push("process 1".to_owned());
    let violations = judge(&right(), &remains);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].check, Check::Leftovers);
}
