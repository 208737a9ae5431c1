//! From a unified diff, as somebody else has made it, to hunks of our own: with marked words, and cut.

use super::{Hunk, MAX_LINES, between};

/// No hunk of a diff is longer.
const WHOLE: usize = 1 << 20;

/// The hunks of a diff of one file, and whether they are cut. What is no part of a hunk is passed over.
pub fn hunks(patch: &str) -> (Vec<Hunk>, bool) {
    let (mut hunks, mut room, mut is_cut, mut seen) = (Vec::new(), MAX_LINES, false, 0);
    for sides in sides(patch) {
        if room == 0 {
            return (hunks, true);
        }
        let (parts, was_cut, ..) = between(&sides.old, &sides.new, WHOLE);
        is_cut |= was_cut;
        for mut hunk in parts {
            hunk.old_start += sides.old_before;
            hunk.new_start += sides.new_before;
            for line in &mut hunk.lines {
                line.old_number = line.old_number.map(|number| number + sides.old_before);
                line.new_number = line.new_number.map(|number| number + sides.new_before);
            }
            if hunk.lines.len() > room {
                hunk.lines.truncate(room);
                is_cut = true;
            }
            room -= hunk.lines.len();
            hunk.folded_before = sides.old_before.saturating_sub(seen);
            seen = sides.old_before + hunk.old_lines;
            hunks.push(hunk);
        }
    }
    (hunks, is_cut)
}

/// The two texts of a hunk.
struct Sides {
    /// Lines of the file before it.
    old_before: usize,
    new_before: usize,
    old: String,
    new: String,
}

fn sides(patch: &str) -> Vec<Sides> {
    let mut all: Vec<Sides> = Vec::new();
    let (mut old_left, mut new_left) = (0, 0);
    let mut last = ' ';
    for line in patch.split_inclusive('\n') {
        if old_left == 0 && new_left == 0 {
            if let Some(((old, old_lines), (new, new_lines))) = head(line) {
                (old_left, new_left) = (old_lines, new_lines);
                // A side without lines names the line before it.
                all.push(Sides {
                    old_before: old.saturating_sub(usize::from(old_lines > 0)),
                    new_before: new.saturating_sub(usize::from(new_lines > 0)),
                    old: String::new(),
                    new: String::new(),
                });
                continue;
            }
            if !line.starts_with('\\') {
                continue;
            }
        }
        let Some(sides) = all.last_mut() else { continue };
        let (sign, text) = match line.chars().next() {
            Some(sign @ (' ' | '-' | '+' | '\\')) => (sign, &line[1..]),
            // Some tools leave the space of an empty line out.
            _ => (' ', line),
        };
        if sign == '\\' {
            // The line before has no end.
            let ended: &mut [&mut String] = match last {
                '-' => &mut [&mut sides.old],
                '+' => &mut [&mut sides.new],
                _ => &mut [&mut sides.old, &mut sides.new],
            };
            for side in ended {
                if side.ends_with('\n') {
                    side.pop();
                }
            }
            continue;
        }
        if sign != '+' {
            sides.old.push_str(text);
            old_left = old_left.saturating_sub(1);
        }
        if sign != '-' {
            sides.new.push_str(text);
            new_left = new_left.saturating_sub(1);
        }
        last = sign;
    }
    all
}

type Stretch = (usize, usize);

/// `@@ -1,2 +3,4 @@`; one line where the second number is missing.
fn head(line: &str) -> Option<(Stretch, Stretch)> {
    let (stretches, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = stretches.split_once(" +")?;
    // No file has more lines than fit; sums of what does fit do not overflow.
    let number = |text: &str| usize::try_from(text.parse::<u32>().ok()?).ok();
    let stretch = |text: &str| {
        let (start, lines) = text.split_once(',').unwrap_or((text, "1"));
        Some((number(start)?, number(lines)?))
    };
    Some((stretch(old)?, stretch(new)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspace::diff::LineKind;
    use crate::workspace::diff::utf16_len;

    const PATCH: &str = "Index: a.txt\n===\n--- a.txt\t\n+++ a.txt\t\n@@ -3,3 +3,3 @@ fn main\n line 3\n-line four\n+line 4\n line 5\n@@ -20,1 +20,2 @@\n line 20\n+-- not a head\n\\ No newline at end of file\n";

    #[test]
    fn lines_have_their_numbers_and_words_their_marks() {
        let (hunks, is_cut) = hunks(PATCH);
        assert!(!is_cut && hunks.len() == 2);
        let first = &hunks[0];
        assert_eq!((first.old_start, first.new_start, first.folded_before), (3, 3, 2));
        assert_eq!(first.lines[1].old_number, Some(4));
        assert_eq!(
            (first.lines[2].new_number, first.lines[2].text.as_str()),
            (Some(4), "line 4")
        );
        assert_eq!(first.lines[2].marks.len(), 1);
        let second = &hunks[1];
        assert_eq!((second.old_start, second.folded_before), (20, 14));
        assert_eq!(second.lines[1].text, "-- not a head");
        assert!(second.lines[1].lacks_newline && !second.lines[0].lacks_newline);
    }

    #[test]
    fn a_new_file_has_one_side() {
        let (hunks, _) = hunks("@@ -0,0 +1,2 @@\n+one\n+two\n");
        assert_eq!(
            (hunks[0].old_start, hunks[0].new_start, hunks[0].lines.len()),
            (0, 1, 2)
        );
        assert!(hunks[0].lines.iter().all(|line| line.kind == LineKind::Added));
    }

    #[test]
    fn what_is_long_is_cut() {
        let lines = MAX_LINES + 10;
        let patch = format!(
            "@@ -0,0 +1,{lines} @@\n{}@@ -5,1 +9,1 @@\n-a\n+b\n",
            "+x\n".repeat(lines)
        );
        let (hunks, is_cut) = hunks(&patch);
        assert!(is_cut);
        assert_eq!(hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>(), MAX_LINES);
    }

    #[test]
    fn a_head_with_numbers_of_no_file_is_none() {
        let (hunks, is_cut) = hunks(&format!("@@ -{0},2 +{0},2 @@\n-a\n+b\n c\n", usize::MAX));
        assert!(hunks.is_empty() && !is_cut);
    }

    /// Two texts with a zero byte between them; the first is also read as what another program says of them.
    #[test]
    fn fuzz_diffs() {
        crate::fuzzing::fuzz("diff", |input| {
            let text = String::from_utf8_lossy(input);
            let (old, new) = text.split_once('\0').unwrap_or((&text, ""));
            let (cut, _, additions, deletions) = between(old, new, 3);
            let lines = |text: &str| text.split_inclusive('\n').count() as u64;
            assert!(deletions <= lines(old) && additions <= lines(new));
            assert_eq!(
                old == new,
                cut.is_empty(),
                "nothing is shown where nothing differs, and only there"
            );
            for hunks in [cut, hunks(old).0] {
                let lines = hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>();
                assert!(lines <= MAX_LINES);
                for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
                    let end = utf16_len(&line.text);
                    assert!(line.marks.iter().all(|mark| mark.start < mark.end && mark.end <= end));
                }
            }
        });
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(patch in any::<String>(), head in "@@ -[0-9]{1,20}(,[0-9]{1,2})? \\+[0-9]{1,20}(,[0-9]{1,2})? @@\n") {
            hunks(&patch);
            hunks(&format!("{head}{patch}"));
        }
    }
}
