//! Watching a container.

use async_graphql::{Context, Subscription};
use entity::ids::ProjectId;
use futures_util::{Stream, stream};

use super::Container;
use crate::{
    caller::Scope,
    db::Database,
    graphql::{ContextExt, Failure, Id, Result},
    projects::{Board, store},
};

#[derive(Default)]
pub struct ProjectSubscription;

#[Subscription]
impl ProjectSubscription {
    /// A project's container: as it is now, then each change. Ends when the project is gone.
    async fn container_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] project: Id<ProjectId>,
    ) -> Result<impl Stream<Item = Container>> {
        ctx.caller_with(Scope::Read)?;
        let db = ctx.service::<Database>()?.clone();
        let board = ctx.service::<Board>()?.clone();
        let id = project.0;
        store::get(db.reader(), id)
            .await?
            .ok_or_else(|| Failure::not_found("project"))?;
        let changes = board.subscribe();
        Ok(stream::unfold((changes, None), move |(mut changes, told)| {
            let (db, board) = (db.clone(), board.clone());
            async move {
                loop {
                    changes.borrow_and_update();
                    let sighting = board.get(id);
                    if told.as_ref() != Some(&sighting) {
                        // Read anew each time: the agent's version comes with its first answer.
                        let project = store::get(db.reader(), id).await.ok()??;
                        return Some((Container::new(&project, sighting.clone()), (changes, Some(sighting))));
                    }
                    changes.changed().await.ok()?;
                }
            }
        }))
    }
}
