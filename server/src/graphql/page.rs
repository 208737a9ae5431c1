//! Pages of a list, as the Relay connection specification has them: by key, never by offset.

use async_graphql::{
    ObjectType, OutputType,
    connection::{Connection, CursorType, Edge, OpaqueCursor},
};
use sea_orm::{ConnectionTrait, Cursor as KeyCursor, DbErr, FromQueryResult, SelectModel, sea_query::IntoValueTuple};
use serde::{Serialize, de::DeserializeOwned};

use super::{Failure, Result};

pub const DEFAULT_SIZE: u64 = 50;
pub const MAX_SIZE: i32 = 100;

/// The four arguments of a connection field, as they came.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// A page that can be served. `K` is what the list is ordered by.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<K> {
    pub size: u64,
    /// Counted from the end.
    pub is_last: bool,
    pub after: Option<K>,
    pub before: Option<K>,
}

impl PageArguments {
    pub fn check<K: DeserializeOwned + Serialize>(self) -> Result<Page<K>> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Failure::invalid(
                "last",
                "Ask for the first or for the last ones, not for both.",
            ));
        }
        let (field, wanted) = if self.last.is_some() {
            ("last", self.last)
        } else {
            ("first", self.first)
        };
        let size = match wanted {
            None => DEFAULT_SIZE,
            Some(size) if (1..=MAX_SIZE).contains(&size) => u64::from(size.unsigned_abs()),
            Some(size) => {
                return Err(Failure::invalid(
                    field,
                    format!("A page has 1 to {MAX_SIZE} entries, not {size}."),
                ));
            }
        };
        Ok(Page {
            size,
            is_last: self.last.is_some(),
            after: decode("after", self.after)?,
            before: decode("before", self.before)?,
        })
    }
}

fn decode<K: DeserializeOwned + Serialize>(field: &str, text: Option<String>) -> Result<Option<K>> {
    text.map(|text| {
        OpaqueCursor::<K>::decode_cursor(&text)
            .map(|cursor| cursor.0)
            .map_err(|_| Failure::invalid(field, "This is not a cursor of this list."))
    })
    .transpose()
}

/// The rows of a page, in the list's order, and whether there are more on either side.
#[derive(Clone, Debug)]
pub struct Rows<M> {
    pub rows: Vec<M>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<K> Page<K> {
    /// The page by another key. A cursor without one belongs to another order of the list.
    pub fn try_map<L>(self, key: impl Fn(K) -> Option<L>) -> Result<Page<L>> {
        let convert = |field, old: Option<K>| match old.map(&key) {
            Some(None) => Err(Failure::invalid(
                field,
                "This cursor belongs to another order of the list.",
            )),
            other => Ok(other.flatten()),
        };
        Ok(Page {
            size: self.size,
            is_last: self.is_last,
            after: convert("after", self.after)?,
            before: convert("before", self.before)?,
        })
    }
}

impl<K> Page<K> {
    /// It begins where the list begins.
    pub fn is_first(&self) -> bool {
        !self.is_last && self.after.is_none() && self.before.is_none()
    }

    /// How many rows are read for it: one more than it has tells whether there are more.
    pub fn asked(&self) -> u64 {
        self.size + 1
    }

    /// The page of these rows, which were asked for.
    pub fn of<M>(&self, mut rows: Vec<M>) -> Rows<M> {
        let (is_after, is_before) = (self.after.is_some(), self.before.is_some());
        let has_more = rows.len() as u64 == self.asked();
        if has_more {
            if self.is_last {
                drop(rows.remove(0))
            } else {
                drop(rows.pop())
            }
        }
        // On the side the page was not counted from, the key that bounds it says that something is there.
        Rows {
            rows,
            has_previous: if self.is_last { has_more } else { is_after },
            has_next: if self.is_last { is_before } else { has_more },
        }
    }
}

impl<K: IntoValueTuple + Clone> Page<K> {
    /// Reads the page with one statement.
    pub async fn read<M>(self, mut list: KeyCursor<SelectModel<M>>, db: &impl ConnectionTrait) -> Result<Rows<M>, DbErr>
    where
        M: FromQueryResult + Send + Sync,
    {
        if let Some(key) = self.after.clone() {
            list.after(key);
        }
        if let Some(key) = self.before.clone() {
            list.before(key);
        }
        let rows = if self.is_last {
            list.last(self.asked())
        } else {
            list.first(self.asked())
        };
        Ok(self.of(rows.all(db).await?))
    }
}

impl<M> Rows<M> {
    pub fn map<N>(self, convert: impl FnMut(M) -> N) -> Rows<N> {
        let mut convert = convert;
        self.filter_map(|row| Some(convert(row)))
    }

    /// The same page without some of its rows.
    pub fn filter_map<N>(self, convert: impl FnMut(M) -> Option<N>) -> Rows<N> {
        Rows {
            rows: self.rows.into_iter().filter_map(convert).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }

    /// The rows as a connection: each with its key, as the node it becomes.
    pub fn connection<K, N, F>(
        self,
        fields: F,
        key: impl Fn(&M) -> K,
        node: impl Fn(M) -> N,
    ) -> Connection<OpaqueCursor<K>, N, F>
    where
        K: Serialize + DeserializeOwned + Send + Sync,
        N: OutputType,
        F: ObjectType,
    {
        let mut connection = Connection::with_additional_fields(self.has_previous, self.has_next, fields);
        connection.edges = self
            .rows
            .into_iter()
            .map(|row| Edge::new(OpaqueCursor(key(&row)), node(row)))
            .collect();
        connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(first: Option<i32>, last: Option<i32>) -> PageArguments {
        PageArguments {
            first,
            last,
            ..Default::default()
        }
    }

    #[test]
    fn a_page_is_fifty_unless_asked_otherwise() {
        let page = arguments(None, None).check::<i64>().expect("the default");
        assert_eq!((page.size, page.is_last), (DEFAULT_SIZE, false));
        let page = arguments(None, Some(7)).check::<i64>().expect("in range");
        assert_eq!((page.size, page.is_last), (7, true));
    }

    #[test]
    fn sizes_out_of_range_and_foreign_cursors_name_their_argument() {
        let field = |arguments: PageArguments| arguments.check::<i64>().expect_err("refused").field;
        assert_eq!(field(arguments(Some(0), None)).as_deref(), Some("first"));
        assert_eq!(field(arguments(Some(101), None)).as_deref(), Some("first"));
        assert_eq!(field(arguments(None, Some(-1))).as_deref(), Some("last"));
        assert_eq!(field(arguments(Some(1), Some(1))).as_deref(), Some("last"));
        let foreign = PageArguments {
            after: Some("nonsense".to_owned()),
            ..Default::default()
        };
        assert_eq!(field(foreign).as_deref(), Some("after"));
    }
}
