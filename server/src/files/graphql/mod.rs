//! Files in the graph.

mod changes;
mod diff;
mod mutation;
mod query;
mod types;

pub use changes::{FileChange, WorkingTree};
pub use diff::FileDiff;
pub use mutation::FileMutation;
pub use query::{TextSearch, changes, file, find, search, tree};
pub use types::{File, FoundFiles, FoundText, SearchCase, Tree};
