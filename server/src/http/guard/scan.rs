//! The first look at a document, before the parser: how many tokens, how deep the brackets.
//!
//! It must never see fewer tokens than the parser would, so it is strict where the two could differ: a string that does not
//! end is refused here, because the parser might read on where this scan saw nothing but text.

use async_graphql::ServerError;

use super::refusal::{bad_request, limit};
use crate::http::Limits;

/// What the scan found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub tokens: usize,
    pub nesting: usize,
}

/// Reads each byte once.
pub fn scan(text: &str, limits: &Limits) -> Result<Scan, ServerError> {
    if text.len() > limits.query_bytes {
        return Err(limit(format!(
            "A document may have {} bytes. Long values belong into variables.",
            limits.query_bytes
        )));
    }
    let bytes = text.as_bytes();
    let (mut found, mut open, mut at) = (Scan::default(), 0_usize, 0);
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += comment(&bytes[at..]);
                continue;
            }
            b'"' => string(&bytes[at..])?,
            b'.' if bytes[at..].starts_with(b"...") => 3,
            b'{' | b'[' | b'(' => {
                open += 1;
                found.nesting = found.nesting.max(open);
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            _ => word(&bytes[at..]),
        };
        at += length;
        found.tokens += 1;
        if found.tokens > limits.tokens {
            return Err(limit(format!("A document may have {} tokens.", limits.tokens)));
        }
        if found.nesting > limits.nesting {
            return Err(limit(format!("Brackets may be nested {} deep.", limits.nesting)));
        }
    }
    Ok(found)
}

fn comment(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .unwrap_or(rest.len())
}

/// A run of letters, digits and underscores, or one byte of anything else. Numbers such as `-1.5` count as several tokens, which does no harm.
fn word(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
        .unwrap_or(rest.len())
        .max(1)
}

fn string(rest: &[u8]) -> Result<usize, ServerError> {
    if rest.starts_with(b"\"\"\"") {
        block_string(rest)
    } else {
        quoted_string(rest)
    }
}

fn quoted_string(rest: &[u8]) -> Result<usize, ServerError> {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => at += 2,
            b'\n' | b'\r' => break,
            _ => at += 1,
        }
    }
    Err(bad_request("Syntax error: a string does not end on its line."))
}

fn block_string(rest: &[u8]) -> Result<usize, ServerError> {
    let mut at = 3;
    while at < rest.len() {
        if rest[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if rest[at..].starts_with(b"\"\"\"") {
            return Ok(at + 3);
        } else {
            at += 1;
        }
    }
    Err(bad_request("Syntax error: a block string does not end."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> usize {
        scan(text, &Limits::default()).unwrap().tokens
    }

    #[test]
    fn counts_tokens_as_the_grammar_does() {
        for (text, expected) in [
            ("", 0),
            (" ,\t\r\n# nothing { here", 0),
            ("{a}", 3),
            ("{ a: b(c: $d) @e }", 13),
            ("{...F ... on T{x}}", 10),
            (r#"{a(b:"{ # \" }")}"#, 8),
            ("{a(b:\"\"\"x \\\"\"\" \" y\"\"\")}", 8),
            (r#"{a(b:"")}"#, 8),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn finds_the_nesting_outside_strings_only() {
        let scan = scan(r#"{a(b:[[{c:"(((((("}]]){d}}"#, &Limits::default()).unwrap();
        assert_eq!(scan.nesting, 5);
    }

    #[test]
    fn refuses_strings_that_do_not_end() {
        for text in ["{a(b:\"", "{a(b:\"x\n\")}", "{a(b:[\"\"\" \" a a a", "\"\\"] {
            assert!(scan(text, &Limits::default()).is_err(), "{text}");
        }
    }
}
