//! Searching the text of files, with ripgrep's libraries.

use std::io;

use grep_matcher::Matcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};
use ignore::overrides::{Override, OverrideBuilder};

use super::{
    root::Root,
    walk::{Onward, Patience, Seen, walk},
};
use crate::workspace::{Case, FoundText, SearchQuery, TextMatch, TextRange, WorkspaceError, diff::utf16_len};

/// What a compiled pattern may take: a regex that grows beyond is refused.
const REGEX_BYTES: usize = 4 << 20;
const MAX_FILE: u64 = 8 << 20;
/// Bytes of a line that are shown.
const MAX_LINE: usize = 400;
/// Of one file, so that it does not crowd out the others.
const PER_FILE: usize = 100;
const RANGES: usize = 20;

pub(super) fn search(root: &Root, query: &SearchQuery, patience: &Patience<'_>) -> Result<FoundText, WorkspaceError> {
    let matcher = matcher(query)?;
    let globs = globs(&query.globs)?;
    let mut searcher = SearcherBuilder::new()
        .binary_detection(BinaryDetection::quit(0))
        .line_number(true)
        .heap_limit(Some(MAX_FILE as usize))
        .build();
    let (mut matches, mut is_partial) = (Vec::new(), false);
    let is_whole = walk(root, &query.folder, patience, |seen| {
        let Seen::File { folder, name, path } = seen else {
            return Onward::Continue(());
        };
        if globs.matched(path, false).is_ignore() {
            return Onward::Continue(());
        }
        // What became a link or vanished meanwhile is not searched.
        let Ok(Some((file, stat))) = folder.inner_file(name) else {
            return Onward::Continue(());
        };
        if stat.st_size.unsigned_abs() > MAX_FILE {
            is_partial = true;
            return Onward::Continue(());
        }
        let mut sink = Lines {
            matcher: &matcher,
            path,
            patience,
            left: PER_FILE.min(query.limit - matches.len()),
            found: Vec::new(),
        };
        // A file that cannot be read to its end has given what it has.
        is_partial |= searcher.search_file(&matcher, &file, &mut sink).is_err();
        is_partial |= sink.left == 0;
        matches.append(&mut sink.found);
        if matches.len() >= query.limit || patience.is_over() {
            is_partial = true;
            return Onward::Break(());
        }
        Onward::Continue(())
    })?;
    Ok(FoundText {
        matches,
        is_partial: is_partial || !is_whole,
    })
}

fn matcher(query: &SearchQuery) -> Result<RegexMatcher, WorkspaceError> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .fixed_strings(!query.is_regex)
        .case_insensitive(query.case == Case::Insensitive)
        .case_smart(query.case == Case::Smart)
        .line_terminator(Some(b'\n'))
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .nest_limit(50);
    builder.build(&query.text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        WorkspaceError::Invalid("query", format!("this pattern cannot be used: {reason}"))
    })
}

fn globs(globs: &[String]) -> Result<Override, WorkspaceError> {
    let unusable = |error: ignore::Error| WorkspaceError::Invalid("globs", format!("a glob cannot be used: {error}"));
    let mut builder = OverrideBuilder::new("");
    for glob in globs {
        builder.add(glob).map_err(unusable)?;
    }
    builder.build().map_err(unusable)
}

struct Lines<'a> {
    matcher: &'a RegexMatcher,
    path: &'a str,
    patience: &'a Patience<'a>,
    left: usize,
    found: Vec<TextMatch>,
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let bytes = found.bytes();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let line = usize::try_from(found.line_number().unwrap_or_default()).unwrap_or_default();
        self.found.push(shown(self.matcher, self.path, line, bytes)?);
        self.left = self.left.saturating_sub(1);
        Ok(self.left > 0 && !self.patience.is_over())
    }
}

/// The line from shortly before its first match on.
fn shown(matcher: &RegexMatcher, path: &str, line: usize, bytes: &[u8]) -> io::Result<TextMatch> {
    let mut spans = Vec::new();
    let collected = matcher.find_iter(bytes, |span| {
        spans.push((span.start(), span.end()));
        spans.len() < RANGES
    });
    collected.map_err(io::Error::other)?;
    let first = spans.first().map_or(0, |(start, _)| *start);
    let mut from = if first > MAX_LINE / 2 { first - MAX_LINE / 4 } else { 0 };
    while from > 0 && !is_boundary(bytes, from) {
        from -= 1;
    }
    let mut to = (from + MAX_LINE).min(bytes.len());
    while to < bytes.len() && !is_boundary(bytes, to) {
        to += 1;
    }
    let units = |end: usize| utf16_len(&String::from_utf8_lossy(&bytes[from..end]));
    let ranges = spans
        .into_iter()
        .filter(|(start, end)| *start >= from && *end <= to)
        .map(|(start, end)| TextRange {
            start: units(start),
            end: units(end),
        });
    Ok(TextMatch {
        path: path.to_owned(),
        line,
        ranges: ranges.collect(),
        text: String::from_utf8_lossy(&bytes[from..to]).into_owned(),
        is_cut: from > 0 || to < bytes.len(),
    })
}

fn is_boundary(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}
