//! Files of a project: listed, shown, found, searched; and the commits of its branch.

use anyhow::Result;
use client::{
    TextSearch,
    types::{Commit, File, FileContent, FoundText, ProjectBy, Tree, TreeEntry, TreeEntryKind},
};
use console::Style;

use crate::{
    args::{Files, Target},
    context::Context,
    output::{Complaint, clean, one_line, table},
};

/// As many as the server gives at once.
const FOUND: i64 = 100;

pub async fn files(context: &Context, files: Files) -> Result<()> {
    let by = context.project_by(&files.target).await?;
    if let Some(letters) = &files.find {
        let found = context.client.find_files(by, letters, FOUND).await?;
        return context
            .output
            .value(&found, || lines(found.paths.iter().map(|path| clean(path))));
    }
    if let Some(text) = files.search.clone() {
        return search(context, by, text, files).await;
    }
    show(context, by, &files).await
}

async fn search(context: &Context, by: ProjectBy, text: String, files: Files) -> Result<()> {
    let search = TextSearch {
        is_regex: files.regex,
        path: files.path,
        first: FOUND,
        ..TextSearch::literal(&text)
    };
    let found = context.client.search_text(by, search).await?;
    context.output.value(&found, || matches(&found))?;
    if found.is_partial {
        context.output.note("There may be more.");
    }
    Ok(())
}

/// What stands under the path: which of both is only known when it is asked for.
async fn show(context: &Context, by: ProjectBy, files: &Files) -> Result<()> {
    let folder = match context.client.tree(by.clone(), &files.path).await {
        Err(error)
            if error
                .failure()
                .is_some_and(|failure| failure.field.as_deref() == Some("path")) =>
        {
            None
        }
        tree => tree?,
    };
    if let Some(tree) = folder {
        return context.output.value(&tree, || listing(&tree));
    }
    let file = context.client.file(by, &files.path, files.from, files.lines).await?;
    let file = file.ok_or_else(|| Complaint::not_found(format!("There is nothing at {}.", files.path)))?;
    match (&file.content, &file.text) {
        (FileContent::Text, Some(text)) => {
            context.output.value(&file, || clean(&text.text).into_owned())?;
            if text.has_more {
                context
                    .output
                    .note(&format!("The file has {} lines: go on with --from.", text.line_count));
            }
            Ok(())
        }
        _ => context
            .output
            .value(&file, || format!("{}: {}", one_line(&file.path), no_text(&file))),
    }
}

fn no_text(file: &File) -> String {
    let kind = file.media_type.as_deref().unwrap_or("too large to be shown");
    format!("{kind}, {}", size(file.size))
}

fn listing(tree: &Tree) -> String {
    let rows: Vec<_> = tree.entries.iter().map(row).collect();
    table(["NAME", "SIZE", "CHANGED"], &rows)
}

fn row(entry: &TreeEntry) -> [String; 3] {
    let mark = match entry.kind {
        TreeEntryKind::Folder => "/",
        TreeEntryKind::Link => "@",
        _ if entry.is_executable => "*",
        _ => "",
    };
    let name = format!("{}{mark}", one_line(&entry.name));
    let style = if entry.is_ignored {
        Style::new().dim()
    } else {
        Style::new()
    };
    [
        style.apply_to(name).to_string(),
        entry.size.map(size).unwrap_or_default(),
        entry.modified_at.format("%F %R").to_string(),
    ]
}

fn size(bytes: f64) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    let (mut size, mut unit) = (bytes, 0);
    while size >= 1_000.0 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{size:.0} B")
    } else {
        format!("{size:.1} {}", UNITS[unit])
    }
}

fn matches(found: &FoundText) -> String {
    let place = Style::new().cyan();
    lines(found.matches.iter().map(|found| {
        let at = format!("{}:{}", one_line(&found.path), found.line);
        format!("{}: {}", place.apply_to(at), clean(found.text.trim_end()))
    }))
}

fn lines(lines: impl Iterator<Item = impl AsRef<str>>) -> String {
    lines.fold(String::new(), |text, line| text + line.as_ref() + "\n")
}

pub async fn log(context: &Context, target: &Target, count: u16) -> Result<()> {
    let by = context.project_by(target).await?;
    let commits = context.client.log(by, usize::from(count)).await?;
    context.output.value(&commits, || {
        let rows: Vec<_> = commits.iter().map(commit).collect();
        table(["COMMIT", "WHEN", "AUTHOR", "SUBJECT"], &rows)
    })
}

fn commit(commit: &Commit) -> [String; 4] {
    [
        commit.oid.chars().take(10).collect(),
        commit.committed_at.format("%F %R").to_string(),
        one_line(&commit.author),
        one_line(&commit.subject),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [0.0, 999.0, 1_000.0, 16_777_216.0].map(size),
            ["0 B", "999 B", "1.0 kB", "16.8 MB"]
        );
    }
}
