//! Relay's global ids: opaque to clients, typed for us.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::ids::{
    AttachmentId, DecisionId, DeviceId, GithubLoginId, MessageId, OperationId, ProjectId, ServerId, SessionId,
};
use uuid::Uuid;

/// An id that names a node of the graph.
pub trait GlobalId: Copy + Send + Sync + 'static {
    /// The node's GraphQL type.
    const TYPE: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
}

fn encode(type_name: &str, uuid: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{type_name}:{}", uuid.simple()))
}

/// The type's name and the id in it.
fn decode(text: &str) -> Option<(String, Uuid)> {
    // Longer than any id of ours: not worth decoding.
    if text.len() > 96 {
        return None;
    }
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (type_name, uuid) = decoded.split_once(':')?;
    Some((type_name.to_owned(), Uuid::try_parse(uuid).ok()?))
}

/// An argument or field of type `ID` that names one kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id<T>(pub T);

impl<T: GlobalId> Id<T> {
    pub fn encode(self) -> String {
        encode(T::TYPE, self.0.uuid())
    }

    pub fn decode(text: &str) -> Option<Self> {
        let (type_name, uuid) = decode(text)?;
        (type_name == T::TYPE).then(|| Self(T::from_uuid(uuid)))
    }
}

impl<T: GlobalId> From<T> for Id<T> {
    fn from(id: T) -> Self {
        Self(id)
    }
}

impl<T: GlobalId> From<Id<T>> for ID {
    fn from(id: Id<T>) -> Self {
        Self(id.encode())
    }
}

impl<T: GlobalId> InputType for Id<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let text = <ID as InputType>::parse(value).map_err(InputValueError::propagate)?;
        Self::decode(&text).ok_or_else(|| {
            InputValueError::custom(format!("this is not the id of a {}", T::TYPE))
                .with_extension("code", "INVALID_INPUT")
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.encode())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: GlobalId> OutputType for Id<T> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.encode()))
    }
}

/// The text of an id that the client made.
pub fn id_text(id: &Option<ID>) -> Option<&str> {
    id.as_ref().map(|id| id.as_str())
}

/// The id of any node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyId {
    Decision(DecisionId),
    Device(DeviceId),
    Message(MessageId),
    Operation(OperationId),
    Project(ProjectId),
    Server(ServerId),
    Session(SessionId),
}

impl AnyId {
    pub fn decode(text: &str) -> Option<Self> {
        let (type_name, uuid) = decode(text)?;
        Some(match type_name.as_str() {
            DecisionId::TYPE => Self::Decision(DecisionId(uuid)),
            DeviceId::TYPE => Self::Device(DeviceId(uuid)),
            MessageId::TYPE => Self::Message(MessageId(uuid)),
            OperationId::TYPE => Self::Operation(OperationId(uuid)),
            ProjectId::TYPE => Self::Project(ProjectId(uuid)),
            ServerId::TYPE => Self::Server(ServerId(uuid)),
            SessionId::TYPE => Self::Session(SessionId(uuid)),
            _ => return None,
        })
    }
}

macro_rules! global {
    ($($id:ident is $name:literal),+ $(,)?) => {$(
        impl GlobalId for $id {
            const TYPE: &'static str = $name;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }
    )+};
}

global!(
    // No node: it is had over HTTP, not in the graph.
    AttachmentId is "Attachment",
    DecisionId is "Decision",
    DeviceId is "Device",
    // No node either: it is watched for as long as it takes, and then is nothing any more.
    GithubLoginId is "GithubLogin",
    MessageId is "Message",
    OperationId is "Operation",
    ProjectId is "Project",
    ServerId is "Server",
    SessionId is "Session",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_the_kind_it_was() {
        let id = ProjectId::generate();
        let text = Id(id).encode();
        assert_eq!(Id::<ProjectId>::decode(&text), Some(Id(id)));
        assert_eq!(Id::<SessionId>::decode(&text), None);
        assert_eq!(AnyId::decode(&text), Some(AnyId::Project(id)));
    }

    #[test]
    fn nonsense_is_no_id() {
        for text in ["", "x", "UHJvamVjdA", "💥", &"A".repeat(10_000)] {
            assert_eq!(AnyId::decode(text), None);
        }
    }
}
