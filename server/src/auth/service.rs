//! Who may do what: making devices, knowing them again, and sending them away.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    device,
    ids::{DeviceId, InstallationId, PairingId},
    pairing,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    error::Error,
    known::KnownCallers,
    store,
    token::{self, Fresh, Presented},
};
use crate::{
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::{Actor, EventLog},
    graphql::{Failure, Result as GraphqlResult},
    http::Authenticate,
    idempotency::{self, Attempt, Claim},
};

const PAIRING_HOLDS: TimeDelta = TimeDelta::minutes(10);
const MAX_NAME: usize = 100;

/// A one-time code, at its making.
pub struct Pairing {
    pub code: SecretString,
    pub expires_at: DateTime<Utc>,
}

/// A device, at its making, with the only copy of its token.
pub struct Paired {
    pub device: device::Model,
    pub token: SecretString,
}

#[derive(Clone)]
pub struct Access {
    db: Database,
    events: EventLog,
    clock: Clock,
    known: Arc<KnownCallers>,
}

impl Access {
    pub fn new(db: Database, events: EventLog, clock: Clock) -> Self {
        Self {
            known: Arc::new(KnownCallers::new(events.clone())),
            db,
            events,
            clock,
        }
    }

    /// A device with its token, made by whoever holds the server's own command line.
    pub async fn create_token(&self, name: &str, scopes: BTreeSet<Scope>) -> Result<Paired, Error> {
        self.make_device(Actor::Server, name, scopes, None).await
    }

    /// A code by the server itself: for its first device, or from its command line.
    pub async fn pair_from_here(&self, scopes: BTreeSet<Scope>) -> Result<Pairing, Error> {
        self.make_pairing(None, scopes).await
    }

    pub async fn has_devices(&self) -> Result<bool, Error> {
        Ok(store::has_devices(self.db.reader()).await?)
    }

    pub async fn begin_pairing(
        &self,
        caller: &Caller,
        name: Option<&str>,
        scopes: BTreeSet<Scope>,
    ) -> Result<Pairing, Error> {
        caller.require(Scope::Admin)?;
        let name = name.map(checked_name).transpose()?;
        self.make_pairing(name, scopes).await
    }

    async fn make_pairing(&self, name: Option<String>, scopes: BTreeSet<Scope>) -> Result<Pairing, Error> {
        if scopes.is_empty() {
            return Err(Error::NoScopes);
        }
        let code = token::random_text()?;
        let now = self.clock.now();
        let row = pairing::Model {
            id: PairingId::generate(),
            code_hash: token::hash(&code).to_vec(),
            scopes: store::scopes_text(&scopes),
            name,
            created_at: now,
            expires_at: now + PAIRING_HOLDS,
            used_at: None,
        };
        let tx = self.db.begin().await?;
        let pairing = store::insert_pairing(&tx, row).await?;
        tx.commit().await?;
        Ok(Pairing {
            code: code.into(),
            expires_at: pairing.expires_at,
        })
    }

    /// Whose data it is that devices have access to.
    pub async fn installation(&self) -> Result<InstallationId, Error> {
        Ok(store::installation(self.db.reader()).await?)
    }

    /// Turns a code into a device. Needs no token: the code is one.
    pub async fn redeem(&self, code: &str, name: &str) -> Result<Paired, Error> {
        let name = checked_name(name)?;
        self.make_device(Actor::Server, &name, BTreeSet::new(), Some(code))
            .await
    }

    async fn make_device(
        &self,
        actor: Actor,
        name: &str,
        scopes: BTreeSet<Scope>,
        code: Option<&str>,
    ) -> Result<Paired, Error> {
        let name = checked_name(name)?;
        let fresh = Fresh::new()?;
        let mut tx = self.events.begin(actor).await?;
        let now = self.clock.now();
        let scopes = match code {
            None if scopes.is_empty() => return Err(Error::NoScopes),
            None => store::scopes_text(&scopes),
            Some(code) => {
                store::use_code(&*tx, &token::hash(code), now)
                    .await?
                    .ok_or(Error::BadCode)?
                    .scopes
            }
        };
        let row = device::Model {
            id: DeviceId::generate(),
            name,
            scopes,
            created_at: now,
            last_seen_at: None,
            revoked_at: None,
        };
        let device = store::insert_device(&mut tx, row, &fresh).await?;
        tx.commit().await?;
        Ok(Paired {
            device,
            token: fresh.token,
        })
    }

    pub async fn devices(&self, caller: &Caller) -> Result<Vec<device::Model>, Error> {
        caller.require(Scope::Read)?;
        Ok(store::devices(self.db.reader()).await?)
    }

    /// Ends a device's access. Every device may end its own.
    pub async fn revoke(&self, caller: &Caller, id: DeviceId, client_id: Option<&str>) -> Result<device::Model, Error> {
        if caller.device != id {
            caller.require(Scope::Admin)?;
        }
        let attempt = Attempt::new("revokeDevice", client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::device(&*tx, id).await?.ok_or(Error::NoDevice);
        }
        let device = store::device(&*tx, id).await?.ok_or(Error::NoDevice)?;
        let device = store::revoke(&mut tx, device, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        Ok(device)
    }

    async fn caller(&self, token: &SecretString) -> Result<Caller, Error> {
        let presented = Presented::parse(token).ok_or(Error::BadToken)?;
        let key = token::hash(token.expose_secret());
        if let Some(caller) = self.known.get(&key, self.clock.now()) {
            return Ok(caller);
        }
        let version = self.known.version();
        let found = store::by_lookup(self.db.reader(), presented.lookup).await?;
        let (token, device) = found.ok_or(Error::BadToken)?;
        let now = self.clock.now();
        let holds = presented.proves(&token.secret_hash)
            && device.revoked_at.is_none()
            && token.expires_at.is_none_or(|end| end > now);
        if !holds {
            return Err(Error::BadToken);
        }
        store::seen(self.db.writer(), &device, now).await?;
        let caller = Caller {
            device: device.id,
            device_name: device.name,
            scopes: store::scopes(&device.scopes),
            expires_at: token.expires_at,
        };
        self.known.keep(key, version, &caller, now);
        Ok(caller)
    }
}

#[async_trait]
impl Authenticate for Access {
    async fn authenticate(&self, token: &SecretString) -> GraphqlResult<Caller, Failure> {
        Ok(self.caller(token).await?)
    }

    async fn still_valid(&self, caller: &Caller) -> bool {
        let is_over = caller.expires_at.is_some_and(|end| end <= self.clock.now());
        // A database that fails for a moment sends nobody away.
        let device = store::device(self.db.reader(), caller.device).await;
        !is_over && !matches!(device, Ok(None)) && !matches!(device, Ok(Some(device)) if device.revoked_at.is_some())
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    let is_fine = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if is_fine { Ok(name.to_owned()) } else { Err(Error::Name) }
}
