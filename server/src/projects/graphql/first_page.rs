//! The first page of the list of projects, which everybody begins with: who is on it, kept as long as it is true.
//!
//! A change of a project moves it in the list only if it changes what the list is ordered by. So of the projects that have
//! changed since the page was read, that is looked at; as long as it is for each what it was, the page is the same. How
//! the database orders texts need not be known for that.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::Context;
use entity::{ids::ProjectId, project};
use lru::LruCache;

use super::{
    loaders::load_projects,
    query::{Key, ProjectOrder},
};
use crate::{
    events::EventLog,
    graphql::{ContextExt, Result, page::Rows},
};

/// Which first page: its order and its size.
type Which = (ProjectOrder, u64);

const PAGES: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");
/// After more changes than this, reading the page again costs less than looking at each.
const CHANGES: usize = 64;
/// Projects beside the page of which it is known what the list has them under.
const KNOWN: usize = 2_048;

/// First pages of the whole list.
pub struct FirstPages(Mutex<LruCache<Which, Kept>>);

#[derive(Clone)]
struct Kept {
    /// The log's head before the page was read, or found to be the same.
    head: i64,
    keys: Arc<Rows<Key>>,
    /// Under what the list has projects that are not on the page.
    beside: Arc<HashMap<ProjectId, Key>>,
}

impl Default for FirstPages {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(PAGES)))
    }
}

impl FirstPages {
    /// The page, as it is kept or else as `read` reads it.
    pub async fn get(
        &self,
        ctx: &Context<'_>,
        which: Which,
        read: impl Future<Output = Result<Rows<Key>>>,
    ) -> Result<Rows<Key>> {
        let log = ctx.service::<EventLog>()?;
        // Before anything is read: what changes from here on is looked at the next time.
        let head = log.head();
        let mut beside = HashMap::new();
        if let Some(kept) = self.kept(which)
            && let Some(changed) = log.projects_since(kept.head, CHANGES)
        {
            // Before the page is read: a project that moves in between is found to have moved.
            let rows = load_projects(ctx, changed.iter().copied()).await?;
            let now = |id: &ProjectId| rows.get(id).map(|row| Key::of(row, which.0));
            if changed.iter().all(|id| now(id).is_some_and(|now| kept.has(*id, &now))) {
                let keys = Rows::clone(&kept.keys);
                self.keep(which, Kept { head, ..kept });
                return Ok(keys);
            }
            beside = HashMap::clone(&kept.beside);
            beside.retain(|id, _| rows.contains_key(id) || !changed.contains(id));
            beside.extend(changed.iter().filter_map(|id| Some((*id, now(id)?))));
            if beside.len() > KNOWN {
                beside.clear();
            }
        }
        let keys = read.await?;
        self.keep(
            which,
            Kept {
                head,
                keys: Arc::new(keys.clone()),
                beside: Arc::new(beside),
            },
        );
        Ok(keys)
    }

    fn kept(&self, which: Which) -> Option<Kept> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(&which).cloned()
    }

    fn keep(&self, which: Which, kept: Kept) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody who read later may have been faster.
        if pages.peek(&which).is_none_or(|known| known.head <= kept.head) {
            pages.put(which, kept);
        }
    }
}

impl Kept {
    /// Whether the list had this project under this key when the page was read.
    fn has(&self, id: ProjectId, now: &Key) -> bool {
        let on_page = self.keys.rows.iter().find(|key| key.project() == id);
        on_page.or_else(|| self.beside.get(&id)) == Some(now)
    }
}

impl Key {
    /// Under what a list in this order has a project.
    fn of(row: &project::Model, order: ProjectOrder) -> Self {
        match order {
            ProjectOrder::NameAsc => Self::Name(row.name.clone(), row.id.0),
            ProjectOrder::CreatedAtDesc => Self::Time(row.created_at, row.id.0),
            ProjectOrder::UpdatedAtDesc => Self::Time(row.updated_at, row.id.0),
        }
    }
}
