//! Taking files, giving them to sessions, and reading them again.

use std::{io, path::PathBuf, sync::Arc};

use bytes::Bytes;
use entity::{
    attachment,
    ids::{AttachmentId, SessionId},
};
use sea_orm::ConnectionTrait;
use tokio::{sync::Mutex, task::spawn_blocking};

use super::{contents::Contents, error::Error, media::media_type, store};
use crate::{
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
};

/// Bytes of one file.
pub const MAX_BYTES: usize = 5_000_000;
/// Files of one prompt, and their bytes together.
pub const MAX_FILES: usize = 10;
pub const MAX_FILES_BYTES: u64 = 10_000_000;
pub const MAX_NAME: usize = 200;
/// What a device may upload without using it.
pub const MAX_UNUSED: usize = 100;
pub const MAX_UNUSED_BYTES: u64 = 100_000_000;

#[derive(Clone)]
pub struct Attachments {
    pub(super) db: Database,
    pub(super) clock: Clock,
    pub(super) contents: Arc<Contents>,
    /// Files are taken one after the other, and nothing is tidied up between being written and being noted.
    pub(super) turn: Arc<Mutex<()>>,
}

impl Attachments {
    /// Contents are kept in `folder`, which is this server's alone.
    pub fn new(db: Database, clock: Clock, folder: PathBuf) -> Self {
        Self {
            db,
            clock,
            contents: Arc::new(Contents::in_folder(folder)),
            turn: Arc::default(),
        }
    }

    /// Keeps a file. The same file of the same device is kept once, as long as no prompt has it.
    pub async fn take(&self, caller: &Caller, name: &str, content: Bytes) -> Result<attachment::Model, Error> {
        caller.require(Scope::Steer)?;
        let name = checked_name(name)?;
        if content.is_empty() {
            return Err(Error::Empty);
        }
        if content.len() > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let media_type = media_type(&content).ok_or(Error::Kind)?;
        let hash = blake3::hash(&content).to_hex().to_string();
        let size = i64::try_from(content.len()).map_err(|_| Error::TooLarge)?;

        let _turn = self.turn.lock().await;
        // Before anything is written: nobody else takes files meanwhile.
        let known = store::unused_like(self.db.reader(), caller.device, &hash, name).await?;
        if known.is_none() {
            let sizes = store::unused_sizes(self.db.reader(), caller.device).await?;
            let bytes = sizes.iter().chain([&size]).copied().sum::<i64>();
            if sizes.len() >= MAX_UNUSED || u64::try_from(bytes).unwrap_or(0) > MAX_UNUSED_BYTES {
                return Err(Error::TooMany);
            }
        }
        let (contents, kept_as) = (Arc::clone(&self.contents), hash.clone());
        blocking(move || contents.put(&kept_as, &content)).await?;
        let tx = self.db.begin().await?;
        let now = self.clock.now();
        let kept = match store::unused_like(&tx, caller.device, &hash, name).await? {
            Some(known) => {
                let uploaded_at = now;
                store::save(&tx, attachment::Model { uploaded_at, ..known }).await?
            }
            None => {
                let row = attachment::Model {
                    id: AttachmentId::generate(),
                    device_id: caller.device,
                    session_id: None,
                    hash,
                    name: name.to_owned(),
                    media_type: media_type.to_owned(),
                    size,
                    uploaded_at: now,
                };
                store::insert(&tx, row).await?
            }
        };
        tx.commit().await?;
        Ok(kept)
    }

    /// What is kept under this id: for the devices that may read messages. `None` when it is gone.
    pub async fn open(&self, caller: &Caller, id: AttachmentId) -> Result<Option<(attachment::Model, Vec<u8>)>, Error> {
        caller.require(Scope::Read)?;
        let row = store::get(self.db.reader(), id).await?;
        // Before a prompt has it, it is the device's that uploaded it.
        let row = row.filter(|row| row.session_id.is_some() || row.device_id == caller.device);
        let Some(row) = row else { return Ok(None) };
        let content = self.content(&row.hash).await?;
        Ok(content.map(|content| (row, content)))
    }

    /// The content of an attachment; `None` when it is gone.
    pub async fn content_of(&self, id: AttachmentId) -> Result<Option<Vec<u8>>, Error> {
        match store::get(self.db.reader(), id).await? {
            Some(row) => self.content(&row.hash).await,
            None => Ok(None),
        }
    }

    async fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        let (contents, hash) = (Arc::clone(&self.contents), hash.to_owned());
        Ok(blocking(move || contents.get(&hash)).await?)
    }
}

/// Makes an attachment that of a session, in the transaction that keeps the prompt which has it. In another session it is
/// another attachment of the same content.
pub async fn give(
    tx: &impl ConnectionTrait,
    caller: &Caller,
    session: SessionId,
    id: AttachmentId,
) -> Result<attachment::Model, Error> {
    let row = store::get(tx, id).await?.ok_or(Error::NotFound)?;
    match row.session_id {
        Some(owner) if owner == session => Ok(row),
        Some(_) => {
            let (id, session_id) = (AttachmentId::generate(), Some(session));
            Ok(store::insert(tx, attachment::Model { id, session_id, ..row }).await?)
        }
        None if row.device_id == caller.device && store::give(tx, id, session).await? => Ok(row),
        None => Err(Error::NotFound),
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn checked_name(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '/' | '\\');
    let is_fine = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(is_odd);
    is_fine.then_some(name).ok_or(Error::Name)
}
