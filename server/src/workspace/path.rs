//! A path that cannot leave its workspace.
//!
//! Only the text is looked at here: what it means on disk (links above all) is for the one who opens it, who must not
//! let the system follow any. Git's own folder is closed under every name by which some file system would open it, as
//! git itself does when it checks out a tree.

use std::fmt;

const MAX_BYTES: usize = 4_000;
const MAX_NAME: usize = 255;

/// Relative, `/` between its names, none of them empty, `.`, `..` or git's own folder. The empty path is the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct WorkspacePath(String);

/// Why a text is no path. The sentences do not repeat it: it is on the screen of whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("the path is empty")]
    Empty,
    #[error("a path has {MAX_BYTES} bytes at most, and a name in it {MAX_NAME}")]
    TooLong,
    #[error("paths are relative to the workspace: leave out the first slash")]
    Absolute,
    #[error("a path contains no zero byte")]
    Nul,
    #[error("\".\", \"..\" and empty names are not allowed in a path")]
    Dots,
    #[error("git's own folder is not reached by path")]
    Git,
}

impl WorkspacePath {
    /// A file or a folder, or the workspace itself.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_BYTES {
            return Err(PathError::TooLong);
        }
        if text.contains('\0') {
            return Err(PathError::Nul);
        }
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        if !text.is_empty() {
            text.split('/').try_for_each(check_name)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// A file or a folder in the workspace, not the workspace itself.
    pub fn parse_inner(text: &str) -> Result<Self, PathError> {
        match Self::parse(text)? {
            path if path.is_workspace() => Err(PathError::Empty),
            path => Ok(path),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_workspace(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder it is in, and its name there.
    pub fn split(&self) -> (Self, &str) {
        match self.0.rsplit_once('/') {
            Some((folder, name)) => (Self(folder.to_owned()), name),
            None => (Self(String::new()), &self.0),
        }
    }

    /// The folders on the way to it, the workspace first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + '_ {
        let inner = self.0.match_indices('/').map(|(at, _)| Self(self.0[..at].to_owned()));
        (!self.is_workspace())
            .then(|| Self(String::new()))
            .into_iter()
            .chain(inner)
    }
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check_name(name: &str) -> Result<(), PathError> {
    if matches!(name, "" | "." | "..") {
        return Err(PathError::Dots);
    }
    if name.len() > MAX_NAME {
        return Err(PathError::TooLong);
    }
    if is_git_folder(name) {
        return Err(PathError::Git);
    }
    Ok(())
}

/// Whether some file system would open `.git` by this name: in other case (HFS+, NTFS), with characters that HFS+
/// ignores, with dots, spaces or a stream behind it, or by its short name (NTFS).
pub fn is_git_folder(name: &str) -> bool {
    let visible: String = name.chars().filter(|c| !is_ignored_by_hfs(*c)).collect();
    let end = visible.find([':', '\\']).unwrap_or(visible.len());
    let plain = visible[..end].trim_end_matches(['.', ' ']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

fn is_ignored_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_paths_are_paths() {
        for good in [
            "a",
            "a/b.rs",
            ".gitignore",
            ".github/x",
            "a/.gitattributes",
            "git",
            "a b/ä/日本",
            "..a",
            "a..",
            "...",
            "-x",
            "git~2",
            ".gitx",
            "a\\b",
            "C:x",
            "\n",
        ] {
            assert_eq!(WorkspacePath::parse_inner(good).map(|path| path.0), Ok(good.to_owned()));
        }
        assert!(WorkspacePath::parse("").is_ok_and(|path| path.is_workspace()));
    }

    #[test]
    fn fuzz_paths() {
        crate::fuzzing::fuzz("path", |input| {
            let text = String::from_utf8_lossy(input);
            let Ok(path) = WorkspacePath::parse(&text) else {
                return;
            };
            assert_eq!(path.as_str(), text, "no other path than was said");
            let names = || text.split('/').filter(|_| !path.is_workspace());
            assert!(names().all(|name| !matches!(name, "" | "." | "..") && !is_git_folder(name)));
            let joined = std::path::Path::new("/w").join(path.as_str());
            let is_plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::RootDir);
            assert!(joined.starts_with("/w") && joined.components().all(is_plain));
            let (folder, name) = path.split();
            assert_eq!(WorkspacePath::parse(folder.as_str()), Ok(folder.clone()));
            assert!(path.is_workspace() || path.ancestors().last() == Some(folder) && text.ends_with(name));
        });
    }

    #[test]
    fn what_would_leave_or_reach_git_is_none() {
        let (long, deep) = ("n".repeat(256), "a/".repeat(2_001));
        for (bad, why) in [
            ("/etc/passwd", PathError::Absolute),
            ("//x", PathError::Absolute),
            ("..", PathError::Dots),
            ("a/../b", PathError::Dots),
            ("a/..", PathError::Dots),
            ("./a", PathError::Dots),
            ("a//b", PathError::Dots),
            ("a/", PathError::Dots),
            ("a\0b", PathError::Nul),
            (".git", PathError::Git),
            ("a/.git/config", PathError::Git),
            (".GIT/hooks", PathError::Git),
            (".git.", PathError::Git),
            (".git . ./x", PathError::Git),
            ("GIT~1/config", PathError::Git),
            (".g\u{200c}it", PathError::Git),
            ("\u{feff}.git", PathError::Git),
            (".git::$INDEX_ALLOCATION/config", PathError::Git),
            (".git\\config", PathError::Git),
            (&long, PathError::TooLong),
            (&deep, PathError::TooLong),
        ] {
            assert_eq!(WorkspacePath::parse(bad), Err(why), "{bad:?}");
        }
        assert_eq!(WorkspacePath::parse_inner(""), Err(PathError::Empty));
    }

    #[test]
    fn a_path_knows_its_folders() {
        let path = WorkspacePath::parse("a/b/c").unwrap();
        let above: Vec<_> = path.ancestors().map(|folder| folder.0).collect();
        assert_eq!(above, ["", "a", "a/b"]);
        assert_eq!(path.split(), (WorkspacePath("a/b".to_owned()), "c"));
    }

    proptest! {
        /// Resolved name by name, as a kernel does, a path never goes up, and never through git's folder.
        #[test]
        fn no_path_goes_up(text in r"(\.|/|\.\.|git|GIT|~1|[a-z]|\x00|:| |\u{200d}|\\){0,12}") {
            if let Ok(path) = WorkspacePath::parse(&text) {
                let names: Vec<_> = path.0.split('/').collect();
                prop_assert!(path.is_workspace() || names.iter().all(|name| !matches!(*name, "" | "." | "..")));
                prop_assert!(!path.0.starts_with('/') && !path.0.contains('\0'));
                for name in names {
                    let folded: String = name.to_lowercase().chars().filter(|c| !is_ignored_by_hfs(*c)).collect();
                    prop_assert_ne!(folded.trim_end_matches(['.', ' ']), ".git");
                    prop_assert!(!folded.starts_with("git~1") || folded.len() > 5);
                }
            }
        }

        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            if let Ok(path) = WorkspacePath::parse(&text) {
                prop_assert_eq!(path.as_str(), text.as_str());
                prop_assert!(path.ancestors().all(|folder| WorkspacePath::parse(folder.as_str()).is_ok()));
            }
        }
    }
}
