//! Access in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{device::Model, ids::DeviceId};
use secrecy::ExposeSecret;

use super::{Access, store};
use crate::{
    caller::Scope,
    db::Database,
    graphql::{ContextExt, Failure, Id, PublicUrl, Result, id::id_text},
};

pub struct Device(pub Model);

/// Something that was paired: a phone, a browser, a script.
#[Object]
impl Device {
    /// Its global id.
    pub async fn id(&self) -> Id<DeviceId> {
        Id(self.0.id)
    }

    /// Its name: 1 to 100 characters.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<Scope> {
        store::scopes(&self.0.scopes).into_iter().collect()
    }

    /// When it was paired.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last here, to the minute; null before the first time.
    async fn last_seen_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_seen_at
    }

    /// When its access ended; null while it has access.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// Whether it is the one that asks.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        // A device that has just been paired does not ask as itself yet.
        ctx.caller().is_ok_and(|caller| caller.device == self.0.id)
    }
}

/// A device by its id; `None` when there is none.
pub async fn load_device(ctx: &Context<'_>, id: DeviceId) -> Result<Option<Device>> {
    let found = Box::pin(store::device(ctx.service::<Database>()?.reader(), id)).await?;
    Ok(found.map(Device))
}

/// Who asks, and whom.
#[derive(SimpleObject)]
pub struct Viewer {
    /// The device that asks.
    device: Device,
    /// What it may do.
    scopes: Vec<Scope>,
    /// The server's version.
    server_version: &'static str,
}

#[derive(Default)]
pub struct AccessQuery;

#[Object]
impl AccessQuery {
    /// The device that asks, and the server that answers.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        let caller = ctx.caller()?;
        let device = load_device(ctx, caller.device)
            .await?
            .ok_or_else(|| Failure::not_found("device"))?;
        let scopes = caller.scopes.iter().copied().collect();
        Ok(Viewer {
            device,
            scopes,
            server_version: env!("CARGO_PKG_VERSION"),
        })
    }

    /// The devices that have access, the newest first.
    async fn devices(&self, ctx: &Context<'_>) -> Result<Vec<Device>> {
        let devices = ctx.service::<Access>()?.devices(ctx.caller()?).await?;
        Ok(devices.into_iter().map(Device).collect())
    }
}

/// What `beginPairing` makes a code for.
#[derive(InputObject)]
pub struct BeginPairingInput {
    /// A name proposed for the device: 1 to 100 characters.
    name: Option<String>,
    /// What the device may do: at least one.
    scopes: Vec<Scope>,
}

/// What came of `beginPairing`.
#[derive(SimpleObject)]
pub struct BeginPairingPayload {
    /// The code. It is not shown again.
    pairing: Pairing,
}

/// A code that makes one device.
#[derive(SimpleObject)]
pub struct Pairing {
    /// The code itself.
    code: String,
    /// The same as a link: open it, or show it as a QR code.
    url: String,
    /// It is good until then, once.
    expires_at: DateTime<Utc>,
}

/// What `redeemPairing` makes a device from.
#[derive(InputObject)]
pub struct RedeemPairingInput {
    /// The code.
    code: String,
    /// The device's name: 1 to 100 characters.
    device_name: String,
}

/// What came of `redeemPairing`.
#[derive(SimpleObject)]
pub struct RedeemPairingPayload {
    /// What the device proves itself with from now on. It is not shown again.
    token: String,
    /// The new device.
    device: Device,
    /// Whose data it has access to: the same under every address of the server and after every restart, and another one for
    /// another server.
    installation: ID,
}

/// Names what `revokeDevice` is about.
#[derive(InputObject)]
pub struct RevokeDeviceInput {
    /// Which device.
    id: Id<DeviceId>,
    /// Unique for this mutation, 1 to 128 characters: sent again, it is answered and not done again.
    client_mutation_id: Option<ID>,
}

/// What came of `revokeDevice`.
#[derive(SimpleObject)]
pub struct RevokeDevicePayload {
    /// The device, without access.
    device: Device,
    /// As it was sent.
    client_mutation_id: Option<ID>,
}

#[derive(Default)]
pub struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Makes a one-time code that turns something into a device. Sent twice it makes two codes, of which each is good
    /// once.
    async fn begin_pairing(&self, ctx: &Context<'_>, input: BeginPairingInput) -> Result<BeginPairingPayload> {
        let access = ctx.service::<Access>()?;
        let scopes = input.scopes.into_iter().collect();
        let pairing = access
            .begin_pairing(ctx.caller()?, input.name.as_deref(), scopes)
            .await?;
        let code = pairing.code.expose_secret().to_owned();
        let url = ctx.service::<PublicUrl>()?.pairing_link(&code);
        Ok(BeginPairingPayload {
            pairing: Pairing {
                code,
                url,
                expires_at: pairing.expires_at,
            },
        })
    }

    /// Turns a code into a device and its token. The one mutation that needs no token.
    async fn redeem_pairing(&self, ctx: &Context<'_>, input: RedeemPairingInput) -> Result<RedeemPairingPayload> {
        let access = ctx.service::<Access>()?;
        // Before the code is used up.
        let installation = access.installation().await?;
        let paired = access.redeem(&input.code, &input.device_name).await?;
        let token = paired.token.expose_secret().to_owned();
        Ok(RedeemPairingPayload {
            token,
            device: Device(paired.device),
            installation: installation.to_string().into(),
        })
    }

    /// Ends a device's access and everything it has open. A device may always end its own.
    async fn revoke_device(&self, ctx: &Context<'_>, input: RevokeDeviceInput) -> Result<RevokeDevicePayload> {
        let client_id = input.client_mutation_id;
        let access = ctx.service::<Access>()?;
        let device = access.revoke(ctx.caller()?, input.id.0, id_text(&client_id)).await?;
        Ok(RevokeDevicePayload {
            device: Device(device),
            client_mutation_id: client_id,
        })
    }
}
