//! Every kind of event. An event names what changed; whoever reads it looks up what it is now.

use entity::ids::{DecisionId, DeviceId, MessageId, OperationId, ProjectId, SessionId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    ProjectChanged {
        project: ProjectId,
    },
    ProjectDeleted {
        project: ProjectId,
        slug: String,
    },
    OperationProgressed {
        operation: OperationId,
        project: ProjectId,
    },
    SessionChanged {
        session: SessionId,
        project: ProjectId,
    },
    SessionDeleted {
        session: SessionId,
        project: ProjectId,
    },
    MessageChanged {
        message: MessageId,
        session: SessionId,
        project: ProjectId,
    },
    TodosChanged {
        session: SessionId,
        project: ProjectId,
    },
    DecisionRequested {
        decision: DecisionId,
        project: ProjectId,
    },
    DecisionClosed {
        decision: DecisionId,
        project: ProjectId,
    },
    DeviceChanged {
        device: DeviceId,
    },
    GithubAccountChanged,
}

/// The kinds by name, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "ChangeKind")]
pub enum Kind {
    /// A project was made or changed.
    ProjectChanged,
    /// A project is gone.
    ProjectDeleted,
    /// An operation began, made a step, waits or ended.
    OperationProgressed,
    /// A session was made or changed.
    SessionChanged,
    /// A session is gone.
    SessionDeleted,
    /// A message was added, changed or completed.
    MessageChanged,
    /// What an agent has set itself to do in a session has changed.
    TodosChanged,
    /// An agent waits for a decision.
    DecisionRequested,
    /// A decision was made, or is not waited for any more.
    DecisionClosed,
    /// A device was paired, renamed or revoked.
    DeviceChanged,
    /// Somebody signed in to GitHub or out, or the account there is of no use any more.
    GithubAccountChanged,
}

impl Kind {
    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProjectChanged => "project_changed",
            Self::ProjectDeleted => "project_deleted",
            Self::OperationProgressed => "operation_progressed",
            Self::SessionChanged => "session_changed",
            Self::SessionDeleted => "session_deleted",
            Self::MessageChanged => "message_changed",
            Self::TodosChanged => "todos_changed",
            Self::DecisionRequested => "decision_requested",
            Self::DecisionClosed => "decision_closed",
            Self::DeviceChanged => "device_changed",
            Self::GithubAccountChanged => "github_account_changed",
        }
    }
}

impl Payload {
    pub fn kind(&self) -> Kind {
        match self {
            Self::ProjectChanged { .. } => Kind::ProjectChanged,
            Self::ProjectDeleted { .. } => Kind::ProjectDeleted,
            Self::OperationProgressed { .. } => Kind::OperationProgressed,
            Self::SessionChanged { .. } => Kind::SessionChanged,
            Self::SessionDeleted { .. } => Kind::SessionDeleted,
            Self::MessageChanged { .. } => Kind::MessageChanged,
            Self::TodosChanged { .. } => Kind::TodosChanged,
            Self::DecisionRequested { .. } => Kind::DecisionRequested,
            Self::DecisionClosed { .. } => Kind::DecisionClosed,
            Self::DeviceChanged { .. } => Kind::DeviceChanged,
            Self::GithubAccountChanged => Kind::GithubAccountChanged,
        }
    }

    pub fn project(&self) -> Option<ProjectId> {
        match self {
            Self::ProjectChanged { project }
            | Self::ProjectDeleted { project, .. }
            | Self::OperationProgressed { project, .. }
            | Self::SessionChanged { project, .. }
            | Self::SessionDeleted { project, .. }
            | Self::MessageChanged { project, .. }
            | Self::TodosChanged { project, .. }
            | Self::DecisionRequested { project, .. }
            | Self::DecisionClosed { project, .. } => Some(*project),
            Self::DeviceChanged { .. } | Self::GithubAccountChanged => None,
        }
    }
}
