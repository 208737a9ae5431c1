//! Anything by its global id.

use async_graphql::{Context, ID, Interface, Object};
use sea_orm::EntityTrait;

use crate::{
    auth::graphql::{Device, load_device},
    caller::Scope,
    db::Database,
    decisions::graphql::{Decision, PermissionRequest, Question, load_decision},
    graphql::{ContextExt, Failure, Result, id::AnyId},
    operations::{self, graphql::Operation},
    projects::graphql::{Project, load_project},
    servers::graphql::Server,
    sessions::graphql::{Message, Session, load_message, load_session},
};

/// Anything that has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its global id: opaque, the same for ever."))]
pub enum Node {
    Device(Device),
    Message(Message),
    Operation(Operation),
    PermissionRequest(PermissionRequest),
    Project(Project),
    Question(Question),
    Server(Server),
    Session(Session),
}

/// How many ids may be asked for at once.
const MAX_IDS: usize = 100;

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its global id; null when it is gone.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its global id.")] id: ID) -> Result<Option<Node>> {
        ctx.caller_with(Scope::Read)?;
        load(ctx, &id).await
    }

    /// Many by their global ids, in the order asked for; null for each that is gone.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 100 global ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        ctx.caller_with(Scope::Read)?;
        if ids.len() > MAX_IDS {
            return Err(Failure::invalid(
                "ids",
                format!("At most {MAX_IDS} ids can be asked for at once."),
            ));
        }
        // Together, so that those of one kind are loaded with one statement.
        futures_util::future::try_join_all(ids.iter().map(|id| load(ctx, id))).await
    }
}

async fn load(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let id = AnyId::decode(id).ok_or_else(|| Failure::invalid("id", "This is not an id of this API."))?;
    let db = ctx.service::<Database>()?.reader();
    Ok(match id {
        AnyId::Decision(id) => load_decision(ctx, id).await?.map(|decision| match decision {
            Decision::PermissionRequest(request) => Node::PermissionRequest(request),
            Decision::Question(question) => Node::Question(question),
        }),
        AnyId::Device(id) => load_device(ctx, id).await?.map(Node::Device),
        AnyId::Message(id) => load_message(ctx, id).await?.map(Node::Message),
        AnyId::Operation(id) => operations::store::get(db, id)
            .await?
            .map(|row| Node::Operation(Operation(row))),
        AnyId::Project(id) => load_project(ctx, id).await?.map(Node::Project),
        AnyId::Server(id) => entity::server::Entity::find_by_id(id)
            .one(db)
            .await?
            .map(|row| Node::Server(Server(row))),
        AnyId::Session(id) => load_session(ctx, id).await?.map(Node::Session),
    })
}
