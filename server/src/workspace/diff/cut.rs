//! From two texts to hunks.

use std::time::{Duration, Instant};

use similar::{Algorithm, ChangeTag, DiffOp, InlineChange, TextDiff};

use super::{Hunk, Line, LineKind, MAX_LINE, MAX_LINES, TextRange, utf16_len};

/// After that the rest of a diff is told more coarsely, and words are not marked any more.
const PATIENCE: Duration = Duration::from_millis(500);
/// A replaced block of more lines than that gets no marks: nobody compares it word by word.
const MARKED_LINES: usize = 60;

/// The hunks, whether they are cut, and the lines added and removed.
pub fn between(old: &str, new: &str, context: usize) -> (Vec<Hunk>, bool, u64, u64) {
    let deadline = Instant::now() + PATIENCE;
    let (old, new) = (lines(old), lines(new));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .deadline(deadline)
        .diff_slices(&old, &new);
    let (mut additions, mut deletions) = (0, 0);
    for op in diff.ops() {
        if !matches!(op, DiffOp::Equal { .. }) {
            additions += op.new_range().len() as u64;
            deletions += op.old_range().len() as u64;
        }
    }
    let (mut hunks, mut shown, mut is_cut, mut seen) = (Vec::new(), 0, false, 0);
    for group in diff.grouped_ops(context) {
        let lines = lines_of(&diff, &group, MAX_LINES - shown, deadline);
        let whole: usize = group.iter().map(line_count).sum();
        shown += lines.len();
        is_cut |= lines.len() < whole;
        if !lines.is_empty() {
            let hunk = hunk(lines, &group, seen);
            seen = hunk.old_start.saturating_sub(usize::from(hunk.old_lines > 0)) + hunk.old_lines;
            hunks.push(hunk);
        }
        if is_cut {
            break;
        }
    }
    (hunks, is_cut, additions, deletions)
}

/// As git counts them: a carriage return alone ends none.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// `seen`: the old side's lines up to here.
fn hunk(lines: Vec<Line>, group: &[DiffOp], seen: usize) -> Hunk {
    let (old, new) = group
        .first()
        .map_or((0, 0), |first| (first.old_range().start, first.new_range().start));
    let old_lines = lines.iter().filter(|line| line.old_number.is_some()).count();
    let new_lines = lines.iter().filter(|line| line.new_number.is_some()).count();
    Hunk {
        old_start: old + usize::from(old_lines > 0),
        old_lines,
        new_start: new + usize::from(new_lines > 0),
        new_lines,
        folded_before: old.saturating_sub(seen),
        lines,
    }
}

fn line_count(op: &DiffOp) -> usize {
    match op {
        DiffOp::Equal { len, .. } => *len,
        op => op.old_range().len() + op.new_range().len(),
    }
}

fn lines_of(diff: &TextDiff<'_, '_, str>, group: &[DiffOp], room: usize, deadline: Instant) -> Vec<Line> {
    let mut lines = Vec::new();
    for op in group {
        let is_marked = matches!(op, DiffOp::Replace { .. }) && line_count(op) <= MARKED_LINES;
        if is_marked && Instant::now() < deadline {
            let changes = diff.iter_inline_changes_deadline(op, Some(deadline));
            lines.extend(changes.take(room - lines.len()).map(|change| marked(&change)));
        } else {
            let changes = diff.iter_changes(op).take(room - lines.len());
            lines.extend(changes.map(|change| {
                let value = change.value();
                line(change.tag(), change.old_index(), change.new_index(), &[(false, value)])
            }));
        }
        if lines.len() >= room {
            break;
        }
    }
    lines
}

fn marked(change: &InlineChange<'_, str>) -> Line {
    let values = change.values();
    // A line that shares nothing with the other side is another line: marking all of it says nothing.
    let is_other = values
        .iter()
        .all(|(is_marked, text)| *is_marked || text.trim().is_empty());
    let values: Vec<_> = values
        .iter()
        .map(|(is_marked, text)| (*is_marked && !is_other, *text))
        .collect();
    line(change.tag(), change.old_index(), change.new_index(), &values)
}

fn line(tag: ChangeTag, old: Option<usize>, new: Option<usize>, values: &[(bool, &str)]) -> Line {
    let (mut text, mut marks, mut at, mut left, mut is_cut) =
        (String::new(), Vec::<TextRange>::new(), 0, MAX_LINE, false);
    let lacks_newline = !values
        .iter()
        .rev()
        .find(|(_, part)| !part.is_empty())
        .is_some_and(|(_, part)| part.ends_with('\n'));
    for (is_marked, part) in values {
        let part = part.trim_end_matches(['\n', '\r']);
        let end = part.char_indices().nth(left).map_or(part.len(), |(end, _)| end);
        let kept = &part[..end];
        is_cut |= end < part.len();
        left -= kept.chars().count();
        let next = at + utf16_len(kept);
        if *is_marked && next > at {
            match marks.last_mut() {
                Some(last) if last.end == at => last.end = next,
                _ => marks.push(TextRange { start: at, end: next }),
            }
        }
        text.push_str(kept);
        at = next;
    }
    Line {
        kind: match tag {
            ChangeTag::Equal => LineKind::Context,
            ChangeTag::Insert => LineKind::Added,
            ChangeTag::Delete => LineKind::Removed,
        },
        old_number: old.map(|index| index + 1),
        new_number: new.map(|index| index + 1),
        text,
        marks,
        is_cut,
        lacks_newline,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(hunk: &Hunk) -> Vec<String> {
        let sign = |kind| match kind {
            LineKind::Context => ' ',
            LineKind::Added => '+',
            LineKind::Removed => '-',
        };
        hunk.lines
            .iter()
            .map(|line| format!("{}{}", sign(line.kind), line.text))
            .collect()
    }

    #[test]
    fn context_is_folded_and_words_are_marked() {
        let old: String = (1..=40).map(|n| format!("line {n}\n")).collect();
        let new = old
            .replace("line 20\n", "line twenty 🦀 here\n")
            .replace("line 40\n", "line 40");
        let (hunks, is_cut, additions, deletions) = between(&old, &new, 1);
        assert_eq!((hunks.len(), is_cut, additions, deletions), (2, false, 2, 2));
        assert_eq!(
            sketch(&hunks[0]),
            [" line 19", "-line 20", "+line twenty 🦀 here", " line 21"]
        );
        assert_eq!(
            (hunks[0].old_start, hunks[0].old_lines, hunks[0].folded_before),
            (19, 3, 18)
        );
        assert_eq!(hunks[0].lines[1].marks, [TextRange { start: 5, end: 7 }]);
        assert_eq!(hunks[0].lines[2].marks, [TextRange { start: 5, end: 19 }]);
        assert_eq!((hunks[1].folded_before, hunks[1].old_start), (17, 39));
        assert!(hunks[1].lines[2].lacks_newline && !hunks[1].lines[1].lacks_newline);
    }

    #[test]
    fn lines_are_counted_as_git_counts_them() {
        let (hunks, _, additions, deletions) = between("10 %\r20 %\rdone\nb\n", "10 %\r20 %\rdone\nc\n", 3);
        assert_eq!((additions, deletions), (1, 1));
        assert_eq!(hunks[0].lines[1].old_number, Some(2));
    }

    #[test]
    fn a_new_file_and_a_deleted_one_are_one_side() {
        let (hunks, _, additions, deletions) = between("", "a\nb\n", 3);
        assert_eq!((hunks[0].old_start, hunks[0].old_lines, hunks[0].new_start), (0, 0, 1));
        assert_eq!(
            (additions, deletions, sketch(&hunks[0])),
            (2, 0, vec!["+a".to_owned(), "+b".to_owned()])
        );
        let (hunks, ..) = between("a\n", "", 3);
        assert_eq!(sketch(&hunks[0]), ["-a"]);
        assert_eq!(between("same", "same", 3), (Vec::new(), false, 0, 0));
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let (hunks, is_cut, additions, _) = between("", &"x\n".repeat(MAX_LINES + 5), 3);
        assert_eq!(
            (hunks[0].lines.len(), is_cut, additions),
            (MAX_LINES, true, MAX_LINES as u64 + 5)
        );
        let (hunks, is_cut, ..) = between("", &"ä".repeat(5_000), 3);
        assert!(!is_cut && hunks[0].lines[0].is_cut);
        assert_eq!(hunks[0].lines[0].text.chars().count(), MAX_LINE);
    }

    proptest! {
        /// With all context shown, a diff holds both texts whole; marks lie in their lines.
        #[test]
        fn both_sides_can_be_read_from_a_diff(
            old in prop::collection::vec(r"[a-c🦀 ]{0,6}", 0..30),
            new in prop::collection::vec(r"[a-c🦀 ]{0,6}", 0..30),
        ) {
            let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            let (hunks, is_cut, additions, deletions) = between(&text(&old), &text(&new), 100);
            prop_assert!(!is_cut);
            let side = |without: LineKind| -> Vec<String> {
                let lines = hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind != without);
                lines.map(|line| line.text.clone()).collect()
            };
            if !hunks.is_empty() {
                prop_assert_eq!(side(LineKind::Added), old.clone());
                prop_assert_eq!(side(LineKind::Removed), new.clone());
            } else {
                prop_assert_eq!(&old, &new);
            }
            prop_assert_eq!(new.len() as i64 - old.len() as i64, additions as i64 - deletions as i64);
            for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
                prop_assert!(line.marks.iter().all(|mark| mark.start < mark.end && mark.end <= utf16_len(&line.text)));
            }
        }

        #[test]
        fn no_text_breaks_it(old in any::<String>(), new in any::<String>(), context in 0_usize..5) {
            let (hunks, ..) = between(&old, &new, context);
            let mut last = (0, 0);
            for hunk in &hunks {
                let at = (hunk.old_start + hunk.old_lines, hunk.new_start + hunk.new_lines);
                prop_assert!(at >= last);
                last = at;
            }
        }
    }
}
