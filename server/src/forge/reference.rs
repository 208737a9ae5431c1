//! Names of branches, tags and commits that are safe to hand to git.

use std::{fmt, str::FromStr};

/// The longest name: what file systems allow for one file, which is what a branch is.
const MAX_BYTES: usize = 255;

/// A branch, a tag, a full ref name or a commit id, valid by the rules of `git check-ref-format`. It never starts with a
/// hyphen, so git cannot take it for an option, and holds nothing of git's revision language (`..`, `@{`, `^`, `:`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GitRef(String);

/// The sentences name the rule, not the value: the value is on the screen of whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    #[error("The name of the branch, tag or commit is empty.")]
    Empty,
    #[error("The name of the branch, tag or commit is longer than {MAX_BYTES} bytes.")]
    TooLong,
    #[error("A branch or tag cannot start with a hyphen.")]
    LeadingHyphen,
    #[error("A branch or tag cannot contain {0:?}.")]
    Character(char),
    #[error("A branch or tag cannot contain {0:?}.")]
    Sequence(&'static str),
    #[error(
        "No part of a branch or tag between slashes can be empty, start with a dot, or end with a dot or \".lock\"."
    )]
    Component,
    #[error("\"@\" alone is no branch or tag.")]
    At,
}

impl GitRef {
    pub fn parse(text: &str) -> Result<Self, RefError> {
        if text.is_empty() {
            return Err(RefError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(RefError::TooLong);
        }
        if text.starts_with('-') {
            return Err(RefError::LeadingHyphen);
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() || " ~^:?*[\\".contains(*c)) {
            return Err(RefError::Character(bad));
        }
        if let Some(bad) = ["..", "@{"].into_iter().find(|bad| text.contains(bad)) {
            return Err(RefError::Sequence(bad));
        }
        if text == "@" {
            return Err(RefError::At);
        }
        if !text.split('/').all(is_component) {
            return Err(RefError::Component);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can be the id of a commit: at least seven hex digits, as git abbreviates them.
    pub fn may_be_commit(&self) -> bool {
        (7..=64).contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_hexdigit())
    }
}

/// git refuses a final dot only at the end of the whole name; refusing it in every part costs nobody a name in use.
fn is_component(part: &str) -> bool {
    !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.ends_with(".lock")
}

impl FromStr for GitRef {
    type Err = RefError;

    fn from_str(text: &str) -> Result<Self, RefError> {
        Self::parse(text)
    }
}

impl fmt::Display for GitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_names_people_use() {
        for name in [
            "main",
            "feature/one",
            "v1.2.3",
            "HEAD",
            "refs/heads/main",
            "0123456789abcdef0123456789abcdef01234567",
            "größe",
            "a@b",
            "release-2026.11",
        ] {
            assert_eq!(GitRef::parse(name).map(|r| r.0), Ok(name.to_owned()));
        }
    }

    #[test]
    fn refuses_what_git_would_read_otherwise() {
        use RefError::*;
        for (name, error) in [
            ("", Empty),
            ("--upload-pack=touch /x", LeadingHyphen),
            ("-b", LeadingHyphen),
            ("a b", Character(' ')),
            ("a\0b", Character('\0')),
            ("a\nb", Character('\n')),
            ("a\u{7f}", Character('\u{7f}')),
            ("main^", Character('^')),
            ("main:README.md", Character(':')),
            ("a..b", Sequence("..")),
            ("main@{1}", Sequence("@{")),
            ("@", At),
            ("/a", Component),
            ("a/", Component),
            ("a//b", Component),
            (".a", Component),
            ("a/.b", Component),
            ("a.lock", Component),
            ("a.", Component),
        ] {
            assert_eq!(GitRef::parse(name), Err(error), "{name:?}");
        }
        assert_eq!(GitRef::parse(&"x".repeat(256)), Err(TooLong));
    }

    #[test]
    fn knows_what_can_be_a_commit() {
        assert!(GitRef::parse("abcdef0").unwrap().may_be_commit());
        assert!(!GitRef::parse("abcdef").unwrap().may_be_commit());
        assert!(!GitRef::parse("abcdefg").unwrap().may_be_commit());
    }

    #[test]
    fn fuzz_names() {
        crate::fuzzing::fuzz("git_ref", |input| {
            let text = String::from_utf8_lossy(input);
            let Ok(name) = GitRef::parse(&text) else { return };
            assert_eq!(name.as_str(), text, "a name is not changed in passing");
            assert!(name.as_str().len() <= MAX_BYTES && !name.as_str().starts_with('-'));
            // As a part of a path it stays below its folder.
            let path = std::path::Path::new(name.as_str());
            let is_plain = |part| matches!(part, std::path::Component::Normal(_));
            assert!(path.components().all(is_plain), "{text}");
        });
    }

    proptest! {
        #[test]
        fn never_panics_and_never_yields_an_option(text in any::<String>()) {
            if let Ok(reference) = GitRef::parse(&text) {
                prop_assert!(!reference.as_str().starts_with('-'));
                prop_assert!(!reference.as_str().chars().any(char::is_control));
            }
        }

        /// The judge is git itself: what is accepted here is a ref name there.
        #[test]
        fn accepts_nothing_that_git_refuses(text in "[a-c@./~^:{*\\[\\\\ -]{1,8}(\\.lock)?") {
            if GitRef::parse(&text).is_ok() {
                let status = Command::new("git").args(["check-ref-format", "--allow-onelevel", &text]).status().unwrap();
                prop_assert!(status.success(), "git refuses {:?}", text);
            }
        }
    }
}
