//! Devices, and how one comes to its token.

use secrecy::SecretString;

use crate::{
    Client, Error, Repeat,
    operations::{
        self as ops, BeginPairing, RedeemPairing, RevokeDevice, begin_pairing, redeem_pairing, revoke_device,
    },
    projects::mutation_id,
    types::{BeginPairingInput, Device, Pairing, RedeemPairingInput, RevokeDeviceInput, Scope, Viewer},
};

/// A new device with its token, which the server tells this once.
#[derive(Debug)]
pub struct Redeemed {
    pub token: SecretString,
    pub device: Device,
    /// Which server it is, whatever its address.
    pub installation: String,
}

impl Client {
    /// Who this client is to the server.
    pub async fn viewer(&self) -> Result<Viewer, Error> {
        Ok(self
            .run::<ops::Viewer>(ops::viewer::Variables, Repeat::Harmless)
            .await?
            .viewer)
    }

    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        Ok(self
            .run::<ops::Devices>(ops::devices::Variables, Repeat::Harmless)
            .await?
            .devices)
    }

    pub async fn begin_pairing(&self, name: Option<&str>, scopes: Vec<Scope>) -> Result<Pairing, Error> {
        let name = name.map(str::to_owned);
        let input = BeginPairingInput { name, scopes };
        let variables = begin_pairing::Variables { input };
        Ok(self
            .run::<BeginPairing>(variables, Repeat::Harmless)
            .await?
            .begin_pairing
            .pairing)
    }

    /// Turns a one-time code into a device with a token. It needs no token, and is sent again only if it cannot have
    /// arrived: a code that was used is used.
    pub async fn redeem_pairing(&self, code: &str, device_name: &str) -> Result<Redeemed, Error> {
        let input = RedeemPairingInput {
            code: code.to_owned(),
            device_name: device_name.to_owned(),
        };
        let variables = redeem_pairing::Variables { input };
        let payload = self
            .run::<RedeemPairing>(variables, Repeat::Harmful)
            .await?
            .redeem_pairing;
        Ok(Redeemed {
            token: SecretString::from(payload.token),
            device: payload.device,
            installation: payload.installation,
        })
    }

    pub async fn revoke_device(&self, id: &str) -> Result<Device, Error> {
        let input = RevokeDeviceInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = revoke_device::Variables { input };
        Ok(self
            .run::<RevokeDevice>(variables, Repeat::Harmless)
            .await?
            .revoke_device
            .device)
    }
}
