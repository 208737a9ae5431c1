//! What changed last, so that rows read before can be kept in memory as long as they are true.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use entity::ids::ProjectId;

use super::{Kind, Payload};

/// Changes remembered one by one. Past this all of them are taken for a change of everything.
const REMEMBERED: usize = 4_096;
/// Changes of projects themselves that are remembered in their order.
const IN_ORDER: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Anything may have changed up to here.
    floor: i64,
    /// Above the floor: the newest event of each kind about each project.
    newest: HashMap<ProjectId, Vec<(Kind, i64)>>,
    /// How many these are, of all projects.
    remembered: usize,
    /// The projects that were made, changed or deleted last, above their own floor.
    in_order: VecDeque<(i64, ProjectId)>,
    in_order_floor: i64,
    /// The newest of them all.
    top: i64,
}

impl Changes {
    pub fn from(head: i64) -> Self {
        Self(Mutex::new(Inner {
            floor: head,
            newest: HashMap::new(),
            remembered: 0,
            in_order: VecDeque::new(),
            in_order_floor: head,
            top: head,
        }))
    }

    /// These events were appended, and no others since the last that was noted.
    pub fn note(&self, seq: i64, events: &[Payload]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.top = inner.top.max(seq);
        if inner.remembered + events.len() > REMEMBERED {
            inner.forget(seq);
            return;
        }
        for event in events {
            if let Some(project) = event.project() {
                inner.remember(project, event.kind(), seq);
            }
        }
    }

    /// Something was appended, and it is not known what.
    pub fn note_anything(&self, seq: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).forget(seq);
    }

    /// Whether there was no such event about this project after the head was this number.
    pub fn none_since(&self, head: i64, project: ProjectId, kinds: &[Kind]) -> bool {
        self.is_older(head, project, |kind| kinds.contains(&kind))
    }

    /// Whether there was no event at all about this project after the head was this number.
    pub fn nothing_since(&self, head: i64, project: ProjectId) -> bool {
        self.is_older(head, project, |_| true)
    }

    fn is_older(&self, head: i64, project: ProjectId, matters: impl Fn(Kind) -> bool) -> bool {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = inner.newest.get(&project).map_or(&[][..], Vec::as_slice);
        inner.floor <= head && newest.iter().all(|(kind, seq)| *seq <= head || !matters(*kind))
    }

    /// The projects that were made, changed or deleted after the head was this number; `None` when that is not known any
    /// more, or when they are more than so many.
    pub fn projects_since(&self, head: i64, at_most: usize) -> Option<BTreeSet<ProjectId>> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.floor.max(inner.in_order_floor) > head {
            return None;
        }
        let later = inner.in_order.iter().filter(|(seq, _)| *seq > head);
        let projects: BTreeSet<_> = later.map(|(_, project)| *project).collect();
        (projects.len() <= at_most).then_some(projects)
    }
}

impl Inner {
    fn remember(&mut self, project: ProjectId, kind: Kind, seq: i64) {
        if matches!(kind, Kind::ProjectChanged | Kind::ProjectDeleted) {
            self.in_order.push_back((seq, project));
            if self.in_order.len() > IN_ORDER
                && let Some((seq, _)) = self.in_order.pop_front()
            {
                self.in_order_floor = seq.max(self.in_order_floor);
            }
        }
        let newest = self.newest.entry(project).or_default();
        match newest.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, newest)) => *newest = seq.max(*newest),
            None => {
                newest.push((kind, seq));
                self.remembered += 1;
            }
        }
    }

    fn forget(&mut self, seq: i64) {
        // What is forgotten counts as a change of everything, even if it is younger than what made us forget it.
        self.top = self.top.max(seq);
        self.floor = self.top;
        self.newest.clear();
        self.remembered = 0;
        self.in_order.clear();
        self.in_order_floor = self.top;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_of_its_project_and_kind() {
        let changes = Changes::from(10);
        let (one, other) = (ProjectId::generate(), ProjectId::generate());
        changes.note(12, &[Payload::ProjectChanged { project: one }]);
        let is_same = |head, project, kind| changes.none_since(head, project, &[kind]);
        assert!(!is_same(11, one, Kind::ProjectChanged));
        assert!(is_same(12, one, Kind::ProjectChanged));
        assert!(is_same(11, one, Kind::SessionChanged));
        assert!(!changes.nothing_since(11, one));
        assert!(changes.nothing_since(12, one));
        assert!(changes.nothing_since(11, other));
        assert!(is_same(11, other, Kind::ProjectChanged));
        assert!(!is_same(9, other, Kind::ProjectChanged), "before anything was noted");
        // An older one that is noted late takes nothing back.
        changes.note(11, &[Payload::ProjectChanged { project: one }]);
        assert!(!is_same(11, one, Kind::ProjectChanged));
        changes.note_anything(20);
        assert!(!is_same(19, other, Kind::SessionChanged));
        assert!(is_same(20, one, Kind::ProjectChanged));
    }

    #[test]
    fn projects_that_changed_are_known_for_a_while() {
        let changes = Changes::from(10);
        let (one, other) = (ProjectId::generate(), ProjectId::generate());
        let since = |head| changes.projects_since(head, 2);
        changes.note(12, &[Payload::ProjectChanged { project: one }]);
        let session = Payload::SessionChanged {
            session: entity::ids::SessionId::generate(),
            project: other,
        };
        changes.note(13, &[session]);
        changes.note(14, &[Payload::ProjectChanged { project: one }]);
        assert_eq!(since(9), None, "before anything was noted");
        assert_eq!(since(10), Some(BTreeSet::from([one])));
        assert_eq!(since(14), Some(BTreeSet::new()));
        let gone = Payload::ProjectDeleted {
            project: other,
            slug: "other".to_owned(),
        };
        changes.note(15, &[gone]);
        assert_eq!(since(12), Some(BTreeSet::from([one, other])));
        assert_eq!(changes.projects_since(12, 1), None, "too many");
        for seq in 16.. {
            changes.note(seq, &[Payload::ProjectChanged { project: one }]);
            if since(14).is_none() {
                break;
            }
            assert!(seq < 1_000, "what is remembered has no bound");
        }
        changes.note_anything(2_000);
        assert_eq!((since(1_999), since(2_000)), (None, Some(BTreeSet::new())));
    }

    #[test]
    fn what_is_noted_late_does_not_hide_what_came_after_it() {
        let changes = Changes::from(0);
        let project = ProjectId::generate();
        changes.note(3, &[Payload::ProjectChanged { project }]);
        changes.note_anything(1);
        assert!(!changes.none_since(2, project, &[Kind::ProjectChanged]));
        assert!(changes.none_since(3, project, &[Kind::ProjectChanged]));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgetting_is_safe() {
        let changes = Changes::from(0);
        let projects: Vec<_> = (0..=REMEMBERED).map(|_| ProjectId::generate()).collect();
        for (seq, project) in (1..).zip(&projects) {
            changes.note(seq, &[Payload::ProjectChanged { project: *project }]);
        }
        let remembered = changes.0.lock().unwrap().newest.values().map(Vec::len).sum::<usize>();
        assert!(remembered <= REMEMBERED);
        assert_eq!(changes.0.lock().unwrap().remembered, remembered);
        for (seq, project) in (1..).zip(&projects) {
            assert!(!changes.none_since(seq - 1, *project, &[Kind::ProjectChanged]), "{seq}");
        }
    }
}
