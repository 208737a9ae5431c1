//! One type for each kind of id, so that a session's id cannot be taken for a project's. All are UUIDv7: they sort by
//! the time they were made.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        // The ORM asks this of every primary key, for databases that answer an insert with a number. Ours do not.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

id!(
    AttachmentId,
    DecisionId,
    DeviceId,
    GithubLoginId,
    GithubTokenId,
    InstallationId,
    MessageId,
    OperationId,
    PairingId,
    ProjectId,
    ServerId,
    SessionId,
    TokenId
);
