//! Attachments over HTTP.

use async_trait::async_trait;
use bytes::Bytes;
use entity::ids::AttachmentId;

use super::{
    error::Error,
    service::{Attachments, MAX_BYTES},
};
use crate::{
    caller::Caller,
    graphql::{Failure, Id},
    http::attachments::{Content, Uploaded, Uploads},
};

#[async_trait]
impl Uploads for Attachments {
    fn most_bytes(&self) -> usize {
        MAX_BYTES
    }

    async fn take(&self, caller: &Caller, name: &str, content: Bytes) -> Result<Uploaded, Failure> {
        let kept = Self::take(self, caller, name, content).await?;
        Ok(Uploaded {
            id: Id(kept.id).encode(),
            name: kept.name,
            media_type: kept.media_type,
            size: u64::try_from(kept.size).unwrap_or(0),
        })
    }

    async fn open(&self, caller: &Caller, id: &str) -> Result<Content, Failure> {
        let id = Id::<AttachmentId>::decode(id).ok_or(Error::NotFound)?;
        let (row, bytes) = Self::open(self, caller, id.0).await?.ok_or(Error::NotFound)?;
        let media_type = row.media_type;
        Ok(Content { media_type, bytes })
    }
}
