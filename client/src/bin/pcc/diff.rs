//! What differs in a project's workspace, for a terminal.

use std::fmt::Write as _;

use anyhow::Result;
use client::types::{ChangedFile, Changes, DiffHunk, DiffLine, DiffLineKind, DiffShown, FileDiff};
use console::Style;
use serde_json::json;

use crate::{
    args::Diff,
    context::Context,
    output::{clean, name, one_line, table},
};

pub async fn diff(context: &Context, diff: Diff) -> Result<()> {
    let by = context.project_by(&diff.target).await?;
    let mut changes = context.client.changes(by.clone()).await?;
    if !diff.paths.is_empty() {
        changes
            .files
            .retain(|file| diff.paths.iter().any(|path| is_in(&file.path, path)));
    }
    if diff.stat {
        return context.output.value(&changes, || overview(&changes));
    }
    let paths: Vec<_> = changes.files.iter().map(|file| file.path.clone()).collect();
    let diffs = context.client.diff(by, &paths, diff.context, diff.generated).await?;
    context.output.value(
        &json!({ "branch": changes.branch, "isPartial": changes.is_partial, "files": diffs }),
        || diffs.iter().map(file).collect(),
    )?;
    if changes.files.is_empty() {
        let branch = changes.branch.as_deref().unwrap_or("no branch");
        context
            .output
            .note(&format!("Nothing changed on {}.", one_line(branch)));
    }
    if changes.is_partial {
        context.output.note("Too much differs: not all of it is told.");
    }
    Ok(())
}

fn is_in(file: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    file.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn overview(changes: &Changes) -> String {
    let rows: Vec<_> = changes.files.iter().map(row).collect();
    let branch = changes.branch.as_deref().unwrap_or("no branch");
    let mut text = table(["FILE", "CHANGE", "+", "-"], &rows);
    let _ = write!(text, "{}", one_line(branch));
    if let Some(upstream) = &changes.upstream {
        let count = |count: Option<i64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let (ahead, behind) = (count(upstream.ahead), count(upstream.behind));
        let _ = write!(
            text,
            ", {ahead} ahead of and {behind} behind {}",
            one_line(&upstream.name)
        );
    }
    let _ = writeln!(text, ": +{} -{}", changes.additions, changes.deletions);
    text
}

fn row(file: &ChangedFile) -> [String; 4] {
    let count = |count: Option<i64>| count.map_or_else(String::new, |count| count.to_string());
    let path = match &file.old_path {
        Some(old) => format!("{} -> {}", one_line(old), one_line(&file.path)),
        None => one_line(&file.path),
    };
    [
        path,
        name(&file.kind).to_lowercase(),
        count(file.additions),
        count(file.deletions),
    ]
}

pub fn file(diff: &FileDiff) -> String {
    let mut text = String::new();
    let title = format!("{} ({})", one_line(&diff.path), name(&diff.kind).to_lowercase());
    let _ = writeln!(text, "{}", Style::new().bold().apply_to(title));
    if diff.shown != DiffShown::Text {
        let why = name(&diff.shown).to_lowercase().replace('_', " ");
        let _ = writeln!(text, "not shown: {why}");
    }
    diff.hunks.iter().for_each(|hunk| write_hunk(&mut text, hunk));
    if diff.is_cut {
        text.push_str("… and more\n");
    }
    text.push('\n');
    text
}

fn write_hunk(text: &mut String, hunk: &DiffHunk) {
    let head = format!(
        "@@ -{},{} +{},{} @@",
        hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines
    );
    let _ = writeln!(text, "{}", Style::new().cyan().apply_to(head));
    for line in &hunk.lines {
        let (sign, style) = match line.kind {
            DiffLineKind::Added => ('+', Style::new().green()),
            DiffLineKind::Removed => ('-', Style::new().red()),
            _ => (' ', Style::new()),
        };
        let _ = writeln!(text, "{}{}", style.apply_to(sign), marked(line, &style));
        if line.lacks_newline {
            text.push_str("\\ no end of line\n");
        }
    }
}

/// The line with the words that differ standing out. Marks count UTF-16 code units.
fn marked(line: &DiffLine, style: &Style) -> String {
    let units: Vec<u16> = line.text.encode_utf16().collect();
    let part = |from: usize, to: usize| {
        let units = units.get(from..to.min(units.len())).unwrap_or_default();
        clean(&String::from_utf16_lossy(units)).into_owned()
    };
    let (mut text, mut at) = (String::new(), 0);
    for mark in &line.marks {
        let (start, end) = (index(mark.start), index(mark.end));
        let _ = write!(text, "{}", style.apply_to(part(at, start)));
        let _ = write!(text, "{}", style.clone().reverse().apply_to(part(start, end)));
        at = end;
    }
    let _ = write!(text, "{}", style.apply_to(part(at, units.len())));
    if line.is_cut {
        text.push('…');
    }
    text
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
