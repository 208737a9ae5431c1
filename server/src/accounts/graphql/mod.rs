//! The account at GitHub in the graph.

mod mutation;
mod query;
mod subscription;
mod types;

pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use subscription::AccountSubscription;
pub use types::{GithubAccount, load_github_account};
