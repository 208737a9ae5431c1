//! The event log's present end.

use crate::{
    Client, Cursor, Error, Repeat,
    operations::{CurrentCursor, current_cursor},
};

impl Client {
    /// The cursor of now. Read it before the state it belongs to: then following from it may repeat a change that the
    /// state has already, but never misses one.
    pub async fn cursor(&self) -> Result<Cursor, Error> {
        Ok(self
            .run::<CurrentCursor>(current_cursor::Variables, Repeat::Harmless)
            .await?
            .cursor)
    }
}
