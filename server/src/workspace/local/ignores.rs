//! What git ignores in a workspace, by its `.gitignore` files and `.git/info/exclude`.

use std::sync::Arc;

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::root::Root;
use crate::workspace::{WorkspaceError, WorkspacePath};

/// Rules of one folder, in itself.
pub const RULES: &str = ".gitignore";
/// Rules of the repository that are in none of its commits, below the workspace.
pub const EXCLUDES: &str = ".git/info/exclude";

const MAX_BYTES: usize = 256 * 1024;
/// Patterns of one file that are heeded.
const MAX_LINES: usize = 5_000;

/// The rules that hold in one folder: its own, then those of the folders above it.
#[derive(Clone, Default)]
pub struct Ignores {
    rules: Option<Arc<Rules>>,
    /// The folder itself is ignored, and so everything in it.
    all: bool,
}

struct Rules {
    own: Gitignore,
    above: Option<Arc<Rules>>,
}

impl Ignores {
    /// The rules of the workspace itself.
    pub fn of_workspace(root: &Root) -> Self {
        let exclude = read(root, EXCLUDES);
        Self::default()
            .with(exclude.as_deref().and_then(|text| rules("", text)))
            .entered(root, "")
    }

    /// The rules in this folder, which must exist.
    pub fn on_the_way_to(root: &Root, folder: &WorkspacePath) -> Result<Self, WorkspaceError> {
        let mut ignores = Self::of_workspace(root);
        let inner = folder
            .ancestors()
            .skip(1)
            .chain((!folder.is_workspace()).then(|| folder.clone()));
        for path in inner {
            if let Some(folder) = root.folder(&path)? {
                ignores = ignores.in_folder(&folder, path.as_str());
            }
        }
        Ok(ignores)
    }

    /// The rules in a folder of the one these are of.
    pub fn in_folder(&self, folder: &Root, path: &str) -> Self {
        if self.is_ignored(path, true) {
            return Self {
                all: true,
                ..self.clone()
            };
        }
        self.clone().entered(folder, path)
    }

    fn entered(self, folder: &Root, path: &str) -> Self {
        let own = read(folder, RULES);
        self.with(own.as_deref().and_then(|text| rules(path, text)))
    }

    fn with(self, own: Option<Gitignore>) -> Self {
        let Some(own) = own else { return self };
        Self {
            rules: Some(Arc::new(Rules { own, above: self.rules })),
            all: self.all,
        }
    }

    /// Of something in the folder these are of.
    pub fn is_ignored(&self, path: &str, is_folder: bool) -> bool {
        let mut rules = self.rules.as_ref();
        while let Some(next) = rules {
            match next.own.matched(path, is_folder) {
                Match::None => rules = next.above.as_ref(),
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return self.all,
            }
        }
        self.all
    }
}

/// What cannot be read ignores nothing.
fn read(folder: &Root, name: &str) -> Option<Vec<u8>> {
    folder.read(name, MAX_BYTES).ok().flatten()
}

fn rules(folder: &str, text: &[u8]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    for line in String::from_utf8_lossy(text).lines().take(MAX_LINES) {
        // A pattern that cannot be used is left out, as git does.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|rules| !rules.is_empty())
}
